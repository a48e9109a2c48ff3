/// The members of one object. A key that is encoded twice stands twice; synthesised code never does that.
struct JSONKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: JSONEncoding
  var codingPath: [any CodingKey] { node.codingPath }

  func encodeNil(forKey key: Key) { node.append(.null, key: key.stringValue) }
  func encode(_ value: Bool, forKey key: Key) { node.append(.bool(value), key: key.stringValue) }
  func encode(_ value: String, forKey key: Key) { node.append(.string(value), key: key.stringValue) }
  func encode(_ value: Int, forKey key: Key) { node.append(.int(Int64(value)), key: key.stringValue) }
  func encode(_ value: Int64, forKey key: Key) { node.append(.int(value), key: key.stringValue) }
  func encode(_ value: Double, forKey key: Key) throws {
    node.append(try JSONEncoding.json(of: value, parent: node, key: key), key: key.stringValue)
  }
  func encode(_ value: Float, forKey key: Key) throws { try encode(Double(value), forKey: key) }
  func encode(_ value: Int8, forKey key: Key) { encode(Int64(value), forKey: key) }
  func encode(_ value: Int16, forKey key: Key) { encode(Int64(value), forKey: key) }
  func encode(_ value: Int32, forKey key: Key) { encode(Int64(value), forKey: key) }
  func encode(_ value: UInt8, forKey key: Key) { encode(Int64(value), forKey: key) }
  func encode(_ value: UInt16, forKey key: Key) { encode(Int64(value), forKey: key) }
  func encode(_ value: UInt32, forKey key: Key) { encode(Int64(value), forKey: key) }
  func encode(_ value: UInt, forKey key: Key) throws { try encode(UInt64(value), forKey: key) }
  func encode(_ value: UInt64, forKey key: Key) throws {
    node.append(try JSONEncoding.json(of: value, parent: node, key: key), key: key.stringValue)
  }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    node.append(try JSONEncoding.json(of: value, parent: node, key: key), key: key.stringValue)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested>
  {
    node.nest(key: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    node.nest(key: key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { node.nest(key: AnyCodingKey.super) }
  func superEncoder(forKey key: Key) -> any Encoder { node.nest(key: key) }
}

/// The elements of one array.
struct JSONUnkeyedEncoding: UnkeyedEncodingContainer {
  let node: JSONEncoding
  var codingPath: [any CodingKey] { node.codingPath }
  var count: Int { node.count }
  private var next: AnyCodingKey { AnyCodingKey(intValue: count) }

  init(node: JSONEncoding) { self.node = node }

  func encodeNil() { node.append(.null) }

  func encode<Value: Encodable>(_ value: Value) throws {
    node.append(try JSONEncoding.json(of: value, parent: node, key: next))
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    node.nest(key: next).container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { node.nest(key: next).unkeyedContainer() }
  func superEncoder() -> any Encoder { node.nest(key: next) }
}

/// A value that is no container itself. Integers wider than 63 bits are refused, as JSON readers disagree on them.
struct JSONSingleEncoding: SingleValueEncodingContainer {
  let node: JSONEncoding
  var codingPath: [any CodingKey] { node.codingPath }

  func encodeNil() { node.set(.null) }
  func encode(_ value: Bool) { node.set(.bool(value)) }
  func encode(_ value: String) { node.set(.string(value)) }
  func encode(_ value: Double) throws { node.set(try JSONEncoding.json(of: value, parent: node, key: nil)) }
  func encode(_ value: Float) throws { try encode(Double(value)) }
  func encode(_ value: Int) { node.set(.int(Int64(value))) }
  func encode(_ value: Int8) { node.set(.int(Int64(value))) }
  func encode(_ value: Int16) { node.set(.int(Int64(value))) }
  func encode(_ value: Int32) { node.set(.int(Int64(value))) }
  func encode(_ value: Int64) { node.set(.int(value)) }
  func encode(_ value: UInt8) { node.set(.int(Int64(value))) }
  func encode(_ value: UInt16) { node.set(.int(Int64(value))) }
  func encode(_ value: UInt32) { node.set(.int(Int64(value))) }
  func encode(_ value: UInt) throws { try encode(UInt64(value)) }

  func encode(_ value: UInt64) throws {
    guard let whole = Int64(exactly: value) else {
      throw EncodingError.invalidValue(
        value,
        .init(codingPath: codingPath, debugDescription: "\(codingPath.pathText): \(value) does not fit 63 bits"))
    }
    node.set(.int(whole))
  }

  func encode<Value: Encodable>(_ value: Value) throws {
    node.set(try JSONEncoding.json(of: value, parent: node, key: nil))
  }
}
