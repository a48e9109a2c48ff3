import Base
import Ledger

/// One condition on a span.
public struct SpanTest: Sendable {
  public enum Field: Hashable, Sendable {
    /// `service.name` of the resource.
    case service
    case name
    /// `server`, `client`, `internal`, `producer`, `consumer` or `unspecified`.
    case kind
    /// `unset`, `ok` or `error`.
    case status
    /// In seconds.
    case duration
    /// Of the span, else of its resource. One that is absent has the empty value.
    case attribute(String)
  }

  public enum Test: Sendable {
    case equal(String)
    case notEqual(String)
    /// A pattern, or anything else that needs the text.
    case text(@Sendable (String) -> Bool)
    /// Against a number; what is no number does not pass.
    case compare(Comparison, Double)
  }

  public var field: Field
  public var test: Test

  public init(_ field: Field, _ test: Test) {
    self.field = field
    self.test = test
  }
}

/// Conditions joined.
public indirect enum SpanExpression: Sendable {
  case test(SpanTest)
  case all([SpanExpression])
  case any([SpanExpression])
}

/// What one SLI counts of spans.
public struct SpanRule: Sendable {
  /// The SLI's id in the ledger.
  public var id: String
  /// Whether it counts its good or its bad spans next to all of them.
  public var counts: SLISide
  /// All must hold for a span to be counted at all.
  public var selection: [SpanTest]
  /// What makes one of them bad.
  public var bad: SpanExpression

  public init(id: String, counts: SLISide = .bad, selection: [SpanTest], bad: SpanExpression) {
    self.id = id
    self.counts = counts
    self.selection = selection
    self.bad = bad
  }

  /// The one service that its selection names; `nil` where it is open to several.
  var service: String? {
    for condition in selection {
      if case .service = condition.field, case .equal(let name) = condition.test { return name }
    }
    return nil
  }
}

/// A span that failed its SLI.
public struct SpanExemplar: Hashable, Sendable {
  public var traceID: String
  public var spanID: String
  public var service: String
  public var name: String
  /// When it ended.
  public var time: Instant
  public var duration: Interval
  /// The status message, where it has one.
  public var message: String

  public init(
    traceID: String, spanID: String, service: String, name: String, time: Instant, duration: Interval, message: String
  ) {
    self.traceID = traceID
    self.spanID = spanID
    self.service = service
    self.name = name
    self.time = time
    self.duration = duration
    self.message = message
  }

  /// Texts are cut to so many bytes.
  public static let textBytes = 256
}

/// Counts spans by compiled rules.
public struct SpanMatcher: Sendable {
  public let rules: [SpanRule]
  private let byService: [[UInt8]: [Int]]
  private let anyService: [Int]

  /// Exemplars taken of an SLI from one request.
  public static let exemplars = 20

  public init(_ rules: [SpanRule]) {
    self.rules = rules
    var byService: [[UInt8]: [Int]] = [:]
    var anyService: [Int] = []
    for (index, rule) in rules.enumerated() {
      if let service = rule.service {
        byService[Array(service.utf8), default: []].append(index)
      } else {
        anyService.append(index)
      }
    }
    (self.byService, self.anyService) = (byService, anyService)
  }

  /// Whether any rule could count spans of this service.
  public func wants(service: UnsafeBufferPointer<UInt8>) -> Bool {
    !anyService.isEmpty || byService[Array(service)] != nil
  }

  /// What a request's spans come to.
  public struct Outcome: Sendable {
    /// One SLI's spans that ended within one second.
    public struct Count: Hashable, Sendable {
      public var id: String
      public var side: SLISide
      /// The end of the second.
      public var time: Instant
      public var spans: Int
    }

    public var counts: [Count] = []
    /// The newest failing spans by SLI, the newest last.
    public var exemplars: [String: [SpanExemplar]] = [:]
    /// Spans that at least one rule counts.
    public var matched = 0
  }

  private struct Tally {
    var part = 0
    var total = 0
  }

  private struct Cell: Hashable {
    var rule: Int
    var second: Int64
  }

