import Base
import OnCall

/// Runs one case of the text format that Cases/README.md describes.
struct ScheduleCase {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private var schedule = ScheduleDefinition(name: "case", zone: .utc, layers: [])
  private var overrides: [ScheduleOverride] = []
  /// How many lines expected something.
  private(set) var expectations = 0

  mutating func run(_ lines: [(number: Int, text: String)]) throws {
    for (number, text) in lines {
      let line = text.prefix { $0 != "#" }
      let colon = line.firstRange(of: ": ")
      let head = Self.words(colon.map { line[..<$0.lowerBound] } ?? line)
      guard let verb = head.first else { continue }
      do {
        try step(verb, Array(head.dropFirst()), colon.map { Self.words(line[$0.upperBound...]) } ?? [])
      } catch {
        throw Failure(description: "line \(number), '\(text)': \(error)")
      }
    }
  }

  private static func words(_ text: Substring) -> [String] { text.split(separator: " ").map(String.init) }

  private mutating func step(_ verb: String, _ words: [String], _ values: [String]) throws {
    switch verb {
    case "tzdata": break
    case "schedule": schedule.zone = try zone(words.first ?? "")
    case "layer": try layer(words, values)
    case "only": try restriction(words)
    case "override":
      guard words.count == 4, words[2] == "to", values.count == 1 else { throw Failure(description: "not an override") }
      overrides.append(
        ScheduleOverride(
          id: words[0], user: values[0] == "nobody" ? nil : values[0], start: try time(words[1]),
          end: try time(words[3])))
    default:
      guard !values.isEmpty else { throw Failure(description: "expects nothing") }
      expectations += 1
      let found = try answer(verb, words)
      let wanted = try expected(verb, values)
      guard found == wanted else { throw Failure(description: "got \(found.joined(separator: " "))") }
    }
  }

  // MARK: The schedule

  private mutating func layer(_ words: [String], _ people: [String]) throws {
    guard words.count >= 2, let unit = ScheduleLayer.Cadence.Unit(rawValue: words[1]) else {
      throw Failure(description: "not a layer")
    }
    guard let start = CivilDateTime(isoText: try after("from", words)) else { throw Failure(description: "no start") }
    schedule.layers.append(
      ScheduleLayer(
        name: words[0], users: people,
        cadence: .init(unit, every: words.contains("every") ? Int(try after("every", words)) ?? 1 : 1), start: start,
        handover: words.contains("handover") ? CivilDateTime(isoText: try after("handover", words)) : nil,
        until: words.contains("until") ? CivilDateTime(isoText: try after("until", words)) : nil,
        zone: words.contains("zone") ? try zone(after("zone", words)) : nil))
  }

  private mutating func restriction(_ words: [String]) throws {
    guard let text = words.last, !schedule.layers.isEmpty else { throw Failure(description: "no window") }
    let ends = text.split(separator: "-")
    guard ends.count == 2, let from = CivilTime(isoText: ends[0]), let to = CivilTime(isoText: ends[1]) else {
      throw Failure(description: "'\(text)' is not a window")
    }
    let days = words.count == 2 ? try weekdays(words[0]) : []
    schedule.layers[schedule.layers.count - 1].restrictions.append(.init(days: days, from: from, to: to))
  }

  private func weekdays(_ text: String) throws -> Set<Weekday> {
    func day(_ short: Substring) throws -> Int {
      guard let index = Weekday.allCases.firstIndex(where: { $0.rawValue.prefix(3) == short }) else {
        throw Failure(description: "'\(short)' is not a day")
      }
      return index
    }
    var days: Set<Weekday> = []
    for part in text.split(separator: ",") {
      let ends = try part.split(separator: "-").map(day)
      for index in ends[0]...ends[ends.count - 1] { days.insert(Weekday.allCases[index]) }
    }
    return days
  }

  // MARK: What is asked

  private func answer(_ verb: String, _ words: [String]) throws -> [String] {
    switch verb {
    case "at": return [try shift(at: words.first)?.user ?? "nobody"]
    case "source": return [try shift(at: words.first).map { Self.name($0.source) } ?? "nobody"]
    case "shift":
      return try shift(at: after("at", words)).map { [$0.start.rfc3339, "to", $0.end.rfc3339] } ?? ["nobody"]
    case "hours": return [try shift(at: after("at", words)).map { "\(($0.end - $0.start).seconds / 3_600)" } ?? "none"]
    case "next":
      let next = schedule.nextChange(after: try time(words.first ?? ""), overrides: overrides)
      return [next?.rfc3339 ?? "never"]
    case "clock":
      let now = try time(words.first ?? "")
      return [schedule.zone.civil(at: now).time.description, schedule.zone.offset(at: now).abbreviation]
    case "from", "handoffs", "gaps":
      let (from, to) = (try time(words.first ?? ""), try time(after("to", words)))
      let shifts = schedule.shifts(from: from, to: to, overrides: overrides)
      let gaps = schedule.gaps(from: from, to: to, overrides: overrides)
      if verb == "handoffs" { return shifts.map(\.start.rfc3339) }
      if verb == "gaps" { return gaps.isEmpty ? ["none"] : gaps.map { "\($0.start.rfc3339)~\($0.end.rfc3339)" } }
      return (shifts.map { ($0.start, $0.user) } + gaps.map { ($0.start, "nobody") }).sorted { $0.0 < $1.0 }.map(\.1)
    default: throw Failure(description: "what is '\(verb)'?")
    }
  }

  /// The values in the form in which answers are given: every time in UTC.
  private func expected(_ verb: String, _ values: [String]) throws -> [String] {
    switch verb {
    case "shift": return try values.map { $0 == "to" || $0 == "nobody" ? $0 : try time($0).rfc3339 }
    case "handoffs": return try values.map { try time($0).rfc3339 }
    case "next": return try values.map { $0 == "never" ? $0 : try time($0).rfc3339 }
    case "hours": return values.map { Double($0).map { "\($0)" } ?? $0 }
    case "gaps":
      return try values.map { value in
        value == "none"
          ? value : try value.split(separator: "~").map { try time(String($0)).rfc3339 }.joined(separator: "~")
      }
    default: return values
    }
  }

  private func shift(at text: String?) throws -> Shift? {
    let found = schedule.onCall(at: try time(text ?? ""), overrides: overrides)
    guard found.count <= 1 else { throw Failure(description: "\(found.count) shifts at once") }
    return found.first
  }

  private static func name(_ source: Shift.Source) -> String {
    switch source {
    case .layer(let name), .override(let name): name
    }
  }

  // MARK: Words

  private func after(_ word: String, _ words: [String]) throws -> String {
    guard let place = words.firstIndex(of: word), place + 1 < words.count else {
      throw Failure(description: "'\(word)' is missing")
    }
    return words[place + 1]
  }

  private func zone(_ name: String) throws -> Zone { try systemZones.zone(named: name) }

  /// RFC 3339, its seconds left out where they are zero, or a time on the clock of the schedule's zone.
  private func time(_ text: String) throws -> Instant {
    if let clock = CivilDateTime(isoText: text) { return schedule.zone.instant(of: clock) }
    if let instant = Instant(rfc3339: text) { return instant }
    if let instant = Instant(rfc3339: text.prefix(16) + ":00" + text.dropFirst(16)) { return instant }
    throw Failure(description: "'\(text)' is not a time")
  }
}
