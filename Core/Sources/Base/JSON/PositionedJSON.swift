/// A JSON value in which every value and every member name knows where it stands in the text, for diagnostics.
public struct PositionedJSON: Sendable {
  public enum Content: Sendable {
    /// Null, a boolean, a number or a string.
    case scalar(JSON)
    case array([PositionedJSON])
    case object([Member])
  }

  public struct Member: Sendable {
    public let key: String
    public let keyPosition: TextPosition
    public let value: PositionedJSON
  }

  public let position: TextPosition
  public let content: Content

  /// Reads one JSON text under the rules of `JSON(parsing:limits:)`.
  public init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONParseError) {
    var parser = JSONParser(bytes, limits: limits, keepingOffsets: true)
    let value = try parser.parse()
    var positions = Positions(bytes: bytes, offsets: parser.offsets ?? [])
    self.init(value, &positions)
  }

  private init(_ value: JSON, _ positions: inout Positions) {
    position = positions.next()
    switch value {
    case .array(let elements):
      content = .array(elements.map { PositionedJSON($0, &positions) })
    case .object(let object):
      content = .object(
        object.members.map { member in
          let keyPosition = positions.next()
          return Member(key: member.key, keyPosition: keyPosition, value: PositionedJSON(member.value, &positions))
        })
    default:
      content = .scalar(value)
    }
  }

  /// The value without positions.
  public var json: JSON {
    switch content {
    case .scalar(let value): value
    case .array(let elements): .array(elements.map(\.json))
    case .object(let members): .object(JSONObject(members.map { .init(key: $0.key, value: $0.value.json) }))
    }
  }

  /// The member of that name, or `nil` where there is none or this is not an object.
  public subscript(_ key: String) -> PositionedJSON? {
    if case .object(let members) = content { members.first { $0.key == key }?.value } else { nil }
  }

  /// The element at that place, or `nil` where there is none or this is not an array.
  public subscript(_ index: Int) -> PositionedJSON? {
    if case .array(let elements) = content, elements.indices.contains(index) { elements[index] } else { nil }
  }
}

/// Turns ascending offsets into positions in one pass over the text.
private struct Positions {
  let bytes: [UInt8]
  let offsets: [Int]
  var used = 0
  var offset = 0
  var position = TextPosition(line: 1, column: 1)

  init(bytes: [UInt8], offsets: [Int]) {
    self.bytes = bytes
    self.offsets = offsets
  }

  mutating func next() -> TextPosition {
    let target = offsets[used]
    used += 1
    while offset < target {
      position.advance(over: bytes[offset])
      offset += 1
    }
    return position
  }
}
