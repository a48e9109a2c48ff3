/// Inputs and secrets of a step by name. They become variables of the environment; in requests and in lines of
/// arguments `${NAME}` stands for one whole value, put in as the place demands, never as text that is read again.
public struct StepVariables: Sendable {
  /// Why a text with variables cannot be filled in.
  struct Problem: Error, CustomStringConvertible {
    var description: String
  }

  /// Bytes of one variable with its name: what Linux takes.
  static let variableMax = 128 << 10
  /// Bytes of all of them.
  static let totalMax = 1 << 20

  public var values: [(name: String, value: String)]
  /// Those of the names that are of secrets.
  let secrets: Set<String>

  /// - Parameters:
  ///   - values: of two with the same name the later one counts.
  ///   - secrets: come after them.
  public init(_ values: [(name: String, value: String)], secrets: [(name: String, value: String)] = []) {
    var places: [String: Int] = [:]
    self.values = []
    self.secrets = Set(secrets.map(\.name))
    for value in values + secrets {
      if let place = places[value.name] {
        self.values[place] = value
      } else {
        places[value.name] = self.values.count
        self.values.append(value)
      }
    }
  }

  subscript(_ name: String) -> String? { values.first { $0.name == name }?.value }

  /// The first reason why these cannot be the environment of a program.
  var problem: String? {
    var total = 0
    for (name, value) in values {
      let count = name.utf8.count + value.utf8.count + 2
      total += count
      if !Self.isName(name) { return "'\(name)' is no name of a variable; use letters, digits and _" }
      if Self.isReserved(name) {
        return "a variable \(name) would change how programs on the server start; give the input another name"
      }
      if value.utf8.contains(0) { return "the value of \(name) holds a zero byte, which no variable can" }
      if count > Self.variableMax {
        return "the value of \(name) has \(value.utf8.count) bytes; a variable holds \(Self.variableMax >> 10) KiB"
      }
      if total > Self.totalMax { return "the inputs have more than \(Self.totalMax >> 10) KiB together" }
    }
    return nil
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, isLetter(first) else { return false }
    return name.utf8.count <= 128 && name.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20) || byte == 0x5F
  }

  /// Names that loaders, shells and interpreters read before the script is.
  private static let reserved: Set<String> = [
    "PATH", "HOME", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PS4", "PROMPT_COMMAND", "GCONV_PATH",
    "GLIBC_TUNABLES", "LOCPATH", "NLSPATH", "HOSTALIASES", "RESOLV_HOST_CONF", "TMPDIR", "ZDOTDIR", "FPATH",
    "MAINSTAY_RUNNER", "MAINSTAY_PERFORMANCE", "NODE_OPTIONS", "NODE_PATH", "PERL5LIB", "PERL5OPT", "PERLLIB",
    "RUBYOPT", "RUBYLIB", "JAVA_TOOL_OPTIONS",
  ]

  static func isReserved(_ name: String) -> Bool {
    reserved.contains(name) || ["LD_", "BASH_FUNC_", "PYTHON"].contains { name.hasPrefix($0) }
  }

  /// Replaces each `${NAME}` of a text by what `encode` makes of the value; `$$` is a dollar sign.
  func fill(_ text: String, _ encode: (_ name: String, _ value: String) throws(Problem) -> String) throws(Problem)
    -> String
  {
    var out = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      out += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      if rest.first == "$" {
        out.append("$")
        rest = rest.dropFirst()
      } else if rest.first == "{", let close = rest.firstIndex(of: "}") {
        let name = String(rest[rest.index(after: rest.startIndex)..<close])
        guard let value = self[name] else {
          throw Problem(description: "no input or secret is called \(name)")
        }
        out += try encode(name, value)
        rest = rest[rest.index(after: close)...]
      } else {
        out.append("$")
      }
    }
    return out + rest
  }
}
