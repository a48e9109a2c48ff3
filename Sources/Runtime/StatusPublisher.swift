import Base
import Logging
import StatusPages
import Store
import Synchronization

/// Keeps the rendered status pages at hand and on the disk, where they survive the server.
public final class StatusPublisher: Sendable {
  private struct Held {
    var site: StatusSite
    var files: [StatusFile]
    /// What each file on the disk says besides the time of rendering.
    var written: [String: String] = [:]
    var problem: String?
    var renderedAt = Instant.distantPast
  }

  /// How often a page says anew as of when it is: while an incident goes on, and while nothing happens.
  static let everyOpen = Interval.minutes(1)
  static let everyQuiet = Interval.minutes(5)

  /// Each page has a directory of its own in here.
  public let directory: String
  private let logger: Logger
  private let pages = Mutex<[String: Held]>([:])

  public init(directory: String, logger: Logger) {
    self.directory = PublicDirectory(directory).path
    self.logger = logger
  }

  /// Renders what changed since the last time, and writes what is not yet so on the disk.
  ///
  /// - Parameter sites: all pages there are; one that is no longer among them is not served any more, and its files
  ///   stay where they are.
  public func publish(_ sites: [StatusSite], at now: Instant) {
    let before = pages.withLock { $0 }
    var after: [String: Held] = [:]
    for site in sites {
      var held = before[site.name] ?? Held(site: site, files: [])
      let every = site.open.isEmpty ? Self.everyQuiet : Self.everyOpen
      let isDue = now - held.renderedAt >= every || now < held.renderedAt
      guard held.files.isEmpty || held.problem != nil || isDue || held.site.isOther(than: site) else {
        after[site.name] = held
        continue
      }
      let isFirst = before[site.name] == nil
      held.site = site
      held.files = Self.keepingUnchanged(site.files(renderedAt: now), held.files)
      held.renderedAt = now
      // What is withdrawn is served no more before its file goes: the disk may be slow.
      let fresh = held
      pages.withLock { $0[site.name] = fresh }
      write(&held, cleaning: isFirst)
      after[site.name] = held
    }
    pages.withLock { $0 = after }
  }

  /// A file that says what it said keeps the time it was rendered at.
  private static func keepingUnchanged(_ fresh: [StatusFile], _ old: [StatusFile]) -> [StatusFile] {
    let byPath = Dictionary(old.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    return fresh.map { file in
      guard !file.tellsTime, let old = byPath[file.path], old.contents == file.contents else { return file }
      return old
    }
  }

  private func write(_ held: inout Held, cleaning: Bool) {
    let directory = PublicDirectory("\(directory)/\(held.site.name)")
    do {
      if cleaning { try directory.clean() }
      for file in held.files where file.tellsTime || held.written[file.path] != file.contents {
        try directory.write(Array(file.text.utf8), to: file.path)
        held.written[file.path] = file.contents
      }
      // Pages of incidents that are not to be seen any more.
      let paths = Set(held.files.map(\.path))
      for file in try directory.files() where Self.isIncident(file) && !paths.contains(file) {
        try directory.remove(file)
        held.written[file] = nil
      }
      if held.problem != nil { logger.info("a status page is written again", metadata: ["page": "\(held.site.name)"]) }
      held.problem = nil
    } catch {
      if held.problem == nil {
        logger.error(
          "a status page is not written; it is still served",
          metadata: ["page": "\(held.site.name)", "error": "\(error)"])
      }
      held.problem = "\(error)"
    }
  }

  private static func isIncident(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    return parts.count == 2 && parts[0] == "incidents" && parts[1].hasSuffix(".html")
      && parts[1].dropLast(5).allSatisfy { $0.isASCII && $0.isNumber }
  }

  // MARK: Reading

  /// The pages by name, each with why it could not be written.
  public var sites: [(site: StatusSite, problem: String?)] {
    pages.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.value.site, $0.value.problem) }
  }

  /// All files of a page as they were last rendered, in the order to write them in.
  public func files(of page: String) -> [StatusFile]? { pages.withLock { $0[page]?.files } }

  public func file(of page: String, _ path: String) -> String? {
    pages.withLock { $0[page]?.files.first { $0.path == path }?.text }
  }
}

extension StatusSite {
  /// Whether it says something else. The figures that move by themselves wait until the page is due.
  fileprivate func isOther(than other: StatusSite) -> Bool {
    func still(_ site: StatusSite) -> StatusSite {
      var site = site
      for index in site.components.indices {
        site.components[index].uptime = nil
        site.components[index].attainment = nil
        for day in site.components[index].days.indices { site.components[index].days[day].down = .zero }
      }
      return site
    }
    return still(self) != still(other)
  }
}
