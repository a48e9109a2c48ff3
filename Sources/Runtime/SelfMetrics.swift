import Base
import Synchronization

/// What Mainstay counts of itself, as OpenMetrics.
public final class SelfMetrics: Sendable {
  struct Key: Hashable, Comparable {
    var family: String
    var labels: String
    static func < (lhs: Key, rhs: Key) -> Bool { (lhs.family, lhs.labels) < (rhs.family, rhs.labels) }
  }

  /// A family's help line and kind.
  public struct Family: Sendable {
    public enum Kind: String, Sendable { case counter, gauge }
    var name: String
    var help: String
    var kind: Kind

    public init(_ name: String, _ kind: Kind, _ help: String) {
      self.name = name
      self.help = help
      self.kind = kind
    }
  }

  private let counts = Mutex<[Key: Double]>([:])
  private let families = Mutex<[String: Family]>([:])

  public init() {}

  /// Adds to a counter, or sets a gauge. Labels are pairs of name and value; values come from bounded sets.
  public func add(_ family: Family, _ labels: [(String, String)] = [], by amount: Double = 1) {
    families.withLock { if $0[family.name] == nil { $0[family.name] = family } }
    counts.withLock { $0[Key(family: family.name, labels: Self.text(labels)), default: 0] += amount }
  }

  public func set(_ family: Family, _ labels: [(String, String)] = [], to value: Double) {
    families.withLock { $0[family.name] = family }
    counts.withLock { $0[Key(family: family.name, labels: Self.text(labels))] = value }
  }

  /// The values of a family by one of its labels, summed over the others.
  public func values(of family: Family, by label: String) -> [String: Double] {
    let start = "\(label)=\""
    var sums: [String: Double] = [:]
    for (key, value) in counts.withLock({ $0 }) where key.family == family.name {
      // Values come from bounded sets of plain words: none has a quote in it.
      let pairs = key.labels.dropFirst().split { $0 == "," || $0 == "}" }
      guard let pair = pairs.first(where: { $0.hasPrefix(start) }) else { continue }
      sums[String(pair.dropFirst(start.count).dropLast()), default: 0] += value
    }
    return sums
  }

  /// Forgets the values of a family: of what it was about, some may be gone.
  public func clear(_ family: Family) {
    counts.withLock { counts in counts = counts.filter { $0.key.family != family.name } }
  }

  private static func text(_ labels: [(String, String)]) -> String {
    guard !labels.isEmpty else { return "" }
    if labels.allSatisfy({ !$0.1.utf8.contains { $0 == 0x22 || $0 == 0x5C || $0 == 0x0A } }) {
      var text = "{"
      for (name, value) in labels { text += "\(text.utf8.count == 1 ? "" : ",")\(name)=\"\(value)\"" }
      return text + "}"
    }
    let pairs = labels.map { name, value in
      let escaped = value.map { $0 == "\"" ? "\\\"" : $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : String($0) }.joined()
      return "\(name)=\"\(escaped)\""
    }
    return "{\(pairs.joined(separator: ","))}"
  }

  /// The exposition, closed by `# EOF`.
  public func exposition() -> [UInt8] {
    let families = families.withLock { $0 }
    let counts = counts.withLock { $0 }
    var text = ""
    var current = ""
    for (key, value) in counts.sorted(by: { $0.key < $1.key }) {
      guard let family = families[key.family] else { continue }
      if key.family != current {
        current = key.family
        text += "# TYPE \(family.name) \(family.kind.rawValue)\n# HELP \(family.name) \(family.help)\n"
      }
      let suffix = family.kind == .counter ? "_total" : ""
      let number = value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
      text += "\(family.name)\(suffix)\(key.labels) \(number)\n"
    }
    return Array((text + "# EOF\n").utf8)
  }
}
