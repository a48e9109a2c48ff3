import Alerts
import Base
import Events

/// A body of Alertmanager's `POST /api/v2/alerts` (github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml).
///
/// Reading goes over the bytes once and makes no string: of an alert that is open already only the hash of its labels
/// and its times are needed. What fires is built from its bytes by `incoming`.
public struct AlertmanagerPost: Sendable {
  /// Why nothing of a body is taken, with the status and the code that Alertmanager's framework gives it.
  public struct Problem: Error, Hashable, Sendable {
    public var status: Int
    public var code: Int
    public var message: String

    public init(_ status: Int, code: Int? = nil, _ message: String) {
      self.status = status
      self.code = code ?? status
      self.message = message
    }
  }

  public struct Limits: Sendable {
    public var alerts = 10_000
    public var annotationBytes = 65_536

    public init() {}
  }

  public struct Entry: Sendable {
    /// Over the labels without those that are empty.
    public var fingerprint: Hash128
    public var startsAt: Instant?
    /// `nil`: until it is not repeated any more.
    public var endsAt: Instant?
    /// Why this alert is not taken; the others are.
    public var problem: String?
    /// Where it stands in the body.
    public var range: Range<Int>
    var labels: Range<Int>?
    var annotations: Range<Int>?
    var generator: Range<Int>?
  }

  public private(set) var entries: [Entry] = []
  public let body: [UInt8]

  /// - Throws: `Problem` where the body is none of Alertmanager's; a single bad alert is an entry with its problem.
  public init(_ body: [UInt8], limits: Limits = Limits()) throws(Problem) {
    self.body = body
    var reader = Reader(limits: limits)
    let problem: Problem? = body.withUnsafeBufferPointer { base in
      do throws(Problem) {
        try reader.read(base)
        return nil
      } catch {
        return error
      }
    }
    if let problem { throw problem }
    entries = reader.entries
  }

  /// The bytes of an alert as they came.
  public func bytes(of entry: Entry) -> ArraySlice<UInt8> { body[entry.range] }
}

extension AlertmanagerPost {
  private struct Span {
    var range: Range<Int>
    /// Whether it stands among the strings whose escapes were undone.
    var isUnescaped: Bool
  }

  private struct Reader {
    let limits: Limits
    var entries: [Entry] = []
    private var names: [Span] = []
    private var values: [Span] = []
    private var unescaped: [UInt8] = []

    init(limits: Limits) { self.limits = limits }

    private static func malformed(_ problem: JSONScanner.Problem) -> Problem {
      switch problem {
      case .malformed(let byte): Problem(400, "parsing alerts body from \"\" failed, because of byte \(byte)")
      case .tooDeep: Problem(400, "parsing alerts body from \"\" failed, because it is nested too deeply")
      }
    }

    private func json<Value>(_ body: () throws(JSONScanner.Problem) -> Value) throws(Problem) -> Value {
      do throws(JSONScanner.Problem) { return try body() } catch { throw Self.malformed(error) }
    }

    mutating func read(_ base: UnsafeBufferPointer<UInt8>) throws(Problem) {
      var scanner = JSONScanner(base, 0..<base.count)
      guard scanner.next() == UInt8(ascii: "[") else {
        throw Problem(400, "parsing alerts body from \"\" failed, because it is no list of alerts")
      }
      try scanner.array(refusal: Self.malformed) { (scanner) throws(Problem) in
        guard entries.count < limits.alerts else {
          throw Problem(413, "more than \(limits.alerts) alerts; send fewer at once")
        }
        try alert(&scanner, base)
      }
      try json { () throws(JSONScanner.Problem) in try scanner.finish() }
    }

    private mutating func alert(
      _ scanner: inout JSONScanner, _ base: UnsafeBufferPointer<UInt8>
    ) throws(Problem) {
      _ = scanner.next()
      let number = entries.count
      var entry = Entry(fingerprint: Hash128(), range: scanner.position..<scanner.position)
      try scanner.object(refusal: Self.malformed) { (scanner, key) throws(Problem) in
        if scanner.equals(key, "labels") {
          entry.labels = try labels(&scanner, base, &entry, number)
        } else if scanner.equals(key, "startsAt") {
          entry.startsAt = try time(&scanner, base)
        } else if scanner.equals(key, "endsAt") {
          entry.endsAt = try time(&scanner, base)
        } else if scanner.equals(key, "annotations") {
          let range = try skip(&scanner)
          if base[range.lowerBound] != UInt8(ascii: "n") { entry.annotations = range }
          if range.count > limits.annotationBytes {
            entry.problem = "annotations have more than \(limits.annotationBytes) bytes"
          }
        } else if scanner.equals(key, "generatorURL") {
          entry.generator = try skip(&scanner)
        } else {
          _ = try skip(&scanner)
        }
      }
      guard entry.labels != nil else {
        throw Problem(422, code: 602, "alerts.\(number).labels in body is required")
      }
      entry.range = entry.range.lowerBound..<scanner.position
      if let start = entry.startsAt, let end = entry.endsAt, end < start {
        entry.problem = entry.problem ?? "start time must be before end time"
      }
      entries.append(entry)
    }

