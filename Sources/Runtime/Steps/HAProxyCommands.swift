import Base

/// A block of the kind `haproxy`: `socket: PATH` or `address: HOST:PORT`, then commands of HAProxy's runtime API, one a
/// line.
struct HAProxyCommands: Equatable {
  enum Place: Equatable {
    case socket(String)
    case address(host: String, port: UInt16)
  }

  static let commandsMax = 200
  var place: Place
  var commands: [String] = []

  init(_ text: String, _ variables: StepVariables) throws(StepVariables.Problem) {
    var place: Place?
    for (index, line) in FieldLines.lines(text).enumerated() {
      let line = FieldLines.trimmed(line)
      if line.isEmpty || line.hasPrefix("#") { continue }
      if commands.isEmpty, let path = FieldLines.value(of: "socket", in: line) {
        guard path.hasPrefix("/"), path.utf8.count <= 107 else {
          throw .init(description: "line \(index + 1): a socket is an absolute path of at most 107 bytes")
        }
        place = .socket(path)
      } else if commands.isEmpty, let address = FieldLines.value(of: "address", in: line) {
        guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]),
          port > 0, colon != address.startIndex
        else { throw .init(description: "line \(index + 1): '\(address)' is no HOST:PORT") }
        let host = address[..<colon].drop { $0 == "[" }
        place = .address(host: String(host.last == "]" ? host.dropLast() : host), port: port)
      } else {
        guard commands.count < Self.commandsMax else {
          throw .init(description: "more than \(Self.commandsMax) commands")
        }
        commands.append(try Self.command(line, number: index + 1, variables))
      }
    }
    guard let place else {
      throw .init(description: "where HAProxy listens is not said; begin with `socket: PATH` or `address: HOST:PORT`")
    }
    if commands.isEmpty { throw .init(description: "no commands for HAProxy") }
    self.place = place
  }

  private static func command(
    _ line: String, number: Int, _ variables: StepVariables
  ) throws(StepVariables.Problem) -> String {
    guard !line.contains(";") else {
      throw .init(description: "line \(number): ';' joins two commands; write each on a line of its own")
    }
    return try variables.fill(line) { name, value throws(StepVariables.Problem) in
      // The runtime API reads words: a value is part of one, or it is refused.
      guard !value.isEmpty,
        value.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F && !";\\<".unicodeScalars.contains($0) })
      else {
        throw .init(
          description: "line \(number): the value of \(name) is empty, or holds spaces, line breaks, ; < or \\, which "
            + "would make it more than one word")
      }
      return value
    }
  }

  /// What goes over the connection: HAProxy says with each message how bad it is.
  static func wire(_ command: String) -> String { "set severity-output number;\(command)\n" }

  /// Reads an answer: the text without its marks, and the line that says what is wrong.
  static func read(_ answer: String) -> (text: String, error: String?) {
    var text: [String] = []
    var error: String?
    for line in FieldLines.lines(answer) {
      var line = String(line)
      var severity = 6
      if line.hasPrefix("["), let close = line.firstIndex(of: "]"), line[close...].hasPrefix("]:"),
        let level = Int(line[line.index(after: line.startIndex)..<close]), (0...7).contains(level)
      {
        severity = level
        line = String(line[close...].dropFirst(2).drop { $0 == " " })
      }
      if severity <= 3 || line.hasPrefix("Unknown command") || line.hasPrefix("Permission denied") {
        error = error ?? FieldLines.trimmed(line)
      }
      text.append(line)
    }
    while text.last?.isEmpty == true { text.removeLast() }
    return (text.joined(separator: "\n"), error.map { $0.isEmpty ? "an error without words" : $0 })
  }
}
