import Base

/// Personal data in events. An event holds a marker, `{"erasable":"01J…"}`; the text is in a table of its own and can
/// be erased, so that the sequence of events stays as it is.
///
/// Folds keep the marker, so that no snapshot holds what an erasure has to reach; pages resolve it when they render.
public enum Erasable {
  /// What an erased text reads as.
  public static let erasedText = "[erased]"

  public static func marker(_ id: ULID) -> JSON { ["erasable": .string(id.description)] }

  /// The identifier of a marker; `nil` for any other value.
  public static func id(of json: JSON) -> ULID? {
    guard case .object(let object) = json, object.count == 1, case .string(let text)? = object["erasable"] else {
      return nil
    }
    return ULID(text)
  }

  /// Appends the identifiers of all markers in a value, in the order of writing.
  public static func collectIDs(in json: JSON, into ids: inout [ULID]) {
    if let id = id(of: json) {
      ids.append(id)
      return
    }
    switch json {
    case .array(let elements): for element in elements { collectIDs(in: element, into: &ids) }
    case .object(let object): for member in object.members { collectIDs(in: member.value, into: &ids) }
    case .null, .bool, .int, .double, .string: break
    }
  }

  /// The value with the text of each marker in its place, `erasedText` where there is none any more.
  public static func resolve(_ json: JSON, text: (ULID) -> String?) -> JSON {
    if let id = id(of: json) { return .string(text(id) ?? erasedText) }
    switch json {
    case .array(let elements):
      return .array(elements.map { resolve($0, text: text) })
    case .object(let object):
      return .object(JSONObject(object.members.map { .init(key: $0.key, value: resolve($0.value, text: text)) }))
    case .null, .bool, .int, .double, .string:
      return json
    }
  }
}

/// A text in a payload that can be erased: encoded as its marker.
public struct ErasableText: Hashable, Sendable, Codable {
  public let id: ULID

  public init(_ id: ULID) { self.id = id }

  private enum CodingKeys: String, CodingKey { case id = "erasable" }
}
