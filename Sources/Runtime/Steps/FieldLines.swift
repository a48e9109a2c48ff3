/// `name: value`, a field a line: how blocks that are no scripts say what they mean.
enum FieldLines {
  struct Field {
    var name: String
    var value: String
    /// Counted from 1.
    var line: Int
  }

  /// The value of a line that is a field of that name, without the spaces around it.
  static func value(of name: String, in line: some StringProtocol) -> String? {
    guard let colon = line.firstIndex(of: ":"), trimmed(line[..<colon]).lowercased() == name.lowercased() else {
      return nil
    }
    return trimmed(line[line.index(after: colon)...])
  }

  /// - Throws: where a line is no field, or its name is none of those.
  static func fields(of text: String, names: [String]) throws(StepVariables.Problem) -> [Field] {
    var fields: [Field] = []
    for (index, line) in lines(text).enumerated() {
      let trimmed = trimmed(line)
      if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
      guard let name = names.first(where: { value(of: $0, in: trimmed) != nil }),
        let value = value(of: name, in: trimmed)
      else {
        throw .init(
          description: "line \(index + 1): '\(trimmed.prefix(60))' is none of \(names.joined(separator: ", "))")
      }
      fields.append(Field(name: name, value: value, line: index + 1))
    }
    return fields
  }

  static func lines(_ text: String) -> [Substring] {
    text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }

  static func trimmed(_ text: some StringProtocol) -> String {
    let start = text.drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }
}
