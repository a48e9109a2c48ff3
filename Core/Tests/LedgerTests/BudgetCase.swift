import Base

@testable import Ledger

/// Runs one case of the text format that Cases/README.md describes.
struct BudgetCase {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// The first of March 2026, a Sunday: the time that lengths in a case are counted from.
  static let start = Instant(seconds: 1_772_323_200)

  private var ledger = Ledger()
  private var target = 0.0
  private var now = start
  private var sides: (part: SLISide, total: SLISide) = (.bad, .total)
  private var slot = SLISlot(0)
  /// What the loads that belong together bring, before it arrives.
  private var pending: [(id: SeriesID, sample: CounterSample)] = []

  mutating func run(_ lines: [(number: Int, text: String)]) throws {
    for (number, text) in lines {
      let halves = text.prefix { $0 != "#" }.split(separator: ":", maxSplits: 1).map(Self.words)
      guard let head = halves.first, let verb = head.first else { continue }
      do {
        try step(verb, Array(head.dropFirst()), halves.count > 1 ? halves[1] : [])
      } catch {
        throw Failure(description: "line \(number), '\(text)': \(error)")
      }
    }
  }

  private static func words(_ text: Substring) -> [String] { text.split(separator: " ").map(String.init) }

  private mutating func step(_ verb: String, _ words: [String], _ values: [String]) throws {
    if verb != "with" { deliver() }
    switch verb {
    case "sli": try sli(words)
    case "load", "with": try load(words, values)
    case "mark": ledger.setMarks(try words.map(time), of: slot)
    case "backfill": try backfill(words, values)
    case "restart":
      guard let restored = Ledger(snapshot: ledger.snapshot()) else { throw Failure(description: "not restored") }
      ledger = restored
    case "budget":
      let at = try time(after("at", words))
      let window = try interval(words.first ?? "")
      try expect(ledger.window(slot, window, at: at, excluding: try without(words)), values)
    case "count":
      let (from, to) = (try time(words.first ?? ""), try time(after("to", words)))
      try expect(ledger.count(slot, from: from, to: to, excluding: try without(words)), values)
    case "evaluates":
      let found = ledger.evaluationTime(slot, now: try time(after("at", words)))
      guard try found == (values == ["never"] ? nil : time(values.first ?? "")) else {
        throw Failure(description: "got \(found.map { ($0 - Self.start).text } ?? "never")")
      }
    case "outcome": try outcomes(values)
    default: throw Failure(description: "what is '\(verb)'?")
    }
  }

  // MARK: What is loaded

  private mutating func sli(_ words: [String]) throws {
    sides.part = words.first == "good" ? .good : .bad
    target = try number(after("target", words))
    var rule: SliceRule?
    if let place = words.firstIndex(of: "slices") {
      let share = words[place + 2] == "share" ? nil : try number(words[place + 2])
      rule = SliceRule(length: try interval(words[place + 1]), target: share)
    }
    let definition = SLIDefinition(
      id: "s", counts: sides.part, period: try interval(after("over", words)), slices: rule)
    ledger.register([definition], at: try words.contains("from") ? time(after("from", words)) : Self.start)
    slot = ledger.slot(of: "s")!
  }

  private mutating func load(_ words: [String], _ values: [String]) throws {
    let name = words.first ?? ""
    let kind: SampleKind =
      words.contains("delta")
      ? .delta : words.contains("events") ? .events : words.contains("gauge") ? .gauge : .cumulative
    let side = name.hasPrefix("total") ? sides.total : sides.part
    let weight = words.contains("weight") ? try number(after("weight", words)) : 1
    let reading: SampleReading =
      words.contains("above")
      ? .samplesWhere(.greater, try number(after("above", words)))
      : words.contains("samples") ? .samples : words.contains("share") ? .share : .increase
    let id = ledger.intern(
      Array(name.utf8), targets: [SLITarget(id: "s", side: side, weight: weight, reading: reading)])!
    let pace = try words.contains("every") ? interval(after("every", words)) : .minutes(1)
    let created = try words.contains("created") ? time(after("created", words)) : nil
    var at = try time(after("at", words))
    for value in try values.flatMap(expand) {
      if let value {
        pending.append((id, CounterSample(time: at, value: value, created: created, kind: kind)))
      }
      at += pace
    }
  }

