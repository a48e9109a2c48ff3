/// One value on its way to JSON: the `Encoder` handed to `encode(to:)` and the storage of its containers.
///
/// Members go straight into the array that becomes the object. A nested container is only known when its owner is
/// done, so its place is kept by `null` and filled in by `finish`.
final class JSONEncoding: Encoder {
  private enum Shape { case empty, single, array, object }

  private var shape = Shape.empty
  private var single = JSON.null
  private var members: [JSONObject.Member] = []
  private var elements: [JSON] = []
  private var nested: [(index: Int, node: JSONEncoding)] = []
  // Unowned: a parent is kept by the frame that encodes it or by its own parent's `nested`.
  private unowned let parent: JSONEncoding?
  private let key: (any CodingKey)?

  init(parent: JSONEncoding?, key: (any CodingKey)?) {
    self.parent = parent
    self.key = key
  }

  var codingPath: [any CodingKey] { (parent?.codingPath ?? []) + (key.map { [$0] } ?? []) }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy _: Key.Type) -> KeyedEncodingContainer<Key> {
    begin(.object)
    if members.isEmpty { members.reserveCapacity(8) }
    return KeyedEncodingContainer(JSONKeyedEncoding<Key>(node: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    begin(.array)
    return JSONUnkeyedEncoding(node: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { JSONSingleEncoding(node: self) }

  private func begin(_ shape: Shape) {
    precondition(self.shape == .empty || self.shape == shape, "one value cannot be both an object and an array")
    self.shape = shape
  }

  var count: Int { elements.count }

  func set(_ value: JSON) {
    begin(.single)
    single = value
  }

  func append(_ value: JSON, key: String) { members.append(.init(key: key, value: value)) }

  func append(_ value: JSON) { elements.append(value) }

  /// A node of its own for a nested container, or for `super`.
  func nest(key: any CodingKey) -> JSONEncoding {
    let node = JSONEncoding(parent: self, key: key)
    if shape == .object {
      nested.append((members.count, node))
      append(.null, key: key.stringValue)
    } else {
      nested.append((elements.count, node))
      append(.null)
    }
    return node
  }

  func finish() -> JSON {
    for (index, node) in nested {
      if shape == .object { members[index].value = node.finish() } else { elements[index] = node.finish() }
    }
    nested = []
    return switch shape {
    case .empty: .object(JSONObject())
    case .single: single
    case .array: .array(elements)
    case .object: .object(JSONObject(members))
    }
  }
}

extension JSONEncoding {
  /// The JSON of one value; `parent` and `key` name its place in errors.
  static func json<Value: Encodable>(
    of value: Value, parent: JSONEncoding?, key: @autoclosure () -> (any CodingKey)?
  ) throws -> JSON {
    if let json = plain(value) { return json }
    if let double = value as? Double { return try json(of: double, parent: parent, key: key()) }
    let node = JSONEncoding(parent: parent, key: key())
    try value.encode(to: node)
    let json = node.finish()
    guard let unordered = Value.self as? any Unordered.Type else { return json }
    return unordered.sort(json)
  }

  static func json(
    of value: Double, parent: JSONEncoding?, key: @autoclosure () -> (any CodingKey)?
  ) throws -> JSON {
    guard value.isFinite else {
      let path = JSONEncoding(parent: parent, key: key()).codingPath
      throw EncodingError.invalidValue(
        value, .init(codingPath: path, debugDescription: "\(path.pathText): JSON has no \(value)"))
    }
    return .double(value)
  }

  /// The types that most fields have, without a container of their own.
  private static func plain<Value>(_ value: Value) -> JSON? {
    if Value.self == String.self { return .string(value as! String) }
    if Value.self == Instant.self { return .string((value as! Instant).rfc3339) }
    if Value.self == ULID.self { return .string((value as! ULID).description) }
    if Value.self == Interval.self { return .string((value as! Interval).text) }
    if Value.self == Int.self { return .int(Int64(value as! Int)) }
    if Value.self == Int64.self { return .int(value as! Int64) }
    if Value.self == Bool.self { return .bool(value as! Bool) }
    if Value.self == JSON.self { return (value as! JSON) }
    return nil
  }
}

/// Collections whose order differs from process to process.
private protocol Unordered {
  static func sort(_ json: JSON) -> JSON
}

extension Dictionary: Unordered {
  /// Keys that are strings or integers make an object; any other an array of keys and values in turn.
  fileprivate static func sort(_ json: JSON) -> JSON {
    switch json {
    case .object(let object):
      return .object(JSONObject(object.members.sorted { $0.key < $1.key }))
    case .array(let flat):
      let pairs = stride(from: 0, to: flat.count - 1, by: 2).map { (text: flat[$0].text, index: $0) }
      return .array(pairs.sorted { $0.text < $1.text }.flatMap { [flat[$0.index], flat[$0.index + 1]] })
    default:
      return json
    }
  }
}

extension Set: Unordered {
  fileprivate static func sort(_ json: JSON) -> JSON {
    guard case .array(let elements) = json else { return json }
    return .array(elements.map { (text: $0.text, value: $0) }.sorted { $0.text < $1.text }.map(\.value))
  }
}
