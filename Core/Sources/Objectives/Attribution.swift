import Base
import Ledger

/// Which labels the bad events of SLIs had: a bounded book beside the ledger, by the hour, for three days.
///
/// It keeps the heaviest values of a few labels by the space-saving algorithm (A. Metwally, D. Agrawal, A. El Abbadi,
/// Efficient Computation of Frequent and Top-k Elements in Data Streams, 2005): a value that finds no room takes the
/// place of the lightest one and its count as its possible error. Counts are never too low, and too high by `error` at
/// most. It is for answers, not for budgets.
public struct Attribution: Sendable {
  /// The labels that are looked at where an SLI's author groups by none: of each group the first that a series has.
  public static let groups = [
    ["instance"], ["route", "path", "handler"], ["method"], ["code", "status"], ["version"],
  ]

  /// How much is kept.
  public struct Limits: Sendable {
    public var labels = 5
    /// Values of a label in an hour.
    public var values = 16
    public var hours: Int64 = 72
    /// Values of all labels, hours and SLIs; past it the oldest hours go.
    public var cells = 500_000
    /// Different names and values remembered; past it new ones are "other".
    public var texts = 100_000

    public init() {}
  }

  /// The labels of one series that burns are told apart by, found once.
  public struct Source: Hashable, Sendable {
    /// Label and value in turn, as numbers of texts.
    fileprivate var pairs: [Int32]
  }

  struct Cell {
    var value: Int32
    var bad: Double
    var error: Double
  }

  struct Hour {
    var hour: Int64
    var bad = 0.0
    /// The cells of each label, which is the number of a text.
    var labels: [(label: Int32, cells: [Cell])] = []

    var count: Int { labels.reduce(0) { $0 + $1.cells.count } }
  }

  let limits: Limits
  private(set) var texts: [String] = ["other"]
  private var numbers: [String: Int32] = [:]
  /// By SLI; hours in order.
  var books: [String: [Hour]] = [:]
  var cells = 0

  public init(limits: Limits = Limits()) { self.limits = limits }

  /// What is told apart of a series.
  ///
  /// - Parameter by: the labels that the SLI's author groups by; they come first.
  public mutating func source(of labels: LabelSet, by: [String] = []) -> Source {
    var names = by.filter { !labels[$0].isEmpty }
    for group in Self.groups {
      if let name = group.first(where: { !labels[$0].isEmpty }), !names.contains(name) { names.append(name) }
    }
    return Source(pairs: names.prefix(limits.labels).flatMap { [number(of: $0), number(of: labels[$0])] })
  }

  mutating func number(of text: String) -> Int32 {
    if let known = numbers[text] { return known }
    guard texts.count < limits.texts, text.utf8.count <= 256 else { return 0 }
    texts.append(text)
    numbers[text] = Int32(texts.count - 1)
    return Int32(texts.count - 1)
  }

  /// Counts bad events. Where good events are counted, their increments are given as negative ones next to those of the
  /// total: only what remains is bad.
  public mutating func note(_ sli: String, _ source: Source, bad: Double, at: Instant) {
    guard bad != 0, bad.isFinite, !source.pairs.isEmpty else { return }
    let number = at.floored(to: .hours(1)).seconds / 3_600
    var hours = books.removeValue(forKey: sli) ?? []
    defer { books[sli] = hours }
    var place = hours.count
    while place > 0, hours[place - 1].hour > number { place -= 1 }
    if place > 0, hours[place - 1].hour == number {
      place -= 1
    } else {
      guard hours.last.map({ $0.hour - number < limits.hours }) ?? true else { return }
      hours.insert(Hour(hour: number), at: place)
      while let first = hours.first, number - first.hour >= limits.hours {
        cells -= first.count
        hours.removeFirst()
        place -= 1
      }
    }
    let before = hours[place].count
    hours[place].bad += bad
    for index in stride(from: 0, to: source.pairs.count, by: 2) {
      add(bad, label: source.pairs[index], value: source.pairs[index + 1], to: &hours[place])
    }
    cells += hours[place].count - before
    if cells > limits.cells {
      books[sli] = hours
      dropOldest()
      hours = books[sli] ?? []
    }
  }

