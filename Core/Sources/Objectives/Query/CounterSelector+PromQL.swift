import Base
import Ledger

extension CounterSelector {
  /// The selector as a server of the Prometheus API reads it. It selects what `matches` does, so `le` and `quantile`
  /// are asked for in both ways of writing a number.
  public var promQL: String {
    var conditions = matchers.map(\.promQL)
    var name = metric ?? ""
    if !Self.isName(name, colons: true), !name.isEmpty {
      conditions.insert("__name__=\(Self.quoted(name))", at: 0)
      name = ""
    }
    return name + (conditions.isEmpty ? "" : "{\(conditions.joined(separator: ","))}")
  }

  /// Whether a name needs no quotes.
  static func isName(_ name: String, colons: Bool) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x5F || (colons && byte == 0x3A)
    }
  }

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension LabelMatcher {
  fileprivate var promQL: String {
    let label = CounterSelector.isName(name, colons: false) ? name : CounterSelector.quoted(name)
    return switch test {
    case .equal(let value): label + numeric(value, "=", "=~")
    case .notEqual(let value): label + numeric(value, "!=", "!~")
    case .matching(let pattern): label + "=~" + CounterSelector.quoted(pattern.text)
    case .notMatching(let pattern): label + "!~" + CounterSelector.quoted(pattern.text)
    }
  }

  /// `1` and `1.0` are the same bound of a histogram, and servers compare texts.
  private func numeric(_ value: String, _ plain: String, _ pattern: String) -> String {
    guard name == "le" || name == "quantile", let number = Double(value), number.isFinite else {
      return plain + CounterSelector.quoted(value)
    }
    var forms = [value, "\(number)"]
    if number == number.rounded(), number.magnitude < 1e15 { forms.append("\(Int64(number))") }
    var seen: Set<String> = []
    let escaped = forms.filter { seen.insert($0).inserted }.map { form in
      form.map { $0 == "." || $0 == "+" ? "\\\($0)" : String($0) }.joined()
    }
    return pattern + CounterSelector.quoted(escaped.joined(separator: "|"))
  }
}
