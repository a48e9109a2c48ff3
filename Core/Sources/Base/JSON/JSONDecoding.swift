/// One JSON value on its way to a Swift one: the `Decoder` handed to `init(from:)`.
final class JSONDecoding: Decoder {
  let value: JSON
  private let parent: JSONDecoding?
  private let key: (any CodingKey)?
  /// Where the last member was found. Fields are nearly always read in the order in which they were written, so the
  /// next one is found without a search.
  private var cursor = 0

  init(_ value: JSON, parent: JSONDecoding?, key: (any CodingKey)?) {
    self.value = value
    self.parent = parent
    self.key = key
  }

  var codingPath: [any CodingKey] { (parent?.codingPath ?? []) + (key.map { [$0] } ?? []) }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy _: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let object) = value else { throw mismatch(JSONObject.self, "an object") }
    return KeyedDecodingContainer(JSONKeyedDecoding<Key>(node: self, members: object.members))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let elements) = value else { throw mismatch([JSON].self, "an array") }
    return JSONUnkeyedDecoding(node: self, elements: elements)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { JSONSingleDecoding(node: self) }

  func find(_ name: String, in members: [JSONObject.Member]) -> JSON? {
    if cursor < members.count, members[cursor].key == name { return members[cursor].value }
    if cursor + 1 < members.count, members[cursor + 1].key == name {
      cursor += 1
      return members[cursor].value
    }
    guard let index = members.firstIndex(where: { $0.key == name }) else { return nil }
    cursor = index
    return members[index].value
  }

  func mismatch(_ type: any Any.Type, _ expected: String) -> DecodingError {
    let path = codingPath
    return .typeMismatch(
      type,
      .init(codingPath: path, debugDescription: "\(path.pathText): expected \(expected), found \(value.kindName)"))
  }
}

extension JSONDecoding {
  /// Reads one value; `parent` and `key` name its place in errors.
  static func value<Value: Decodable>(
    _: Value.Type, from json: JSON, parent: JSONDecoding?, key: @autoclosure () -> (any CodingKey)?
  ) throws -> Value {
    if case .string(let text) = json {
      if Value.self == String.self { return text as! Value }
      if Value.self == ULID.self, let id = ULID(text) { return id as! Value }
      if Value.self == Instant.self, let instant = Instant(rfc3339: text) { return instant as! Value }
    }
    if Value.self == JSON.self { return json as! Value }
    return try Value(from: JSONDecoding(json, parent: parent, key: key()))
  }

  func string() throws -> String {
    guard case .string(let text) = value else { throw mismatch(String.self, "a string") }
    return text
  }

  func bool() throws -> Bool {
    guard case .bool(let flag) = value else { throw mismatch(Bool.self, "true or false") }
    return flag
  }

  func double() throws -> Double {
    guard let number = value.double else { throw mismatch(Double.self, "a number") }
    return number
  }

  func integer<Whole: FixedWidthInteger>(_: Whole.Type) throws -> Whole {
    guard let wide = value.int else { throw mismatch(Whole.self, "a whole number") }
    guard let number = Whole(exactly: wide) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: codingPath, debugDescription: "\(codingPath.pathText): \(wide) does not fit \(Whole.self)"))
    }
    return number
  }
}

extension JSON {
  /// What the value is, in the words of an error.
  fileprivate var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .int, .double: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}
