struct JSONKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let node: JSONDecoding
  let members: [JSONObject.Member]
  var codingPath: [any CodingKey] { node.codingPath }
  var allKeys: [Key] { members.compactMap { Key(stringValue: $0.key) } }

  func contains(_ key: Key) -> Bool { node.find(key.stringValue, in: members) != nil }

  private func find(_ key: Key) throws -> JSON {
    guard let value = node.find(key.stringValue, in: members) else {
      throw DecodingError.keyNotFound(
        key,
        .init(
          codingPath: codingPath, debugDescription: "\(codingPath.pathText): no member '\(key.stringValue)'"))
    }
    return value
  }

  private func child(_ key: Key) throws -> JSONDecoding { JSONDecoding(try find(key), parent: node, key: key) }

  func decodeNil(forKey key: Key) throws -> Bool { try find(key) == .null }
  func decode(_: Bool.Type, forKey key: Key) throws -> Bool {
    if case .bool(let flag) = try find(key) { flag } else { try child(key).bool() }
  }
  func decode(_: String.Type, forKey key: Key) throws -> String {
    if case .string(let text) = try find(key) { text } else { try child(key).string() }
  }
  func decode(_: Double.Type, forKey key: Key) throws -> Double {
    if let number = try find(key).double { number } else { try child(key).double() }
  }
  func decode(_: Float.Type, forKey key: Key) throws -> Float { Float(try child(key).double()) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
    if case .int(let number) = try find(key) { Int(number) } else { try child(key).integer(type) }
  }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
    if case .int(let number) = try find(key) { number } else { try child(key).integer(type) }
  }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try child(key).integer(type) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try child(key).integer(type) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try child(key).integer(type) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try child(key).integer(type) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try child(key).integer(type) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try child(key).integer(type) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try child(key).integer(type) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try child(key).integer(type) }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try JSONDecoding.value(type, from: find(key), parent: node, key: key)
  }

  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
    guard let value = node.find(key.stringValue, in: members), value != .null else { return nil }
    return try JSONDecoding.value(type, from: value, parent: node, key: key)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try child(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try child(key).unkeyedContainer()
  }

  func superDecoder() -> any Decoder {
    JSONDecoding(node.find("super", in: members) ?? .null, parent: node, key: AnyCodingKey.super)
  }

  func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
}

struct JSONUnkeyedDecoding: UnkeyedDecodingContainer {
  let node: JSONDecoding
  let elements: [JSON]
  private(set) var currentIndex = 0

  init(node: JSONDecoding, elements: [JSON]) {
    self.node = node
    self.elements = elements
  }

  var codingPath: [any CodingKey] { node.codingPath }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  /// The element at the cursor, which stays: a failed read may be tried again as another type.
  private func current() throws -> JSON {
    if isAtEnd {
      let text = "\(codingPath.pathText): expected more than \(elements.count) elements"
      throw DecodingError.valueNotFound(JSON.self, .init(codingPath: codingPath, debugDescription: text))
    }
    return elements[currentIndex]
  }

  private mutating func next() throws -> JSONDecoding {
    let child = JSONDecoding(try current(), parent: node, key: AnyCodingKey(intValue: currentIndex))
    currentIndex += 1
    return child
  }

  mutating func decodeNil() throws -> Bool {
    guard try current() == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let index = currentIndex
    let value = try JSONDecoding.value(type, from: current(), parent: node, key: AnyCodingKey(intValue: index))
    currentIndex += 1
    return value
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try next().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
  mutating func superDecoder() throws -> any Decoder { try next() }
}

struct JSONSingleDecoding: SingleValueDecodingContainer {
  let node: JSONDecoding
  var codingPath: [any CodingKey] { node.codingPath }

  func decodeNil() -> Bool { node.value == .null }
  func decode(_: Bool.Type) throws -> Bool { try node.bool() }
  func decode(_: String.Type) throws -> String { try node.string() }
  func decode(_: Double.Type) throws -> Double { try node.double() }
  func decode(_: Float.Type) throws -> Float { Float(try node.double()) }
  func decode(_ type: Int.Type) throws -> Int { try node.integer(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try node.integer(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try node.integer(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try node.integer(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try node.integer(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try node.integer(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try node.integer(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try node.integer(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try node.integer(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try node.integer(type) }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try JSONDecoding.value(type, from: node.value, parent: node, key: nil)
  }
}
