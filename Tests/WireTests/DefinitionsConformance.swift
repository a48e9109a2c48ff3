import Base
import Definitions
import Foundation
import Wire

/// Judges definitions by outside suites: which of their files and cases pass and fail as the suites say.
struct DefinitionsConformance {
  struct Outcome {
    var name: String
    var total = 0
    var failures: [String] = []

    /// `NAME: passed P of T`, the failures one a line below.
    var summary: String {
      (["\(name): passed \(total - failures.count) of \(total)"] + failures.map { "  \($0)" })
        .joined(separator: "\n")
    }

    mutating func expect(_ isRight: Bool, _ failure: @autoclosure () -> String) {
      total += 1
      if !isRight { failures.append(failure()) }
    }
  }

  let root: String

  /// The folder of suites, or `nil` where it is not there.
  static var suites: String? {
    let path = ProcessInfo.processInfo.environment["MAINSTAY_SUITES"] ?? "../shared/data"
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  // MARK: Backstage

  func backstage() throws -> Outcome {
    var outcome = Outcome(name: "Backstage")
    for folder in ["examples", "upstream"] {
      for path in files(below: "catalog/\(folder)", endings: ["yaml"]) {
        let errors = shapeErrors(path)
        let isInvalid = path.split(separator: "/").last?.hasPrefix("invalid") == true
        outcome.expect(errors.isEmpty != isInvalid, "\(path): \(errors.first ?? "accepted, though invalid on purpose")")
      }
    }
    let text = try String(contentsOfFile: root + "/catalog/validation-cases.json", encoding: .utf8)
    for item in try JSON(parsing: text)["cases"]?.array ?? [] { judge(item, &outcome) }
    return outcome
  }

  private func judge(_ item: JSON, _ outcome: inout Outcome) {
    let id = item["id"]?.string ?? "?"
    let expected = item["expected"]?.string ?? ""
    let entity = YAMLReader().read((item["entity"] ?? .null).text, file: "case.json").documents.first
    guard let entity else {
      outcome.expect(false, "\(id): the entity could not be read")
      return
    }
    // The policies look at the envelope alone; their entities have made-up specs.
    let scope: DocumentReader.Scope = id.contains("Policy/") ? .envelope : .whole
    let report = Report()
    let document = DocumentReader(report: report, scope: scope).read(entity)
    let errors = report.diagnostics.filter { $0.severity == .error }.map(\.message)
    switch expected {
    case "accept": outcome.expect(document != nil, "\(id): \(errors.first ?? "")")
    case "ignore": outcome.expect(document != nil && document?.spec == nil, "\(id): \(errors.first ?? "read")")
    case "reject":
      let flags: String.CompareOptions =
        item["flags"]?.string == "i" ? [.regularExpression, .caseInsensitive] : .regularExpression
      let pattern = item["match"]?.string ?? ""
      let matches = errors.contains { $0.range(of: pattern, options: flags) != nil }
      outcome.expect(
        document == nil && matches,
        "\(id): \(document == nil ? "said \(errors), not /\(pattern)/" : "accepted")")
    default:
      outcome.expect(document != nil && contains(document, item["resultContains"]), "\(id): \(errors)")
    }
  }

  /// Whether a document says what a case wants to see in the result.
  private func contains(_ document: Document?, _ wanted: JSON?) -> Bool {
    guard let document, let wanted else { return false }
    let metadata = wanted["metadata"]
    return (metadata?["namespace"]?.string).map { $0 == document.metadata.namespace } ?? true
      && (metadata?["name"]?.string).map { $0 == document.metadata.name } ?? true
  }

  // MARK: OpenSLO

  func openSLO() -> Outcome {
    var outcome = Outcome(name: "OpenSLO v1")
    for path in files(below: "openslo", endings: ["yaml", "json"]) where isOpenSLOv1(path) {
      let errors = shapeErrors(path)
      // Everything that the `validate` tests of oslo read is there to be refused; in the SDK's data the names say so,
      // and what is wrong with its `inline` inputs shows when their references are followed.
      let isInlineInput = path.contains("/sdk/inline/inputs/")
      let isInvalid =
        !isInlineInput && (path.contains("/oslo/inputs/validate/") || path.contains("invalid"))
      outcome.expect(
        errors.isEmpty != isInvalid, "\(path): \(errors.first ?? "accepted, though its set says that it is invalid")")
      if isInlineInput {
        let dangling = danglingReferences(path)
        outcome.expect(
          dangling.isEmpty != path.contains("invalid"),
          "\(path): \(dangling.first ?? "all references lead somewhere, though one is missing on purpose")")
      }
    }
    return outcome
  }

  /// Files of the folders that hold OpenSLO v1; those with only other versions are judged by themselves.
  private func isOpenSLOv1(_ path: String) -> Bool {
    let folders = ["/go-sdk/v1/", "/go-sdk/sdk/", "/openslo/openslo/", "/oslo/"]
    guard folders.contains(where: { path.contains($0) }), let text = try? String(contentsOfFile: path, encoding: .utf8)
    else { return false }
    let versions = YAMLReader().read(text, file: path).documents.flatMap { $0.sequence ?? [$0] }
      .compactMap { $0["apiVersion"]?.string }
    return versions.contains { $0 == "openslo/v1" || $0 == "foo" } || versions.isEmpty
  }

  /// The references that inlining follows and that lead to nothing in the file.
  private func danglingReferences(_ path: String) -> [String] {
    let inlined: Set<String> = ["SLI", "AlertPolicy", "AlertCondition", "AlertNotificationTarget"]
    guard let snapshot = DefinitionsLoader().check(path).snapshot else { return [] }
    return snapshot.documents.flatMap(\.references)
      .filter { inlined.isSuperset(of: $0.kinds) && snapshot.resolve($0) == nil }.map { "\($0.field) \($0.text)" }
  }

  // MARK: Files

  private func shapeErrors(_ path: String) -> [String] {
    DefinitionsLoader().check(path).errors.map(\.description)
  }

  func files(below folder: String, endings: Set<String>) -> [String] {
    let base = root + "/" + folder
    let names = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
    return names.filter { name in endings.contains(String(name.split(separator: ".").last ?? "")) }.sorted()
      .map { base + "/" + $0 }
  }
}
