import CProcess

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// The machine's processes as `/proc` shows them at one moment.
struct ProcessTable {
  struct Entry: Hashable {
    var id: Int32
    var parent: Int32
    var session: Int32
    /// In ticks since the machine started: with the id, the process itself.
    var start: UInt64
    var isZombie: Bool

    static func == (left: Entry, right: Entry) -> Bool { left.id == right.id && left.start == right.start }

    func hash(into hasher: inout Hasher) {
      hasher.combine(id)
      hasher.combine(start)
    }
  }

  private(set) var entries: [Int32: Entry] = [:]

  static func read() -> ProcessTable {
    var table = ProcessTable()
    for id in ids() {
      if let entry = entry(id) { table.entries[id] = entry }
    }
    return table
  }

  /// The process and all its descendants, parents first.
  func tree(of roots: [Int32]) -> [Entry] {
    var children: [Int32: [Entry]] = [:]
    for entry in entries.values { children[entry.parent, default: []].append(entry) }
    var found = roots.compactMap { entries[$0] }
    var seen = Set(roots)
    var index = 0
    while index < found.count {
      for child in children[found[index].id] ?? [] where seen.insert(child.id).inserted { found.append(child) }
      index += 1
    }
    return found
  }

  static func ids() -> [Int32] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var ids: [Int32] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let id = Int32(name) { ids.append(id) }
    }
    return ids
  }

  /// `nil` where there is no such process any more.
  static func entry(_ id: Int32) -> Entry? {
    guard let text = contents("/proc/\(id)/stat", limit: 1_024) else { return nil }
    // The name in parentheses may hold anything; what follows its last parenthesis are numbers.
    let line = String(decoding: text, as: UTF8.self)
    guard let close = line.lastIndex(of: ")") else { return nil }
    let fields = line[line.index(after: close)...].split(separator: " ")
    guard fields.count > 19, let parent = Int32(fields[1]), let session = Int32(fields[3]),
      let start = UInt64(fields[19])
    else { return nil }
    return Entry(id: id, parent: parent, session: session, start: start, isZombie: fields[0] == "Z" || fields[0] == "X")
  }

  /// Whether it is the first process of a process namespace of its own.
  static func isNamespaceInit(_ id: Int32) -> Bool {
    guard let text = contents("/proc/\(id)/status", limit: 4_096) else { return false }
    let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("NSpid:") }
    let numbers = line?.split { $0 == "\t" || $0 == " " || $0 == ":" }.dropFirst() ?? []
    return numbers.count > 1 && numbers.last == "1"
  }

  /// The user that a process runs as.
  static func owner(_ id: Int32) -> UInt32? {
    var status = stat()
    return stat("/proc/\(id)", &status) == 0 ? status.st_uid : nil
  }

  /// Whether the process was started with this variable, as `NAME=VALUE`.
  static func environment(of id: Int32, has variable: String) -> Bool {
    guard let bytes = contents("/proc/\(id)/environ", limit: 4 << 20) else { return false }
    let wanted = Array(variable.utf8)
    return bytes.split(separator: 0).contains { $0.elementsEqual(wanted) }
  }

  private static func contents(_ path: String, limit: Int) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while bytes.count < limit {
      let got = Glibc.read(file, &buffer, buffer.count)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { return nil }
      if got == 0 { break }
      bytes.append(contentsOf: buffer[..<got])
    }
    return bytes
  }
}
