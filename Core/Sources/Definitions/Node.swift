import Base

/// A value of a YAML or JSON document with the place it was written at.
public struct Node: Hashable, Sendable {
  public var position: Position
  public var value: Value

  public enum Value: Hashable, Sendable {
    case scalar(Scalar)
    case sequence([Node])
    case mapping([Member])
  }

  /// One entry of a mapping. Keys are kept as text: `200:` and `"200":` are the same key.
  public struct Member: Hashable, Sendable {
    public var key: String
    public var keyPosition: Position
    public var value: Node

    public init(key: String, keyPosition: Position, value: Node) {
      self.key = key
      self.keyPosition = keyPosition
      self.value = value
    }
  }

  public init(_ value: Value, at position: Position) {
    self.value = value
    self.position = position
  }
}

extension Node {
  public var scalar: Scalar? { if case .scalar(let scalar) = value { scalar } else { nil } }
  public var sequence: [Node]? { if case .sequence(let items) = value { items } else { nil } }
  public var mapping: [Member]? { if case .mapping(let members) = value { members } else { nil } }

  /// Text, only where the document says text: `7` and `true` are not, `"7"` is.
  public var string: String? { if case .string = scalar?.meaning { scalar?.text } else { nil } }

  public var isNull: Bool { scalar?.meaning == .null }

  /// The member of that name, or `nil` where there is none or this is not a mapping.
  public subscript(_ key: String) -> Node? { mapping?.first { $0.key == key }?.value }

  /// The node at the end of a path of keys.
  public subscript(path keys: String...) -> Node? {
    var node: Node? = self
    for key in keys { node = node?[key] }
    return node
  }

  /// What kind of value this is, in the words that messages use.
  var kindInWords: String {
    switch value {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .scalar(let scalar):
      switch scalar.meaning {
      case .null: "empty (null)"
      case .bool: "the boolean \(scalar.text)"
      case .int, .float: "the number \(scalar.text)"
      case .string: "\(quoted(scalar.text))"
      }
    }
  }

  /// The value without positions. Numbers that JSON cannot say (`.inf`, `.nan`) become text.
  public var json: JSON {
    switch value {
    case .scalar(let scalar): scalar.json
    case .sequence(let items): .array(items.map(\.json))
    case .mapping(let members): .object(JSONObject(members.map { .init(key: $0.key, value: $0.value.json) }))
    }
  }

  /// How many values the tree holds, itself included.
  public var count: Int {
    switch value {
    case .scalar: 1
    case .sequence(let items): items.reduce(1) { $0 + $1.count }
    case .mapping(let members): members.reduce(1) { $0 + $1.value.count }
    }
  }
}

/// A text shortened for a message, in double quotes.
func quoted(_ text: String) -> String {
  var shown = ""
  for scalar in text.unicodeScalars.prefix(80) {
    switch scalar {
    case "\n": shown += "\\n"
    case "\"": shown += "\\\""
    case _ where scalar.value < 0x20: shown += " "
    default: shown.unicodeScalars.append(scalar)
    }
  }
  return "\"\(shown)\(text.unicodeScalars.count > 80 ? "…" : "")\""
}
