import Definitions
import Foundation

/// Checks the time zones that definitions name against the zone files of the system.
enum ZoneCheck {
  static let folder = "/usr/share/zoneinfo"

  /// Adds an error for each zone that the system does not have. Where the system has no zone files at all, nothing can
  /// be said here; whoever reads them says so.
  static func applied(to result: LoadResult) -> LoadResult {
    guard let snapshot = result.snapshot, FileManager.default.fileExists(atPath: folder) else { return result }
    var result = result
    var isKnown: [String: Bool] = [:]
    for mention in snapshot.documents.flatMap(\.timeZones) {
      let known = isKnown[mention.name] ?? exists(mention.name)
      isKnown[mention.name] = known
      guard !known else { continue }
      let advice = suggestion(for: mention.name, among: names).map { "; did you mean `\($0)`?" }
      result.diagnostics.append(
        Diagnostic(
          .error, at: mention.position,
          "\(mention.field): no time zone `\(mention.name)`" + (advice ?? " in \(folder); write an IANA name")))
    }
    result.diagnostics.sort()
    if result.diagnostics.hasErrors { result.snapshot = nil }
    return result
  }

  private static func exists(_ name: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isDirectory)
      && !isDirectory.boolValue
  }

  /// The names that people use, from the table that comes with the zone files.
  private static let names: [String] = {
    for table in ["zone1970.tab", "zone.tab"] {
      guard let text = try? String(contentsOfFile: folder + "/" + table, encoding: .utf8) else { continue }
      return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap {
        $0.split(separator: "\t").dropFirst(2).first.map(String.init)
      }
    }
    return []
  }()
}
