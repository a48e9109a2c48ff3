import Base
import Ledger

/// Reads an exposition line by line.
struct ExpositionParser {
  private let bytes: [UInt8]
  private let format: ExpositionFormat
  private let limits: ExpositionLimits
  private var lineNumber = 0
  private var result: Exposition
  private var family = MetricFamily()
  /// Families of OpenMetrics that ended; none may come again or take another's sample names.
  private var taken: Set<String> = []
  /// Where the samples of the current family begin in the result.
  private var familyStart = 0

  init(bytes: [UInt8], format: ExpositionFormat, limits: ExpositionLimits) {
    self.bytes = bytes
    self.format = format
    self.limits = limits
    result = Exposition(bytes: bytes)
  }

  private func error(_ message: String) -> ExpositionError { ExpositionError(line: lineNumber, message: message) }

  mutating func parse() throws(ExpositionError) -> Exposition {
    var position = 0
    var ended = false
    while position < bytes.count {
      lineNumber += 1
      let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
      let line = position..<end
      guard line.count <= limits.lineBytes else { throw error("the line is longer than \(limits.lineBytes) bytes") }
      if ended { throw error("there is text after # EOF") }
      if format == .prometheus {
        try plainLine(line)
      } else if bytes[line].elementsEqual("# EOF".utf8) {
        ended = true
      } else {
        guard end < bytes.count else { throw error("the last line is not '# EOF'") }
        try openMetricsLine(line)
      }
      position = end + 1
    }
    if format != .prometheus {
      guard ended else { throw error("'# EOF' is missing at the end") }
      try endFamily()
    }
    if format == .openMetrics, String(validating: bytes, as: UTF8.self) == nil { throw error("it is not UTF-8") }
    return result
  }

  // MARK: Prometheus text

  private mutating func plainLine(_ line: Range<Int>) throws(ExpositionError) {
    var scanner = LineScanner(bytes: bytes, range: line, strict: false)
    scanner.skipSpace()
    // Comments and metadata say nothing that counting needs.
    if scanner.isAtEnd || scanner.next == 0x23 || scanner.next == 0x0D { return }
    _ = try sample(&scanner)
  }

  // MARK: OpenMetrics

  private mutating func openMetricsLine(_ line: Range<Int>) throws(ExpositionError) {
    if line.isEmpty { throw error("a blank line is not allowed") }
    if bytes[line.lowerBound] == 0x23 { return try metadata(line) }
    var scanner = LineScanner(bytes: bytes, range: line, strict: true)
    let start = scanner.position
    guard let name = scanner.identifier(colons: true) else { throw error("a metric's name is expected") }
    if !family.takes(bytes[name]) {
      try endFamily()
      family = MetricFamily(name: Array(bytes[name]))
    }
    scanner = LineScanner(bytes: bytes, range: start..<line.upperBound, strict: true)
    let read = try sample(&scanner)
    guard format == .openMetrics else { return }
    do throws(MetricFamily.Problem) {
      try family.add(
        FamilySample(
          suffix: Array(bytes[read.series.name].dropFirst(family.name.count)),
          labels: read.series.labels.map { scanner.label($0) }, value: read.value, time: read.time,
          hasExemplar: read.hasExemplar))
    } catch {
      throw self.error(error.message)
    }
  }

