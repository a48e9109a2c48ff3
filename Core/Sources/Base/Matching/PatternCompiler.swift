/// Reads a pattern by recursive descent and writes its automaton.
struct PatternCompiler {
  private let scalars: [UInt32]
  private var position = 0
  private var depth = 0
  private var ignoresCase = false

  private indirect enum Node {
    case empty
    case scalars(Pattern.ScalarClass)
    case sequence([Node])
    case choice([Node])
    case repeated(Node, Int, Int?)
    case start
    case end
  }

  init(_ text: String) { scalars = text.unicodeScalars.map(\.value) }

  mutating func compile() throws(PatternError) -> [Pattern.Instruction] {
    let node = try choice()
    if position < scalars.count { throw error("a ')' without its '('") }
    var program: [Pattern.Instruction] = []
    try emit(node, into: &program)
    program.append(.match)
    return program
  }

  private func error(_ message: String) -> PatternError {
    PatternError(message: "\(message) at character \(position + 1) of the pattern")
  }

  private var next: UInt32? { position < scalars.count ? scalars[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == character.value else { return false }
    position += 1
    return true
  }

  private mutating func choice() throws(PatternError) -> Node {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 50 else { throw error("groups nested more than 50 deep") }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(PatternError) -> Node {
    var nodes: [Node] = []
    while let character = next, character != 0x7C, character != 0x29 {
      var node = try atom()
      while let (low, high) = try quantifier() {
        // Nested counts multiply: the program limit catches them, an early bound keeps the tree small.
        node = .repeated(node, low, high)
        _ = take("?")
      }
      nodes.append(node)
    }
    return nodes.isEmpty ? .empty : .sequence(nodes)
  }

  private mutating func quantifier() throws(PatternError) -> (Int, Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    guard next == 0x7B else { return nil }
    let start = position
    position += 1
    guard let low = number() else {
      // A brace that opens no count is itself, as in RE2.
      position = start
      return nil
    }
    var high: Int? = low
    if take(",") { high = number() }
    guard take("}") else {
      position = start
      return nil
    }
    guard low <= 1_000, (high ?? 0) <= 1_000, high.map({ $0 >= low }) ?? true else {
      throw error("a repeat count out of range")
    }
    return (low, high)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let character = next, (0x30...0x39).contains(character), (value ?? 0) < 100_000 {
      value = (value ?? 0) * 10 + Int(character - 0x30)
      position += 1
    }
    return value
  }

  private mutating func atom() throws(PatternError) -> Node {
    guard let character = next.flatMap(Unicode.Scalar.init) else { throw error("something missing") }
    switch character {
    case "(": return try group()
    case "[": return .scalars(try set())
    case ".":
      position += 1
      return .scalars(Pattern.ScalarClass(ranges: [0...0x10FFFF]))
    case "^":
      position += 1
      return .start
    case "$":
      position += 1
      return .end
    case "*", "+", "?": throw error("nothing to repeat before '\(character)'")
    case "\\": return try escape()
    case "{" where isCount(): throw error("nothing to repeat before '{'")
    default:
      position += 1
      return .scalars(literal(character.value))
    }
  }

  /// Whether the brace here opens a count, which must follow something.
  private func isCount() -> Bool {
    var copy = self
    return (try? copy.quantifier()) != nil
  }

  private func literal(_ scalar: UInt32) -> Pattern.ScalarClass {
    folded(Pattern.ScalarClass(ranges: [scalar...scalar]))
  }

  /// With `(?i)`, the ASCII letters of the other case join.
  private func folded(_ set: Pattern.ScalarClass) -> Pattern.ScalarClass {
    guard ignoresCase else { return set }
    var result = set
    for range in set.ranges {
      for (letters, shift) in [(UInt32(0x41)...0x5A, Int32(32)), (UInt32(0x61)...0x7A, Int32(-32))] {
        let low = max(range.lowerBound, letters.lowerBound)
        let high = min(range.upperBound, letters.upperBound)
        if low <= high { result.ranges.append(UInt32(Int32(low) + shift)...UInt32(Int32(high) + shift)) }
      }
    }
    return result
  }

  private mutating func group() throws(PatternError) -> Node {
    position += 1
    if take("?") {
      if take("P") || next == 0x3C {
        guard take("<") else { throw error("a group name missing") }
        while let character = next, character != 0x3E { position += 1; _ = character }
        guard take(">") else { throw error("a group name without its end") }
      } else {
        while let character = next.flatMap(Unicode.Scalar.init), "ismU".unicodeScalars.contains(character) {
          if character == "i" { ignoresCase = true }
          if character == "m" { throw error("the flag 'm' is not understood") }
          position += 1
        }
        if take(")") { return .empty }
        guard take(":") else { throw error("'(?' with something unknown after it") }
      }
    }
    let node = try choice()
    guard take(")") else { throw error("a '(' without its ')'") }
    return node
  }

  private static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
  private static let words: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
  private static let spaces: [ClosedRange<UInt32>] = [0x09...0x0A, 0x0C...0x0D, 0x20...0x20]

  private func shorthand(_ character: Unicode.Scalar) -> Pattern.ScalarClass? {
    switch character {
    case "d": Pattern.ScalarClass(ranges: Self.digits)
    case "D": Pattern.ScalarClass(ranges: Self.digits, negated: true)
    case "w": Pattern.ScalarClass(ranges: Self.words)
    case "W": Pattern.ScalarClass(ranges: Self.words, negated: true)
    case "s": Pattern.ScalarClass(ranges: Self.spaces)
    case "S": Pattern.ScalarClass(ranges: Self.spaces, negated: true)
    default: nil
    }
  }

  private mutating func escape() throws(PatternError) -> Node {
    if let character = scalars.indices.contains(position + 1) ? Unicode.Scalar(scalars[position + 1]) : nil {
      if let set = shorthand(character) {
        position += 2
        return .scalars(set)
      }
      if character == "A" || character == "z" {
        position += 2
        return character == "A" ? .start : .end
      }
    }
    return .scalars(literal(try escapedScalar()))
  }

  private mutating func escapedScalar() throws(PatternError) -> UInt32 {
    position += 1
    guard let character = next.flatMap(Unicode.Scalar.init) else { throw error("a '\\' at the end") }
    position += 1
    switch character {
    case "n": return 0x0A
    case "t": return 0x09
    case "r": return 0x0D
    case "f": return 0x0C
    case "v": return 0x0B
    case "a": return 0x07
    case "x": return try hexadecimal()
    default:
      guard !character.properties.isAlphabetic, !("0"..."9").contains(character) else {
        throw error("'\\\(character)' is not understood")
      }
      return character.value
    }
  }

  private mutating func hexadecimal() throws(PatternError) -> UInt32 {
    let braces = take("{")
    var value: UInt32 = 0
    var count = 0
    while count < (braces ? 6 : 2),
      let digit = next.flatMap(Unicode.Scalar.init).flatMap({ Character($0).hexDigitValue })
    {
      value = value * 16 + UInt32(digit)
      position += 1
      count += 1
    }
    guard count == 2 || (braces && count > 0), !braces || take("}"), value <= 0x10FFFF else {
      throw error("'\\x' without its digits")
    }
    return value
  }

  private mutating func set() throws(PatternError) -> Pattern.ScalarClass {
    position += 1
    var result = Pattern.ScalarClass(ranges: [])
    let negated = take("^")
    var first = true
    while let character = next.flatMap(Unicode.Scalar.init) {
      if character == "]", !first {
        position += 1
        var folded = folded(result)
        folded.negated = negated
        return folded
      }
      first = false
      if try takeNamed(into: &result) { continue }
      let low = try setScalar()
      guard next == 0x2D, scalars.indices.contains(position + 1), scalars[position + 1] != 0x5D else {
        result.ranges.append(low...low)
        continue
      }
      position += 1
      let high = try setScalar()
      guard low <= high else { throw error("a range that runs backwards") }
      result.ranges.append(low...high)
    }
    throw error("a '[' without its ']'")
  }

  private mutating func setScalar() throws(PatternError) -> UInt32 {
    guard let character = next else { throw error("a '[' without its ']'") }
    if character == 0x5C { return try escapedScalar() }
    position += 1
    return character
  }

  /// Takes `\d` and the like or `[:alpha:]` inside a set.
  private mutating func takeNamed(into set: inout Pattern.ScalarClass) throws(PatternError) -> Bool {
    guard scalars.indices.contains(position + 1) else { return false }
    if next == 0x5C, let named = Unicode.Scalar(scalars[position + 1]).flatMap(shorthand) {
      position += 2
      set.ranges += named.negated ? Self.complement(named.ranges) : named.ranges
      return true
    }
    guard next == 0x5B, scalars[position + 1] == 0x3A else { return false }
    let names: [(String, [ClosedRange<UInt32>])] = [
      ("[:alpha:]", [0x41...0x5A, 0x61...0x7A]), ("[:digit:]", Self.digits), ("[:word:]", Self.words),
      ("[:alnum:]", [0x30...0x39, 0x41...0x5A, 0x61...0x7A]), ("[:upper:]", [0x41...0x5A]),
      ("[:lower:]", [0x61...0x7A]), ("[:space:]", [0x09...0x0D, 0x20...0x20]),
      ("[:xdigit:]", [0x30...0x39, 0x41...0x46, 0x61...0x66]),
      ("[:punct:]", [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]),
    ]
    for (name, ranges) in names where scalars[position...].starts(with: name.unicodeScalars.map(\.value)) {
      position += name.unicodeScalars.count
      set.ranges += ranges
      return true
    }
    throw error("an unknown class name")
  }

  private static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    var start: UInt32 = 0
    for range in ranges {
      if range.lowerBound > start { result.append(start...range.lowerBound - 1) }
      start = range.upperBound + 1
    }
    return result + [start...0x10FFFF]
  }

  private func emit(_ node: Node, into program: inout [Pattern.Instruction]) throws(PatternError) {
    guard program.count <= Pattern.programLimit else { throw PatternError(message: "the pattern is too large") }
    switch node {
    case .empty: break
    case .scalars(let set): program.append(.scalars(set))
    case .start: program.append(.start)
    case .end: program.append(.end)
    case .sequence(let nodes):
      for node in nodes { try emit(node, into: &program) }
    case .choice(let nodes):
      var jumps: [Int] = []
      for node in nodes.dropLast() {
        let split = program.count
        program.append(.match)
        try emit(node, into: &program)
        jumps.append(program.count)
        program.append(.match)
        program[split] = .split(split + 1, program.count)
      }
      try emit(nodes[nodes.count - 1], into: &program)
      for jump in jumps { program[jump] = .jump(program.count) }
    case .repeated(let node, let low, let high):
      for _ in 0..<low {
        let before = program.count
        try emit(node, into: &program)
        // Repeating nothing is nothing, however often it is asked for.
        if program.count == before { break }
      }
      if let high {
        var splits: [Int] = []
        for _ in low..<high {
          splits.append(program.count)
          program.append(.match)
          try emit(node, into: &program)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
      } else {
        let split = program.count
        program.append(.match)
        try emit(node, into: &program)
        program.append(.jump(split))
        program[split] = .split(split + 1, program.count)
      }
    }
  }
}
