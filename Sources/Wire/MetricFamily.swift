import Base
import Ledger

/// A sample as the rules of its family see it.
struct FamilySample {
  /// What follows the family's name in the sample's: `_total`, `_bucket`, nothing.
  var suffix: [UInt8]
  var labels: [Label]
  var value: Double
  var time: Instant?
  var hasExemplar: Bool
}

/// The rules of OpenMetrics 1.0 for one metric family: which samples its type has, that its metrics are not mixed up,
/// that histograms add up (specification, "Metric Types" and "Text format").
struct MetricFamily {
  struct Problem: Error { var message: String }

  enum Kind: String {
    case unknown, gauge, counter, stateset, info, histogram, gaugehistogram, summary

    /// The ends of its samples' names.
    var suffixes: [String] {
      switch self {
      case .unknown, .gauge, .stateset: [""]
      case .counter: ["_total", "_created"]
      case .info: ["_info"]
      case .histogram: ["_bucket", "_count", "_sum", "_created"]
      case .gaugehistogram: ["_bucket", "_gcount", "_gsum"]
      case .summary: ["", "_count", "_sum", "_created"]
      }
    }
  }

  let name: [UInt8]
  var isDeclared = false
  private var kind: Kind = .unknown
  private var isTyped = false
  private var hasHelp = false
  private var unit: [UInt8]?
  private(set) var hasSamples = false

  /// The group (metric) that is being read, and those before it.
  private var group: [Label]?
  private var groups: Set<[Label]> = []
  private var groupTime: Instant?
  /// Samples of the group without times, to tell repeated ones.
  private var seen: Set<[Label]> = []
  private var histogram = HistogramCheck()

  init(name: [UInt8] = []) { self.name = name }

  private var text: String { String(decoding: name, as: UTF8.self) }

  /// Every name that the family's samples may have, and its own.
  var allNames: [String] {
    let names = kind.suffixes.map { text + $0 }
    return names.contains(text) ? names : names + [text]
  }

  /// Whether a sample of this name is one of the family's.
  func takes(_ sample: ArraySlice<UInt8>) -> Bool {
    guard !name.isEmpty, sample.starts(with: name) else { return false }
    return kind.suffixes.contains { sample.dropFirst(name.count).elementsEqual($0.utf8) }
  }

  // MARK: Metadata

  private func checkOpen(_ what: String, _ repeated: Bool) throws(Problem) {
    if hasSamples { throw Problem(message: "\(what) of '\(text)' stands after its samples") }
    if repeated { throw Problem(message: "\(what) of '\(text)' is written twice") }
  }

  mutating func setType(_ word: String) throws(Problem) {
    try checkOpen("TYPE", isTyped)
    guard let kind = Kind(rawValue: word) else { throw Problem(message: "'\(word.prefix(40))' is not a metric type") }
    self.kind = kind
    isTyped = true
    try checkUnit()
  }

  mutating func setHelp() throws(Problem) {
    try checkOpen("HELP", hasHelp)
    hasHelp = true
  }

  mutating func setUnit(_ unit: [UInt8]) throws(Problem) {
    try checkOpen("UNIT", self.unit != nil)
    self.unit = unit
    try checkUnit()
  }

  private func checkUnit() throws(Problem) {
    guard let unit, !unit.isEmpty else { return }
    guard name.count > unit.count + 1, name.suffix(unit.count).elementsEqual(unit),
      name[name.count - unit.count - 1] == 0x5F
    else { throw Problem(message: "the name '\(text)' does not end in its unit") }
    if kind == .info || kind == .stateset { throw Problem(message: "a metric of type \(kind) has no unit") }
  }

  // MARK: Samples

  mutating func add(_ sample: FamilySample) throws(Problem) {
    hasSamples = true
    let suffix = String(decoding: sample.suffix, as: UTF8.self)
    try checkValue(sample, suffix)
    try checkLabels(sample, suffix)
    if sample.hasExemplar {
      let allowed =
        kind == .counter && suffix == "_total" || (kind == .histogram || kind == .gaugehistogram) && suffix == "_bucket"
      guard allowed else { throw Problem(message: "an exemplar is not allowed on this sample") }
    }
    try checkGroup(sample, suffix)
    if kind == .histogram || kind == .gaugehistogram { try histogram.add(sample, suffix) }
  }

  /// Ends the last group.
  mutating func end() throws(Problem) {
    if kind == .histogram || kind == .gaugehistogram { try histogram.end() }
  }

  private func checkValue(_ sample: FamilySample, _ suffix: String) throws(Problem) {
    let value = sample.value
    let counts = ["_total", "_sum", "_count", "_bucket", "_gcount", "_gsum"].contains(suffix)
    if counts, value.isNaN { throw Problem(message: "a count or sum cannot be NaN") }
    if counts, suffix != "_gsum", value < 0 { throw Problem(message: "a count or sum cannot be negative") }
    if ["_bucket", "_count", "_gcount"].contains(suffix), value != value.rounded() {
      throw Problem(message: "a count must be whole")
    }
    switch kind {
    case .stateset: if value != 0, value != 1 { throw Problem(message: "a state is 0 or 1") }
    case .info: if value != 1 { throw Problem(message: "the value of an info metric is 1") }
    case .summary: if suffix.isEmpty, value < 0 { throw Problem(message: "a quantile cannot be negative") }
    default: break
    }
  }