  private func add(_ bad: Double, label: Int32, value: Int32, to hour: inout Hour) {
    let found = hour.labels.firstIndex { $0.label == label }
    let index = found ?? hour.labels.count
    if found == nil { hour.labels.append((label, [])) }
    if let cell = hour.labels[index].cells.firstIndex(where: { $0.value == value }) {
      hour.labels[index].cells[cell].bad += bad
    } else if hour.labels[index].cells.count < limits.values {
      hour.labels[index].cells.append(Cell(value: value, bad: bad, error: 0))
    } else if bad > 0,
      let least = hour.labels[index].cells.indices.min(by: {
        hour.labels[index].cells[$0].bad < hour.labels[index].cells[$1].bad
      })
    {
      let floor = max(0, hour.labels[index].cells[least].bad)
      hour.labels[index].cells[least] = Cell(value: value, bad: floor + bad, error: floor)
    }
  }

  mutating func dropOldest() {
    guard let oldest = books.values.compactMap({ $0.first?.hour }).min() else { return }
    for (sli, hours) in books where hours.first?.hour == oldest {
      cells -= hours[0].count
      books[sli] = hours.count > 1 ? Array(hours.dropFirst()) : nil
    }
  }

  /// Forgets the SLIs that are not named.
  public mutating func keep(only slis: Set<String>) {
    for (sli, hours) in books where !slis.contains(sli) {
      cells -= hours.reduce(0) { $0 + $1.count }
      books[sli] = nil
    }
  }

  /// What an event of a side is worth in bad ones: where good ones are counted, all events less the good ones are bad.
  public static func sign(of side: SLISide, counting: SLISide) -> Double {
    switch side {
    case .bad: 1
    case .good: -1
    case .total: counting == .good ? 1 : 0
    }
  }

  /// How many cells there are, for the bound and for metrics.
  public var cellCount: Int { cells }

  // MARK: Answers

  /// What a value of a label had to do with the bad events of a time.
  public struct Contribution: Hashable, Sendable {
    public var label: String
    public var value: String
    /// Bad events; `error` of them may belong to other values.
    public var bad: Double
    public var error: Double
    /// Of all bad events of the time, 0…1.
    public var share: Double
  }

  /// The values with the most bad events in the hours that lie in a range, even in part; the heaviest first.
  public func top(_ sli: String, in range: Range<Instant>, limit: Int = 20) -> [Contribution] {
    let first = range.lowerBound.floored(to: .hours(1)).seconds / 3_600
    let hours = (books[sli] ?? []).filter { $0.hour >= first && Instant(seconds: $0.hour * 3_600) < range.upperBound }
    let all = hours.reduce(0) { $0 + $1.bad }
    guard all > 0 else { return [] }
    var sums: [[Int32]: (bad: Double, error: Double)] = [:]
    for hour in hours {
      for (label, cells) in hour.labels {
        for cell in cells {
          sums[[label, cell.value], default: (0, 0)].bad += cell.bad
          sums[[label, cell.value], default: (0, 0)].error += cell.error
        }
      }
    }
    let found = sums.filter { $0.value.bad > 0 }.map { key, sum in
      Contribution(
        label: texts[Int(key[0])], value: texts[Int(key[1])], bad: sum.bad, error: sum.error,
        share: min(1, sum.bad / all))
    }
    return Array(found.sorted { ($1.bad, $0.label, $0.value) < ($0.bad, $1.label, $1.value) }.prefix(limit))
  }
}

/// The increments of one counter, for what wants to know them apart from the ledger.
public struct IncrementMeter: Sendable {
  private var last: CounterSample?

  /// - Parameter last: the sample to count from, where there was one.
  public init(from last: CounterSample? = nil) { self.last = last?.kind == .cumulative ? last : nil }

  /// What a sample adds to the one before, as the ledger counts it: 0 for a first one and for one out of order.
  public mutating func increment(_ sample: CounterSample) -> Double {
    guard sample.value.isFinite else { return 0 }
    if sample.kind == .delta || sample.kind == .events { return sample.value }
    guard let before = last else {
      last = sample
      return 0
    }
    guard sample.time > before.time else { return 0 }
    last = sample
    let isReset = sample.value < before.value || sample.created.map { $0 > before.time } ?? false
    return isReset ? sample.value : sample.value - before.value
  }
}
