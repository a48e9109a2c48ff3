extension JSON {
  /// The value in its `Codable` form.
  ///
  /// Equal values give equal JSON: dictionaries and sets, whose order differs between processes, are sorted by key or
  /// by the text of the element. `Instant`, `Interval` and `ULID` are strings; an absent optional is left out.
  ///
  /// - Throws: `EncodingError` with the coding path, for example for a number that is not finite.
  public init(encoding value: some Encodable) throws {
    self = try JSONEncoding.json(of: value, parent: nil, key: nil)
  }

  /// Reads a `Codable` value of that type out of this one.
  ///
  /// - Throws: `DecodingError` whose description begins with the coding path: `labels.severity: expected a string,
  ///   found a number`.
  public func decode<Value: Decodable>(_: Value.Type) throws -> Value {
    try JSONDecoding.value(Value.self, from: self, parent: nil, key: nil)
  }
}

/// `JSON` codes itself as what it holds, through `JSON(encoding:)` and `decode` alone.
extension JSON: Codable {
  public init(from decoder: any Decoder) throws {
    guard let decoder = decoder as? JSONDecoding else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a JSON value is only read by JSON.decode"))
    }
    self = decoder.value
  }

  public func encode(to encoder: any Encoder) throws {
    guard let encoder = encoder as? JSONEncoding else {
      throw EncodingError.invalidValue(
        self, .init(codingPath: encoder.codingPath, debugDescription: "a JSON value is only written by JSON(encoding:)")
      )
    }
    encoder.set(self)
  }
}

extension JSONObject: Codable {
  public init(from decoder: any Decoder) throws {
    guard let object = try JSON(from: decoder).object else {
      throw DecodingError.typeMismatch(
        JSONObject.self, .init(codingPath: decoder.codingPath, debugDescription: "expected an object"))
    }
    self = object
  }

  public func encode(to encoder: any Encoder) throws { try JSON.object(self).encode(to: encoder) }
}

/// A key made at run time.
struct AnyCodingKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = "[\(intValue)]"
    self.intValue = intValue
  }

  static let `super` = AnyCodingKey(stringValue: "super")
}

extension [any CodingKey] {
  /// `labels.names[2]`; `value` for the root.
  var pathText: String {
    var text = ""
    for key in self {
      if key is AnyCodingKey, key.intValue != nil {
        text += key.stringValue
      } else {
        text += (text.isEmpty ? "" : ".") + key.stringValue
      }
    }
    return text.isEmpty ? "value" : text
  }
}