  private func checkLabels(_ sample: FamilySample, _ suffix: String) throws(Problem) {
    func label(_ name: String) -> String? { sample.labels.first { $0.name == name }?.value }
    if kind == .stateset, label(text) == nil { throw Problem(message: "a state needs the label '\(text)'") }
    if suffix == "_bucket", kind == .histogram || kind == .gaugehistogram {
      guard let bound = HistogramCheck.bound(label("le")), !bound.isNaN else {
        throw Problem(message: "a bucket needs a label 'le' with a number")
      }
    }
    if kind == .summary, suffix.isEmpty {
      guard let quantile = HistogramCheck.bound(label("quantile")), quantile >= 0, quantile <= 1 else {
        throw Problem(message: "a summary's quantile must be a number from 0 to 1")
      }
    }
  }

  /// The labels that tell one metric of the family from another.
  private func groupLabels(_ sample: FamilySample, _ suffix: String) -> [Label] {
    let own: String? =
      switch kind {
      case .summary where suffix.isEmpty: "quantile"
      case .histogram where suffix == "_bucket", .gaugehistogram where suffix == "_bucket": "le"
      case .stateset: text
      default: nil
      }
    return sample.labels.filter { $0.name != own }.sorted { $0.name < $1.name }
  }

  private mutating func checkGroup(_ sample: FamilySample, _ suffix: String) throws(Problem) {
    let labels = kind == .info ? [] : groupLabels(sample, suffix)
    if labels == group {
      guard (sample.time == nil) == (groupTime == nil) else {
        throw Problem(message: "some samples of a metric have times and some have none")
      }
      if let time = sample.time, let groupTime, time < groupTime, kind != .info {
        throw Problem(message: "times go backwards within a metric")
      }
    } else {
      guard groups.insert(labels).inserted else {
        throw Problem(message: "the samples of a metric do not stand together")
      }
      seen = []
    }
    if sample.time == nil {
      let key = [Label("", suffix)] + sample.labels.sorted { $0.name < $1.name }
      guard seen.insert(key).inserted else { throw Problem(message: "a sample is written twice") }
    }
    group = labels
    groupTime = sample.time
  }
}

/// The rules within one histogram at one time.
struct HistogramCheck {
  private var key: [Label]?
  private var time: Instant?
  private var bucket: Double?
  private var value = 0.0
  private var count: Double?
  private var hasSum = false
  private var hasGaugeSum = false
  private var hasNegativeBuckets = false
  private var hasNegativeGaugeSum = false

  /// A bound as written in `le` or `quantile`.
  static func bound(_ text: String?) -> Double? {
    guard let text else { return nil }
    if let number = Numbers.decimal(Array(text.utf8)[...]) { return number }
    switch text.lowercased() {
    case "+inf", "inf", "+infinity", "infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    case "nan": return .nan
    default: return nil
    }
  }

  mutating func add(_ sample: FamilySample, _ suffix: String) throws(MetricFamily.Problem) {
    let labels = sample.labels.filter { suffix != "_bucket" || $0.name != "le" }.sorted { $0.name < $1.name }
    if labels != key || sample.time != time {
      try end()
      self = HistogramCheck()
      (key, time) = (labels, sample.time)
    }
    switch suffix {
    case "_bucket":
      let bound = Self.bound(sample.labels.first { $0.name == "le" }?.value) ?? .nan
      if bound < 0 { hasNegativeBuckets = true }
      if let bucket, bound <= bucket { throw MetricFamily.Problem(message: "the buckets are not in order") }
      if sample.value < value { throw MetricFamily.Problem(message: "a bucket holds less than the one before it") }
      (bucket, value) = (bound, sample.value)
    case "_count", "_gcount": count = sample.value
    case "_sum": hasSum = true
    case "_gsum":
      hasGaugeSum = true
      hasNegativeGaugeSum = sample.value < 0
    default: break
    }
  }

  /// What must hold once all samples of a histogram are there.
  func end() throws(MetricFamily.Problem) {
    guard key != nil else { return }
    func fail(_ message: String) throws(MetricFamily.Problem) { throw MetricFamily.Problem(message: message) }
    if bucket != .infinity { try fail("the histogram has no bucket with le=\"+Inf\"") }
    if let count, count != value { try fail("the count differs from the +Inf bucket") }
    if hasSum || hasGaugeSum, count == nil { try fail("the histogram has a sum but no count") }
    if !(hasSum || hasGaugeSum), count != nil { try fail("the histogram has a count but no sum") }
    if hasNegativeBuckets, hasSum { try fail("a histogram with negative buckets cannot have a sum") }
    if !hasNegativeBuckets, hasNegativeGaugeSum { try fail("the sum is negative though no bucket is") }
  }
}
