/// A request as it is written in a block: `# expect:` lines, the request line, headers, an empty line, the body.
///
/// `${NAME}` stands for a value as its place needs it: percent-encoded in the URL, escaped in a body of JSON or of a
/// form, as it is in headers and other bodies.
struct HTTPRequestText: Equatable {
  struct Header: Equatable {
    var name: String
    var value: String
  }

  var method: String
  var url: String
  var headers: [Header] = []
  var body: String?
  /// Statuses that mean success.
  var expected: [ClosedRange<Int>] = [200...299]

  private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
  static let headersMax = 100

  init(_ text: String, _ variables: StepVariables) throws(StepVariables.Problem) {
    var lines = FieldLines.lines(text)[...]
    var expected: [ClosedRange<Int>] = []
    while let line = lines.first, line.allSatisfy(\.isWhitespace) || line.hasPrefix("#") {
      if let value = FieldLines.value(of: "expect", in: line.drop { $0 == "#" }) {
        expected += try Self.statuses(value)
      }
      lines = lines.dropFirst()
    }
    guard let first = lines.popFirst() else { throw .init(description: "no request line, such as GET https://…") }
    var words = first.split(separator: " ").map(String.init)
    if words.last?.hasPrefix("HTTP/") == true { words.removeLast() }
    if words.count == 1 { words.insert("GET", at: 0) }
    guard words.count == 2, Self.methods.contains(words[0].uppercased()) else {
      throw .init(
        description: "'\(first.prefix(60))' is no request line; write METHOD URL, the method one of "
          + Self.methods.joined(separator: ", "))
    }
    method = words[0].uppercased()
    url = try Self.url(words[1], variables)
    while let line = lines.popFirst(), !line.allSatisfy(\.isWhitespace) {
      guard let colon = line.firstIndex(of: ":"), colon != line.startIndex, headers.count < Self.headersMax else {
        throw .init(
          description: "'\(line.prefix(40))' is no header; write NAME: VALUE, and an empty line before the body")
      }
      let value = try variables.fill(FieldLines.trimmed(line[line.index(after: colon)...])) {
        name, value throws(StepVariables.Problem) in
        guard !value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
          throw .init(description: "the value of \(name) holds a line break, which no header can")
        }
        return value
      }
      headers.append(Header(name: FieldLines.trimmed(line[..<colon]), value: value))
    }
    let body = lines.joined(separator: "\n")
    if !body.allSatisfy(\.isWhitespace) { self.body = try filled(body, variables) }
    if !expected.isEmpty { self.expected = expected }
  }

  // MARK: Parts

  /// `200, 204, 3xx, 400-404`.
  private static func statuses(_ text: String) throws(StepVariables.Problem) -> [ClosedRange<Int>] {
    var ranges: [ClosedRange<Int>] = []
    for part in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
      let ends = part.split(separator: "-").map { Int($0) }
      if ends.count == 1, let status = ends[0], (100...599).contains(status) {
        ranges.append(status...status)
      } else if ends.count == 2, let low = ends[0], let high = ends[1], low <= high, low >= 100, high <= 599 {
        ranges.append(low...high)
      } else if part.count == 3, part.lowercased().hasSuffix("xx"), let hundred = part.first?.wholeNumberValue,
        (1...5).contains(hundred)
      {
        ranges.append(hundred * 100...hundred * 100 + 99)
      } else {
        throw .init(description: "'\(part)' is no status to expect; write 200, 2xx or 200-204")
      }
    }
    return ranges
  }

  private static func url(_ text: String, _ variables: StepVariables) throws(StepVariables.Problem) -> String {
    guard let slashes = text.firstRange(of: "://") else {
      throw .init(description: "'\(text.prefix(60))' is no absolute URL")
    }
    let rest = text[slashes.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    // Who is asked must not depend on what somebody typed.
    guard !text[..<authority.endIndex].contains("$") else {
      throw .init(description: "a variable stands in the URL's host; write the host out")
    }
    let filled = try variables.fill(text) { _, value throws(StepVariables.Problem) in percent(value) }
    // Clients and servers take `.` and `..` out of a path, and a segment with them.
    func dots(_ text: String) -> Int {
      text.prefix { $0 != "?" && $0 != "#" }.split(separator: "/").count { $0 == "." || $0 == ".." }
    }
    guard dots(filled) <= dots(text) else {
      throw .init(description: "a value makes . or .. of a part of the path, which would lead elsewhere")
    }
    return filled
  }

  private static func percent(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".unicodeScalars)
    var out = String.UnicodeScalarView()
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: out.append(Unicode.Scalar(byte))
      default: out.append(contentsOf: ["%", digits[Int(byte >> 4)], digits[Int(byte & 15)]])
      }
    }
    return String(out)
  }

  private func filled(_ body: String, _ variables: StepVariables) throws(StepVariables.Problem) -> String {
    let type = headers.first { $0.name.lowercased() == "content-type" }?.value.lowercased()
    let start = body.first { !$0.isWhitespace }
    let isJSON = type.map { $0.contains("json") } ?? (start == "{" || start == "[")
    let isForm = type?.contains("form-urlencoded") == true
    return try variables.fill(body) { _, value throws(StepVariables.Problem) in
      isJSON ? Self.json(value) : isForm ? Self.percent(value) : value
    }
  }

  private static func json(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
