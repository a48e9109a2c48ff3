/// A regular expression in the syntax of RE2, matched against a whole text as Prometheus does, in time linear in the
/// text: a Thompson automaton without backtracking, so that no pattern can stall the intake.
///
/// Understood: literals, `.` (newlines too), classes with ranges and POSIX names, `\d \w \s` and their negations,
/// groups, `|`, `* + ? {m,n}` and their lazy forms, `^`, `$`, a leading `(?i)` or `(?s)`. Not understood: `\b`, `\p`.
public struct Pattern: Hashable, Sendable {
  public let text: String
  let program: [Instruction]

  enum Instruction: Hashable, Sendable {
    case scalars(ScalarClass)
    case split(Int, Int)
    case jump(Int)
    case start
    case end
    case match
  }

  struct ScalarClass: Hashable, Sendable {
    var ranges: [ClosedRange<UInt32>]
    var negated = false

    func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } != negated }
  }

  public static let lengthLimit = 1_000
  static let programLimit = 5_000

  /// Compiles a pattern; the error says what is wrong with it.
  public init(_ text: String) throws(PatternError) {
    guard text.utf8.count <= Self.lengthLimit else {
      throw PatternError(message: "the pattern is longer than \(Self.lengthLimit) bytes")
    }
    var compiler = PatternCompiler(text)
    program = try compiler.compile()
    self.text = text
  }

  /// Whether all of `value` matches.
  public func matches(_ value: String) -> Bool {
    var current = ThreadList(count: program.count)
    var next = ThreadList(count: program.count)
    let scalars = Array(value.unicodeScalars)
    follow(0, at: 0, of: scalars.count, into: &current)
    for (position, scalar) in scalars.enumerated() {
      if current.threads.isEmpty { return false }
      next.clear()
      for index in current.threads {
        if case .scalars(let set) = program[index], set.contains(scalar.value) {
          follow(index + 1, at: position + 1, of: scalars.count, into: &next)
        }
      }
      swap(&current, &next)
    }
    return current.threads.contains { program[$0] == .match }
  }

  private func follow(_ start: Int, at position: Int, of count: Int, into list: inout ThreadList) {
    var stack = [start]
    while let index = stack.popLast() {
      guard list.insert(index) else { continue }
      switch program[index] {
      case .jump(let target): stack.append(target)
      case .split(let first, let second): stack += [second, first]
      case .start: if position == 0 { stack.append(index + 1) }
      case .end: if position == count { stack.append(index + 1) }
      case .scalars, .match: break
      }
    }
  }

  private struct ThreadList {
    var threads: [Int] = []
    private var seen: [Bool]

    init(count: Int) { seen = [Bool](repeating: false, count: count) }

    mutating func insert(_ index: Int) -> Bool {
      if seen[index] { return false }
      seen[index] = true
      threads.append(index)
      return true
    }

    mutating func clear() {
      for index in threads { seen[index] = false }
      threads.removeAll(keepingCapacity: true)
    }
  }
}

public struct PatternError: Error, Hashable, Sendable {
  public var message: String
}
