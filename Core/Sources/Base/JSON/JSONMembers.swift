/// What takes the members of an object one after the other. What is listed once for it becomes a value or its text.
public protocol JSONMembers {
  /// `nil` is left out.
  mutating func add(_ key: String, _ value: String?)
  /// `nil` and numbers that are not finite are left out.
  mutating func add(_ key: String, _ value: Double?)
  /// `nil` is left out.
  mutating func add(_ key: String, _ value: [String]?)
  mutating func add(_ key: String, _ value: JSON)
  mutating func add(_ key: String, object members: (inout Self) -> Void)
  /// An array of objects.
  mutating func add<Item>(_ key: String, _ items: [Item], _ members: (Item, inout Self) -> Void)
}

extension JSONObject: JSONMembers {
  /// An object of what is listed.
  public init(_ list: (inout JSONObject) -> Void) {
    self.init()
    members.reserveCapacity(16)
    list(&self)
  }

  public mutating func add(_ key: String, _ value: String?) {
    if let value { members.append(Member(key: key, value: .string(value))) }
  }

  public mutating func add(_ key: String, _ value: Double?) {
    if let value, value.isFinite { members.append(Member(key: key, value: .double(value))) }
  }

  public mutating func add(_ key: String, _ value: [String]?) {
    if let value { members.append(Member(key: key, value: .array(value.map(JSON.string)))) }
  }

  public mutating func add(_ key: String, _ value: JSON) { members.append(Member(key: key, value: value)) }

  public mutating func add(_ key: String, object list: (inout JSONObject) -> Void) {
    members.append(Member(key: key, value: .object(JSONObject(list))))
  }

  public mutating func add<Item>(_ key: String, _ items: [Item], _ list: (Item, inout JSONObject) -> Void) {
    let objects = items.map { item in JSON.object(JSONObject { list(item, &$0) }) }
    members.append(Member(key: key, value: .array(objects)))
  }
}

/// The compact text of an object, written without making the value first.
public struct JSONObjectText: JSONMembers {
  private var out: [UInt8] = []
  private var isFirst = true

  /// The text of an object of what is listed.
  public static func bytes(_ list: (inout JSONObjectText) -> Void) -> [UInt8] {
    var text = JSONObjectText()
    text.out.reserveCapacity(1_024)
    text.object(list)
    return text.out
  }

  private mutating func object(_ list: (inout JSONObjectText) -> Void) {
    out.append(UInt8(ascii: "{"))
    isFirst = true
    list(&self)
    out.append(UInt8(ascii: "}"))
    isFirst = false
  }

  private mutating func begin(_ key: String) {
    if !isFirst { out.append(UInt8(ascii: ",")) }
    isFirst = false
    JSON.write(key, to: &out)
    out.append(UInt8(ascii: ":"))
  }

  private mutating func array<Item>(_ items: [Item], _ write: (Item, inout JSONObjectText) -> Void) {
    out.append(UInt8(ascii: "["))
    for index in items.indices {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      write(items[index], &self)
    }
    out.append(UInt8(ascii: "]"))
  }

  public mutating func add(_ key: String, _ value: String?) {
    guard let value else { return }
    begin(key)
    JSON.write(value, to: &out)
  }

  public mutating func add(_ key: String, _ value: Double?) {
    guard let value, value.isFinite else { return }
    begin(key)
    JSON.double(value).write(to: &out)
  }

  public mutating func add(_ key: String, _ value: [String]?) {
    guard let value else { return }
    begin(key)
    array(value) { JSON.write($0, to: &$1.out) }
  }

  public mutating func add(_ key: String, _ value: JSON) {
    begin(key)
    value.writeCompact(to: &out)
  }

  public mutating func add(_ key: String, object list: (inout JSONObjectText) -> Void) {
    begin(key)
    object(list)
  }

  public mutating func add<Item>(_ key: String, _ items: [Item], _ list: (Item, inout JSONObjectText) -> Void) {
    begin(key)
    array(items) { item, text in text.object { list(item, &$0) } }
  }

  /// A map as `SortedMap` codes itself: an array of keys and values in turn.
  public mutating func add<Value>(
    _ key: String, _ map: SortedMap<ULID, Value>, _ value: (Value, inout JSONObjectText) -> Void
  ) {
    begin(key)
    out.append(UInt8(ascii: "["))
    var isFirst = true
    for (id, element) in map {
      if !isFirst { out.append(UInt8(ascii: ",")) }
      isFirst = false
      JSON.write(id.description, to: &out)
      out.append(UInt8(ascii: ","))
      value(element, &self)
    }
    out.append(UInt8(ascii: "]"))
  }

  /// For the values of a map: an object.
  public mutating func value(object list: (inout JSONObjectText) -> Void) { object(list) }

  /// For the values of a map: an array of objects.
  public mutating func value<Item>(_ items: [Item], _ list: (Item, inout JSONObjectText) -> Void) {
    array(items) { item, text in text.object { list(item, &$0) } }
  }
}
