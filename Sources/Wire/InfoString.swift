import Base
import Definitions

/// An info string in runme's convention: `sh {"name":"x"}`, from the first `{` to the first `}`; JSON, or else
/// `name=x flag="two words"` as older versions of runme wrote it.
///
/// Attributes that are not for running, such as the `{1,4-6}` that sites highlight lines with, are passed over.
struct InfoString {
  var language = ""
  var attributes: [StringPair] = []
  var problem: String?

  init(_ text: String) {
    language = String(text.prefix { $0 != " " && $0 != "\t" && $0 != "{" })
    guard let open = text.firstIndex(of: "{") else { return }
    guard let close = text[open...].firstIndex(of: "}") else {
      problem = "the block's attributes have no closing brace: \(text.cut(200))"
      return
    }
    let braces = String(text[open...close])
    if let json = try? JSON(parsing: braces), let object = json.object {
      readJSON(object)
      return
    }
    let inside = text[text.index(after: open)..<close].drop { $0 == " " || $0 == "\t" }
    if inside.first == "\"" {
      let hasMore = text[text.index(after: close)...].contains("}")
      problem =
        hasMore
        ? "the block's attributes end at the first `}`, so no value may have a brace in it: \(braces.cut(200)); "
          + "put such text into the block itself"
        : "the block's attributes are not JSON: \(braces.cut(200))"
    } else {
      readPairs(inside)
    }
  }

  private mutating func readJSON(_ object: JSONObject) {
    for member in object.members {
      switch member.value {
      case .string(let value): append(member.key, value)
      case .bool(let value): append(member.key, value ? "true" : "false")
      case .int(let value): append(member.key, "\(value)")
      case .double(let value): append(member.key, "\(value)")
      case .null, .array, .object:
        if member.key.hasPrefix("x-") || member.key == "name" {
          problem = "the block's attribute `\(member.key)` is not text; write a flat value such as \"5m\""
        } else {
          append(member.key, member.value.text)
        }
      }
    }
  }

  private mutating func readPairs(_ text: Substring) {
    var rest = text[...]
    while true {
      rest = rest.drop { $0 == " " || $0 == "," || $0 == "\t" }
      if rest.isEmpty { return }
      let key = rest.prefix { $0 != "=" && $0 != " " && $0 != "," }
      rest = rest.dropFirst(key.count)
      guard rest.first == "=", !key.isEmpty else {
        if key.hasPrefix("x-") || key == "name" || key.isEmpty {
          problem = "the block's attribute `\(key)` has no value; write it as {\"\(key)\":\"VALUE\"}"
          return
        }
        continue
      }
      rest = rest.dropFirst()
      if let quote = rest.first, quote == "\"" || quote == "'" {
        let value = rest.dropFirst().prefix { $0 != quote }
        append(String(key), String(value))
        rest = rest.dropFirst(value.count + 2)
      } else {
        let value = rest.prefix { $0 != " " && $0 != "," }
        append(String(key), String(value))
        rest = rest.dropFirst(value.count)
      }
    }
  }

  private mutating func append(_ key: String, _ value: String) {
    if attributes[key] != nil {
      problem = "the block's attribute `\(key)` is written twice"
    } else {
      attributes.append(StringPair(key: key, value: value))
    }
  }
}