  private mutating func metadata(_ line: Range<Int>) throws(ExpositionError) {
    let parts = bytes[line].split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0].count == 1 else {
      throw error("a line with '#' must be '# TYPE', '# HELP' or '# UNIT', a name and a text")
    }
    let name = Array(parts[2])
    var scanner = LineScanner(bytes: bytes, range: parts[2].startIndex..<parts[2].endIndex, strict: true)
    guard scanner.identifier(colons: true) != nil, scanner.isAtEnd else { throw error("a metric's name is expected") }
    if name != family.name || !family.isDeclared && family.hasSamples && format == .openMetricsLenient {
      try endFamily()
      family = MetricFamily(name: name)
    }
    family.isDeclared = true
    guard format == .openMetrics || parts[1].elementsEqual("TYPE".utf8) else { return }
    do throws(MetricFamily.Problem) {
      switch String(decoding: parts[1], as: UTF8.self) {
      case "TYPE": try family.setType(String(decoding: parts[3], as: UTF8.self))
      case "HELP": try family.setHelp()
      case "UNIT": try family.setUnit(Array(parts[3]))
      default: throw MetricFamily.Problem(message: "'# \(String(decoding: parts[1], as: UTF8.self))' is not known")
      }
    } catch {
      throw self.error(error.message)
    }
  }

  private mutating func endFamily() throws(ExpositionError) {
    attachCreated()
    familyStart = result.samples.count
    guard format == .openMetrics, !family.name.isEmpty else { return }
    do throws(MetricFamily.Problem) { try family.end() } catch { throw self.error(error.message) }
    for name in family.allNames where !taken.insert(name).inserted {
      throw error("the name '\(name)' belongs to another metric above")
    }
  }

  /// Gives the samples of a family the times of its `_created` samples with the same labels, which end here.
  private mutating func attachCreated() {
    let suffix = Array("_created".utf8)
    let created = (familyStart..<result.samples.count).filter { bytes[result.samples[$0].name].hasSuffix(suffix) }
    guard !created.isEmpty else { return }
    var times: [LabelSet: Instant] = [:]
    for index in created where result.samples[index].value.isFinite {
      let sample = result.samples[index]
      times[result.labels(of: sample).removing("__name__")] = Numbers.instant(seconds: sample.value)
    }
    for index in familyStart..<result.samples.count {
      let labels = result.labels(of: result.samples[index]).removing("__name__", "le", "quantile")
      result.samples[index].created = times[labels]
    }
    for index in created.reversed() { result.samples.remove(at: index) }
  }

  // MARK: Samples

  private struct Read {
    var series: LineScanner.Series
    var value: Double
    var time: Instant?
    var hasExemplar = false
  }

  private mutating func sample(_ scanner: inout LineScanner) throws(ExpositionError) -> Read {
    scanner.labelLimit = limits.labels
    do throws(LineScanner.Problem) {
      let series = try scanner.series()
      guard scanner.separator() else { throw LineScanner.Problem(message: "a space is expected before the value") }
      var read = Read(series: series, value: try scanner.value())
      if format == .prometheus {
        if scanner.separator(), !scanner.isAtEnd { read.time = try scanner.time() }
        scanner.skipSpace()
      } else {
        try tail(&scanner, &read)
      }
      guard scanner.isAtEnd else { throw LineScanner.Problem(message: "text after the sample") }
      try checkLabels(series, scanner)
      guard result.samples.count < limits.samples else {
        throw LineScanner.Problem(message: "more than \(limits.samples) samples")
      }
      result.samples.append(
        Exposition.Sample(series: series.range, name: series.name, value: read.value, time: read.time))
      return read
    } catch {
      throw self.error(error.message)
    }
  }

  /// Of two labels of one name nobody can tell which one counts.
  private func checkLabels(_ series: LineScanner.Series, _ scanner: LineScanner) throws(LineScanner.Problem) {
    let labels = series.labels
    guard labels.count > 1 else { return }
    for index in labels.indices.dropFirst() {
      for other in labels[..<index] where bytes[other.name].elementsEqual(bytes[labels[index].name]) {
        throw LineScanner.Problem(message: "the label '\(scanner.text(other.name))' is written twice")
      }
    }
  }

  /// What may follow an OpenMetrics value: a time and an exemplar.
  private mutating func tail(_ scanner: inout LineScanner, _ read: inout Read) throws(LineScanner.Problem) {
    guard scanner.take(0x20) else { return }
    if scanner.next != 0x23 {
      read.time = try scanner.time()
      guard scanner.take(0x20) else { return }
    }
    guard scanner.take(0x23), scanner.take(0x20) else {
      throw LineScanner.Problem(message: "an exemplar must begin with '# {'")
    }
    let labels = try scanner.labels()
    let length = labels.reduce(0) { sum, range in
      let label = scanner.label(range)
      return sum + label.name.unicodeScalars.count + label.value.unicodeScalars.count
    }
    guard length <= 128 else { throw LineScanner.Problem(message: "an exemplar's labels are longer than 128") }
    guard scanner.take(0x20) else { throw LineScanner.Problem(message: "an exemplar needs a value") }
    _ = try scanner.value()
    if scanner.take(0x20) { _ = try scanner.time() }
    read.hasExemplar = true
    result.exemplars += 1
  }
}

extension ArraySlice<UInt8> {
  fileprivate func hasSuffix(_ suffix: [UInt8]) -> Bool {
    count > suffix.count && self.suffix(suffix.count).elementsEqual(suffix)
  }
}