  /// Counts spans. Those of one SLI that ended in the same second are one count at the end of that second, which is in
  /// the same bucket of the ledger as each of them.
  public func count(_ request: OTLPSpans) -> Outcome {
    var outcome = Outcome()
    var cells: [Cell: Tally] = [:]
    request.bytes.withUnsafeBufferPointer { base in
      for span in request.spans {
        let view = SpanView(base: base, span: span)
        var counted = false
        let named = byService.isEmpty ? [] : byService[Array(base[span.service])] ?? []
        for index in named + anyService where rules[index].selection.allSatisfy({ view.holds($0) }) {
          counted = true
          let rule = rules[index]
          let isBad = view.holds(rule.bad)
          let isPart = isBad == (rule.counts == .bad)
          let cell = Cell(rule: index, second: Self.second(span.end))
          cells[cell, default: Tally()].total += 1
          if isPart { cells[cell]?.part += 1 }
          if isBad { Self.keep(view.exemplar, in: &outcome.exemplars[rule.id, default: []]) }
        }
        if counted { outcome.matched += 1 }
      }
    }
    for (cell, tally) in cells.sorted(by: { ($0.key.second, $0.key.rule) < ($1.key.second, $1.key.rule) }) {
      let rule = rules[cell.rule]
      let time = Instant(seconds: cell.second)
      outcome.counts.append(.init(id: rule.id, side: .total, time: time, spans: tally.total))
      outcome.counts.append(.init(id: rule.id, side: rule.counts, time: time, spans: tally.part))
    }
    return outcome
  }

  private static func second(_ time: Instant) -> Int64 {
    let seconds = time.seconds
    return Instant(seconds: seconds) == time ? seconds : seconds + 1
  }

  private static func keep(_ exemplar: @autoclosure () -> SpanExemplar, in list: inout [SpanExemplar]) {
    list.append(exemplar())
    if list.count >= 2 * Self.exemplars { trim(&list) }
  }

  /// Leaves the newest, in order of time.
  public static func trim(_ list: inout [SpanExemplar]) {
    list.sort { ($0.time, $0.traceID, $0.spanID) < ($1.time, $1.traceID, $1.spanID) }
    if list.count > exemplars { list.removeFirst(list.count - exemplars) }
  }
}

/// A span under the eyes of conditions.
struct SpanView {
  let base: UnsafeBufferPointer<UInt8>
  let span: OTLPSpans.Span

  func holds(_ expression: SpanExpression) -> Bool {
    switch expression {
    case .test(let test): holds(test)
    case .all(let parts): parts.allSatisfy { holds($0) }
    case .any(let parts): parts.contains { holds($0) }
    }
  }

  func holds(_ condition: SpanTest) -> Bool {
    switch condition.field {
    case .service: test(condition.test, bytes: span.service)
    case .name: test(condition.test, bytes: span.name)
    case .kind: test(condition.test, text: span.kind.name)
    case .status: test(condition.test, text: span.status.name)
    case .duration:
      if case .compare(let comparison, let limit) = condition.test {
        comparison.holds(span.duration.seconds, limit)
      } else {
        test(condition.test, text: OTLPValue.decimal(span.duration.seconds))
      }
    case .attribute(let name): test(condition.test, attribute: name)
    }
  }

  private func test(_ test: SpanTest.Test, bytes: Range<Int>) -> Bool {
    switch test {
    case .equal(let text): base[bytes].elementsEqual(text.utf8)
    case .notEqual(let text): !base[bytes].elementsEqual(text.utf8)
    case .text(let passes): passes(String(decoding: base[bytes], as: UTF8.self))
    case .compare(let comparison, let limit):
      Double(String(decoding: base[bytes], as: UTF8.self)).map { comparison.holds($0, limit) } ?? false
    }
  }

  private func test(_ test: SpanTest.Test, text: String) -> Bool {
    switch test {
    case .equal(let other): text == other
    case .notEqual(let other): text != other
    case .text(let passes): passes(text)
    case .compare(let comparison, let limit): Double(text).map { comparison.holds($0, limit) } ?? false
    }
  }

  /// What is malformed inside an attribute counts as absent.
  private func test(_ test: SpanTest.Test, attribute name: String) -> Bool {
    let own = try? OTLPSpans.attribute(name.utf8, base, span.message, field: 9)
    let found = own ?? (try? OTLPSpans.attribute(name.utf8, base, span.resource, field: 1))
    guard let found else { return self.test(test, text: "") }
    if case .compare(let comparison, let limit) = test, let value = try? OTLPValue.number(base, found) {
      return comparison.holds(value, limit)
    }
    if let string = try? OTLPValue.string(base, found) { return self.test(test, bytes: string) }
    return self.test(test, text: (try? OTLPValue.text(base, found)) ?? "")
  }

  var exemplar: SpanExemplar {
    func text(_ range: Range<Int>) -> String {
      String(decoding: base[range].prefix(SpanExemplar.textBytes), as: UTF8.self)
    }
    return SpanExemplar(
      traceID: Hexadecimal.text(base[span.traceID].prefix(16)), spanID: Hexadecimal.text(base[span.spanID].prefix(8)),
      service: text(span.service), name: text(span.name), time: span.end, duration: span.duration,
      message: text(span.statusMessage))
  }
}
