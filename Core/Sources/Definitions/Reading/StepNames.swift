import Base

/// The names of a runbook's blocks, as runme gives them: a name that is there already gets a number, and where no block
/// that can be run has a name, each is called after its first command.
///
/// Files with keys of our own name their steps themselves, since the keys refer to these names.
struct StepNames {
  /// Front matter that only this platform reads.
  static let ownKeys = [
    "service", "services", "class", "state", "owner", "inputs", "invoke", "blastRadius", "sandbox", "approvalExpires",
    "patience",
  ]
  private static let generatedMax = 32

  private(set) var blocks: [Runbook.Block]
  /// Whether the file has no `x-` keys: it may be of runme's users, and names are made to fit.
  let isOfRunme: Bool
  /// The blocks that the file gives no name.
  private var unnamed: Set<Int> = []

  init(_ draft: RunbookDraft, _ report: Report) {
    blocks = draft.blocks
    isOfRunme = !draft.blocks.contains { block in block.attributes.contains { $0.key.hasPrefix("x-") } }
    let isOwn = Self.ownKeys.contains { draft.frontMatter[$0] != nil }
    if isOfRunme, !isOwn { nameAll() }
    isOfRunme ? number(report) : refuse(report)
  }

  /// Runme runs blocks without a name when there are no others.
  private mutating func nameAll() {
    let runnable = blocks.indices.filter { StepKind(language: blocks[$0].language) == .shell }
    guard runnable.allSatisfy({ blocks[$0].name == nil }) else { return }
    for index in runnable {
      blocks[index].attributes.removeAll { $0.key == "name" }
      let name = Self.generated(blocks[index].content)
      blocks[index].attributes.append(StringPair(key: "name", value: name.isEmpty ? "step" : name))
      unnamed.insert(index)
    }
  }

  /// The first words of the first command, or the variable that it sets.
  private static func generated(_ content: String) -> String {
    let lines = content.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" || $0 == "$" } }
    guard var line = lines.first(where: { !$0.isEmpty && $0.first != "#" }) else { return "" }
    if let equals = line.firstIndex(of: "="), equals != line.startIndex { line = line[..<equals] }
    let words = line.prefix(generatedMax).lowercased().split(separator: " ").prefix(2)
    return words.map { word in
      String(word.unicodeScalars.filter { ("a"..."z").contains($0) || ("0"..."9").contains($0) })
    }.filter { !$0.isEmpty }.joined(separator: "-")
  }

  private mutating func number(_ report: Report) {
    var taken = Set(blocks.compactMap(\.name))
    var seen: [String: (first: Position, count: Int)] = [:]
    for index in blocks.indices {
      guard let name = blocks[index].name, StepKind(language: blocks[index].language) != nil else { continue }
      guard let other = seen[name] else {
        seen[name] = (blocks[index].position, 1)
        continue
      }
      var count = other.count + 1
      while taken.contains("\(name)-\(count)") { count += 1 }
      seen[name]?.count = count
      taken.insert("\(name)-\(count)")
      blocks[index].rename("\(name)-\(count)")
      if unnamed.contains(index) { continue }
      report.warning(
        at: blocks[index].position,
        "block `\(name)` is named twice, first at \(other.first); this one is called `\(name)-\(count)`")
    }
  }

  private func refuse(_ report: Report) {
    var names: [String: Position] = [:]
    for block in blocks {
      guard let name = block.name else { continue }
      if let other = names[name] {
        report.error(
          at: block.position, "block `\(name)` is named twice, first at \(other); give each block a name of its own")
      }
      names[name] = block.position
    }
  }
}

extension Runbook.Block {
  fileprivate mutating func rename(_ name: String) {
    attributes = attributes.map { $0.key == "name" ? StringPair(key: "name", value: name) : $0 }
  }
}
