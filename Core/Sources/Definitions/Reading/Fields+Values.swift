import Base

extension Fields {
  // MARK: Text

  /// A text that must be there and not be empty.
  public func string(_ key: String) -> String {
    guard let node = node(key) else {
      missing(key, "text")
      return ""
    }
    return text(node, path(of: key)) ?? ""
  }

  /// A text that, where it is written, is not empty.
  public func string(ifPresent key: String) -> String? {
    node(key).flatMap { text($0, path(of: key)) }
  }

  /// A text that may be empty.
  public func possiblyEmptyString(ifPresent key: String) -> String? {
    guard let node = node(key) else { return nil }
    if let text = node.string { return text }
    wrongType(node, path(of: key), expected: "text")
    return nil
  }

  /// A list of texts that must be there; it may be empty, its texts may not.
  public func strings(_ key: String) -> [String] {
    guard let node = node(key) else {
      missing(key, "a list of texts; it may be empty: []")
      return []
    }
    return texts(node, path(of: key)).map(\.0)
  }

  public func strings(ifPresent key: String) -> [String] {
    node(key).map { texts($0, path(of: key)).map(\.0) } ?? []
  }

  /// A mapping from text to text, in the order of its keys.
  public func stringMap(ifPresent key: String) -> [StringPair] {
    guard let node = node(key) else { return [] }
    let reader = Fields(node, path: path(of: key), context: context)
    var pairs: [StringPair] = []
    for member in node.mapping ?? [] {
      if let text = member.value.string {
        pairs.append(StringPair(key: member.key, value: text))
      } else {
        reader.wrongType(member.value, reader.path(of: member.key), expected: "text")
      }
    }
    return pairs.sorted { $0.key < $1.key }
  }

  func text(_ node: Node, _ path: String) -> String? {
    guard let text = node.string else {
      wrongType(node, path, expected: "text")
      return nil
    }
    if text.isEmpty {
      context.report.error(at: node.position, "\(path) is \"\" (empty); write a value or leave the field out")
      return nil
    }
    return text
  }

  func texts(_ node: Node, _ path: String) -> [(String, Position)] {
    guard let items = node.sequence else {
      wrongType(node, path, expected: "a list")
      return []
    }
    return items.enumerated().compactMap { index, item in
      text(item, "\(path).\(index)").map { ($0, item.position) }
    }
  }

  // MARK: Choices