  /// In order of time, and of the lines where times are equal.
  private mutating func deliver() {
    let ordered = pending.enumerated().sorted {
      ($0.element.sample.time, $0.offset) < ($1.element.sample.time, $1.offset)
    }
    for (_, one) in ordered {
      now = max(now, one.sample.time)
      ledger.ingest(one.id, one.sample, now: now)
    }
    pending = []
  }

  /// `5`, `_` for no sample, `stale`, `nan`, and promtool's `0+10x3` for 0 10 20 30 and `7x2` for 7 7 7.
  private func expand(_ text: String) throws -> [Double?] {
    switch text {
    case "_": return [nil]
    case "stale": return [CounterSample.staleMarker]
    case "nan": return [.nan]
    default: break
    }
    let parts = text.split(separator: "x")
    guard parts.count == 2, let times = Int(parts[1]) else { return [try number(text)] }
    if parts[0] == "_" { return [Double?](repeating: nil, count: times) }
    let steps = parts[0].split(separator: "+")
    let (first, step) = (try number(String(steps[0])), steps.count > 1 ? try number(String(steps[1])) : 0)
    return (0...times).map { first + Double($0) * step }
  }

  private mutating func backfill(_ words: [String], _ values: [String]) throws {
    let (from, upTo) = (try time(words.first ?? ""), try time(after("to", words)))
    let pace = try interval(after("every", words))
    let increments = try values.enumerated().map { index, text in
      let parts = text.split(separator: "/").map(String.init)
      return (time: from + pace * Int64(index + 1), part: try number(parts[0]), total: try number(parts[1]))
    }
    ledger.backfill(slot, increments, from: from, upTo: upTo)
  }

  // MARK: What is expected

  private func expect(_ count: WindowCount, _ values: [String]) throws {
    let burn = count.badShare / (1 - target)
    for pair in stride(from: 0, to: values.count - 1, by: 2) {
      let found: Double
      switch values[pair] {
      case "good": found = count.good
      case "bad": found = count.bad
      case "total": found = count.total
      case "covered": found = count.covered
      case "left": found = 1 - burn
      case "burn": found = burn
      default: throw Failure(description: "what is '\(values[pair])'?")
      }
      let wanted = try number(values[pair + 1])
      guard abs(found - wanted) <= 1e-9 * max(1, abs(wanted)) else {
        throw Failure(description: "\(values[pair]) is \(found) in \(count)")
      }
    }
    guard values.count >= 2, values.count % 2 == 0 else { throw Failure(description: "expects nothing") }
  }

  private func outcomes(_ values: [String]) throws {
    for pair in stride(from: 0, to: values.count - 1, by: 2) {
      guard let outcome = IngestOutcome.allCases.first(where: { "\($0)" == values[pair] }) else {
        throw Failure(description: "what is '\(values[pair])'?")
      }
      guard ledger.counts[outcome] == UInt64(values[pair + 1]) else {
        throw Failure(description: "\(outcome): \(ledger.counts[outcome])")
      }
    }
  }

  private func without(_ words: [String]) throws -> [Range<Instant>] {
    guard let place = words.firstIndex(of: "without") else { return [] }
    return try words[(place + 1)...].map { text in
      let ends = text.split(separator: "~").map(String.init)
      return try time(ends[0])..<(time(ends[1]))
    }
  }

  // MARK: Words

  private func after(_ word: String, _ words: [String]) throws -> String {
    guard let place = words.firstIndex(of: word), place + 1 < words.count else {
      throw Failure(description: "'\(word)' is missing")
    }
    return words[place + 1]
  }

  private func interval(_ text: String) throws -> Interval {
    guard let value = Interval(text: text) else { throw Failure(description: "'\(text)' is not a length") }
    return value
  }

  /// A length since the start of the case, or a day such as 2026-04-01.
  private func time(_ text: String) throws -> Instant {
    if let date = Instant(rfc3339: text.count == 10 ? text + "T00:00:00Z" : text) { return date }
    return Self.start + (try interval(text))
  }

  /// `5`, `12.5%` or `1/3`.
  private func number(_ text: String) throws -> Double {
    let parts = text.split(separator: "/")
    if parts.count == 2, let upper = Double(parts[0]), let lower = Double(parts[1]) { return upper / lower }
    if text.last == "%", let value = Double(text.dropLast()) { return value / 100 }
    guard let value = Double(text) else { throw Failure(description: "'\(text)' is not a number") }
    return value
  }
}
