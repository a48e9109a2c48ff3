import Base

/// What the readers of one document share: where problems go, and the references met on the way.
final class ReadingContext {
  let report: Report
  let namespace: String
  /// Whether `field: null` says the same as leaving the field out. Backstage's schemas say it does not.
  let nullIsAbsent: Bool
  /// The version of OpenSLO that the document is written in; v1 for all other formats.
  let openSLO: OpenSLO.Version
  var references: [Reference] = []
  var timeZones: [TimeZoneMention] = []

  init(report: Report, namespace: String, nullIsAbsent: Bool, openSLO: OpenSLO.Version = .v1) {
    self.report = report
    self.namespace = namespace
    self.nullIsAbsent = nullIsAbsent
    self.openSLO = openSLO
  }
}

/// Reads the fields of one mapping into typed values.
///
/// A reader that needs a field asks for it plainly (`string("owner")`); where it is missing or of another type a
/// diagnostic is recorded and a placeholder returned, so that one pass finds every mistake. An entity with errors is
/// thrown away as a whole, so placeholders never get further than this. Optional fields are asked for with
/// `ifPresent`. Fields that nothing asked for are reported by `finish()`.
public final class Fields {
  public let node: Node
  /// The path of the mapping inside its document, such as `spec.objectives.0`.
  public let path: String
  let context: ReadingContext
  private let members: [Node.Member]
  private var asked: [String] = []
  private var isFinished = false

  init(_ node: Node, path: String, context: ReadingContext) {
    self.node = node
    self.path = path
    self.context = context
    members = node.mapping ?? []
    if node.mapping == nil {
      context.report.error(
        at: node.position, "\(path.isEmpty ? "the document" : path) is \(node.kindInWords), not a mapping (object)")
    }
  }

  public var position: Position { node.position }
  public var isValidMapping: Bool { node.mapping != nil }

  /// The path of a field of this mapping.
  public func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The value of a field, or `nil` where it is not written. Marks the field as known.
  public func node(_ key: String) -> Node? {
    asked.append(key)
    guard let found = members.first(where: { $0.key == key })?.value else { return nil }
    return found.isNull && context.nullIsAbsent ? nil : found
  }

  public func has(_ key: String) -> Bool { node(key) != nil }

  /// Marks fields as known that are kept without being interpreted.
  public func ignore(_ keys: String...) { asked += keys }

  /// Marks every field as known.
  public func ignoreAll() { asked += members.map(\.key) }

  public func error(_ key: String, _ message: String) {
    context.report.error(at: place(of: key), "\(path(of: key)) \(message)")
  }

  public func error(_ message: String) {
    context.report.error(at: position, "\(path.isEmpty ? "the document" : path) \(message)")
  }

  public func warning(_ key: String, _ message: String) {
    context.report.warning(at: place(of: key), "\(path(of: key)) \(message)")
  }

  public func warning(_ message: String) {
    context.report.warning(at: position, "\(path.isEmpty ? "the document" : path) \(message)")
  }

  /// Where the value of a field stands, or the mapping itself where it is missing.
  public func place(of key: String) -> Position {
    members.first { $0.key == key }?.value.position ?? position
  }

  func missing(_ key: String, _ what: String) {
    context.report.error(at: position, "\(path(of: key)) is missing; add it (\(what))")
  }

  func wrongType(_ node: Node, _ path: String, expected: String) {
    var remedy = ""
    if expected == "text", let scalar = node.scalar, !node.isNull {
      remedy = "; put it in quotes: \(quoted(scalar.text))"
    }
    context.report.error(at: node.position, "\(path) is \(node.kindInWords), not \(expected)\(remedy)")
  }

  /// How a mapping treats fields that no reader asked for.
  public enum UnknownFields {
    case warn
    case refuse
  }

  /// Reports the fields that nothing asked for. Only the first call counts.
  public func finish(_ unknown: UnknownFields = .warn) {
    if isFinished { return }
    isFinished = true
    for member in members where !asked.contains(member.key) {
      let hint = hint(for: member.key, among: asked)
      switch unknown {
      case .warn:
        context.report.warning(at: member.keyPosition, "unknown field \(path(of: member.key))\(hint)")
      case .refuse:
        context.report.error(
          at: member.keyPosition,
          "unknown field \(path(of: member.key)): additional properties are refused here\(hint)")
      }
    }
  }
}