  /// One of a few words that must be there.
  public func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String, _: Choice.Type) -> Choice? {
    guard has(key) else {
      missing(key, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
      return nil
    }
    return choice(ifPresent: key, Choice.self)
  }

  public func choice<Choice: RawRepresentable<String> & CaseIterable>(
    ifPresent key: String, _: Choice.Type
  ) -> Choice? {
    guard let node = node(key) else { return nil }
    return choice(node, path(of: key), Choice.self)
  }

  /// A list of words out of a few.
  public func choices<Choice: RawRepresentable<String> & CaseIterable>(
    ifPresent key: String, _: Choice.Type
  ) -> [Choice] {
    guard let node = node(key) else { return [] }
    guard let items = node.sequence else {
      wrongType(node, path(of: key), expected: "a list")
      return []
    }
    return items.enumerated().compactMap { index, item in choice(item, "\(path(of: key)).\(index)", Choice.self) }
  }

  private func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ node: Node, _ path: String, _: Choice.Type
  ) -> Choice? {
    guard let text = text(node, path) else { return nil }
    if let value = Choice(rawValue: text) { return value }
    let names = Choice.allCases.map(\.rawValue)
    context.report.error(
      at: node.position,
      "\(path) \(quoted(text)) is not one of \(names.joined(separator: ", "))\(hint(for: text, among: names))")
    return nil
  }

  // MARK: Numbers and booleans

  public func bool(ifPresent key: String) -> Bool? {
    guard let node = node(key) else { return nil }
    if case .bool(let value) = node.scalar?.meaning { return value }
    wrongType(node, path(of: key), expected: "true or false")
    return nil
  }

  /// A whole number within a range.
  public func int(_ key: String, in range: ClosedRange<Int>) -> Int {
    guard has(key) else {
      missing(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
      return range.lowerBound
    }
    return int(ifPresent: key, in: range) ?? range.lowerBound
  }

  public func int(ifPresent key: String, in range: ClosedRange<Int>) -> Int? {
    guard let node = node(key) else { return nil }
    let whole: Int? =
      switch node.scalar?.meaning {
      case .int(let value): Int(value)
      case .float(let value): Int(exactly: value)
      default: nil
      }
    guard let whole else {
      wrongType(node, path(of: key), expected: "a whole number")
      return nil
    }
    guard range.contains(whole) else {
      error(key, "\(whole) is not within \(range.lowerBound)…\(range.upperBound)")
      return nil
    }
    return whole
  }

  /// A number; not infinite and not NaN.
  public func number(ifPresent key: String) -> Double? {
    guard let node = node(key) else { return nil }
    switch node.scalar?.meaning {
    case .int(let value): return Double(value)
    case .float(let value) where value.isFinite: return value
    case .float: error(key, "\(node.scalar?.text ?? "") is not a finite number")
    default: wrongType(node, path(of: key), expected: "a number")
    }
    return nil
  }

  // MARK: Times

  /// A length of time such as `5m`, `1h30m`, `30d`.
  public func interval(ifPresent key: String) -> Interval? {
    guard let node = node(key) else { return nil }
    if case .int(0) = node.scalar?.meaning { return .zero }
    guard let text = text(node, path(of: key)) else { return nil }
    guard let interval = Interval(text: text), interval >= .zero else {
      error(key, "\(quoted(text)) is not a length of time; write it like 90s, 5m, 1h30m or 30d")
      return nil
    }
    return interval
  }

  public func interval(_ key: String) -> Interval {
    guard has(key) else {
      missing(key, "a length of time such as 5m")
      return .zero
    }
    return interval(ifPresent: key) ?? .zero
  }

  /// A point in time, RFC 3339.
  public func instant(_ key: String) -> Instant {
    guard has(key) else {
      missing(key, "a time such as 2026-11-21T08:00:00Z")
      return .epoch
    }
    return instant(ifPresent: key) ?? .epoch
  }

  public func instant(ifPresent key: String) -> Instant? {
    guard let node = node(key), let text = text(node, path(of: key)) else { return nil }
    guard let instant = Instant(rfc3339: text) else {
      error(key, "\(quoted(text)) is not a time; write it as RFC 3339 with its offset: 2026-11-21T08:00:00Z")
      return nil
    }
    return instant
  }

  // MARK: Nested values

  /// A mapping that must be there, read by `read`. Unknown fields in it warn.
  public func object<Value>(_ key: String, _ read: (Fields) -> Value) -> Value? {
    guard has(key) else {
      missing(key, "a mapping")
      return nil
    }
    return object(ifPresent: key, read)
  }

  public func object<Value>(ifPresent key: String, _ read: (Fields) -> Value) -> Value? {
    node(key).flatMap { object($0, path(of: key), read) }
  }

  /// A list of mappings that must be there; it may be empty.
  public func objects<Value>(_ key: String, _ read: (Fields) -> Value) -> [Value] {
    guard has(key) else {
      missing(key, "a list")
      return []
    }
    return objects(ifPresent: key, read)
  }

  public func objects<Value>(ifPresent key: String, _ read: (Fields) -> Value) -> [Value] {
    guard let node = node(key) else { return [] }
    guard let items = node.sequence else {
      wrongType(node, path(of: key), expected: "a list")
      return []
    }
    return items.enumerated().compactMap { index, item in object(item, "\(path(of: key)).\(index)", read) }
  }

  private func object<Value>(_ node: Node, _ path: String, _ read: (Fields) -> Value) -> Value? {
    let fields = Fields(node, path: path, context: context)
    guard fields.isValidMapping else { return nil }
    let value = read(fields)
    fields.finish(.warn)
    return value
  }

  // MARK: References

  /// A mention of another entity that must be there. The kinds are tried in order where the text names none.
  public func reference(_ key: String, to kinds: String..., relation: Relation? = nil) -> EntityRef {
    guard has(key) else {
      missing(key, "the name of a \(kinds.joined(separator: " or "))")
      return EntityRef(kind: kinds.first ?? "", name: "")
    }
    return reference(key, kinds, relation) ?? EntityRef(kind: kinds.first ?? "", name: "")
  }

  public func reference(ifPresent key: String, to kinds: String..., relation: Relation? = nil) -> EntityRef? {
    reference(key, kinds, relation)
  }

  /// A list of mentions; `nil` as `required` would be said by asking `has(_:)` first.
  public func references(ifPresent key: String, to kinds: String..., relation: Relation? = nil) -> [EntityRef] {
    guard let node = node(key) else { return [] }
    return texts(node, path(of: key)).enumerated().map { index, item in
      record(item.0, "\(path(of: key)).\(index)", item.1, kinds, relation)
    }
  }

  public func references(_ key: String, to kinds: String..., relation: Relation? = nil) -> [EntityRef] {
    guard let node = node(key) else {
      missing(key, "a list of names; it may be empty: []")
      return []
    }
    return texts(node, path(of: key)).enumerated().map { index, item in
      record(item.0, "\(path(of: key)).\(index)", item.1, kinds, relation)
    }
  }

  private func reference(_ key: String, _ kinds: [String], _ relation: Relation?) -> EntityRef? {
    guard let node = node(key), let text = text(node, path(of: key)) else { return nil }
    return record(text, path(of: key), node.position, kinds, relation)
  }

  private func record(
    _ text: String, _ field: String, _ position: Position, _ kinds: [String], _ relation: Relation?
  ) -> EntityRef {
    let reference = Reference(
      field: field, text: text, kinds: kinds, namespace: context.namespace, relation: relation, position: position)
    context.references.append(reference)
    return reference.candidates.first ?? EntityRef(kind: kinds.first ?? "", name: text)
  }

  // MARK: Secrets

  /// Where a secret is kept, written `env:NAME` or `file:PATH`.
  public func secret(ifPresent key: String) -> SecretRef? {
    guard let node = node(key), let text = text(node, path(of: key)) else { return nil }
    guard let secret = SecretRef(text) else {
      // The text is not shown: someone may have pasted the secret itself.
      error(key, "is not a reference to a secret; write env:NAME or file:PATH")
      return nil
    }
    return secret
  }
}

/// A key with its value.
public struct StringPair: Hashable, Sendable, Codable {
  public var key: String
  public var value: String

  public init(key: String, value: String) {
    self.key = key
    self.value = value
  }
}

extension [StringPair] {
  /// The value of a key.
  public subscript(_ key: String) -> String? { first { $0.key == key }?.value }
}

/// Where a secret is kept. Definitions never hold the secret itself.
public enum SecretRef: Hashable, Sendable {
  /// An environment variable of the server.
  case environment(String)
  /// A file that the server can read; a newline at its end is not part of the secret.
  case file(String)

  public init?(_ text: some StringProtocol) {
    if text.hasPrefix("env:"), text.count > 4 {
      self = .environment(String(text.dropFirst(4)))
    } else if text.hasPrefix("file:"), text.count > 5 {
      self = .file(String(text.dropFirst(5)))
    } else {
      return nil
    }
  }

  public var text: String {
    switch self {
    case .environment(let name): "env:\(name)"
    case .file(let path): "file:\(path)"
    }
  }
}