    private func skip(_ scanner: inout JSONScanner) throws(Problem) -> Range<Int> {
      do throws(JSONScanner.Problem) { return try scanner.skip() } catch { throw Self.malformed(error) }
    }

    /// `nil` where it is not set; Go writes that as the year 1.
    private func time(
      _ scanner: inout JSONScanner, _ base: UnsafeBufferPointer<UInt8>
    ) throws(Problem) -> Instant? {
      let range = try json { () throws(JSONScanner.Problem) in
        try scanner.null() ? 0..<0 : try scanner.string().range
      }
      guard !range.isEmpty else { return nil }
      guard let time = Instant(rfc3339: UnsafeBufferPointer(rebasing: base[range])) else {
        throw Problem(400, "parsing alerts body from \"\" failed, because byte \(range.lowerBound) begins no time")
      }
      return time == .distantPast ? nil : time
    }

    // MARK: Labels

    private mutating func labels(
      _ scanner: inout JSONScanner, _ base: UnsafeBufferPointer<UInt8>, _ entry: inout Entry, _ number: Int
    ) throws(Problem) -> Range<Int>? {
      names.removeAll(keepingCapacity: true)
      values.removeAll(keepingCapacity: true)
      unescaped.removeAll(keepingCapacity: true)
      if try json({ () throws(JSONScanner.Problem) in try scanner.null() }) { return nil }
      let start = scanner.position
      var problem: String?
      try scanner.object(refusal: Self.malformed) { (scanner, key) throws(Problem) in
        guard scanner.next() == UInt8(ascii: "\"") else {
          throw Problem(400, "parsing alerts body from \"\" failed, because a label's value is no text")
        }
        do throws(JSONScanner.Problem) {
          let value = try scanner.string()
          guard !value.range.isEmpty else { return }
          guard names.count < Incoming.labelsMax else {
            problem = "more than \(Incoming.labelsMax) labels"
            return
          }
          let (name, text) = (try span(key, scanner), try span(value, scanner))
          if let wrong = check(name, text, base) { problem = problem ?? wrong }
          names.append(name)
          values.append(text)
        } catch {
          throw Self.malformed(error)
        }
      }
      if names.isEmpty, problem == nil { problem = "at least one label pair required" }
      entry.fingerprint = fingerprint(base, &problem)
      if let problem { entry.problem = "invalid label set: \(problem)" }
      return start..<scanner.position
    }

    private mutating func span(
      _ text: JSONScanner.Text, _ scanner: JSONScanner
    ) throws(JSONScanner.Problem) -> Span {
      guard text.isEscaped else { return Span(range: text.range, isUnescaped: false) }
      let start = unescaped.count
      unescaped += try scanner.bytes(text)
      return Span(range: start..<unescaped.count, isUnescaped: true)
    }

    private func byte(_ span: Span, _ index: Int, _ base: UnsafeBufferPointer<UInt8>) -> UInt8 {
      span.isUnescaped ? unescaped[span.range.lowerBound + index] : base[span.range.lowerBound + index]
    }

    private func text(_ span: Span, _ base: UnsafeBufferPointer<UInt8>) -> String {
      String(decoding: (0..<min(100, span.range.count)).map { byte(span, $0, base) }, as: UTF8.self)
    }

    private func check(_ name: Span, _ value: Span, _ base: UnsafeBufferPointer<UInt8>) -> String? {
      let count = name.range.count
      var isName = count > 0 && count <= 256 && byte(name, 0, base) &- 0x30 >= 10
      for index in 0..<min(count, 256) {
        let byte = byte(name, index, base)
        let isLetter = byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A
        if !isLetter, byte != 0x5F, byte &- 0x30 >= 10 { isName = false }
      }
      if !isName { return "invalid name \(JSON.string(text(name, base)).text)" }
      if value.range.count > Incoming.labelBytesMax {
        return "the value of \(text(name, base)) has more than \(Incoming.labelBytesMax) bytes"
      }
      return nil
    }

    /// Below zero where the first comes before the second, zero where they are the same.
    private func compare(_ lhs: Span, _ rhs: Span, _ base: UnsafeBufferPointer<UInt8>) -> Int {
      for index in 0..<min(lhs.range.count, rhs.range.count) {
        let difference = Int(byte(lhs, index, base)) - Int(byte(rhs, index, base))
        if difference != 0 { return difference }
      }
      return lhs.range.count - rhs.range.count
    }

    /// Over the labels by name. Senders that write maps in Go have sorted them already.
    private func fingerprint(_ base: UnsafeBufferPointer<UInt8>, _ problem: inout String?) -> Hash128 {
      var order = Array(names.indices)
      for index in names.indices.dropFirst() where compare(names[index - 1], names[index], base) >= 0 {
        order.sort { compare(names[$0], names[$1], base) < 0 }
        for (one, other) in zip(order, order.dropFirst()) where compare(names[one], names[other], base) == 0 {
          problem = problem ?? "the name \(text(names[one], base)) is there twice"
        }
        break
      }
      var hash = Hash128()
      unescaped.withUnsafeBufferPointer { arena in
        for index in order {
          hash.combine(names[index].isUnescaped ? arena : base, names[index].range)
          hash.combine(values[index].isUnescaped ? arena : base, values[index].range)
        }
      }
      return hash
    }
  }
}
