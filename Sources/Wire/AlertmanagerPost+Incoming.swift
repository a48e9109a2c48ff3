import Alerts
import Base
import Events

extension AlertmanagerPost {
  /// What an alert reports. Its times decide whether it fires: an end that has passed is a resolution.
  ///
  /// - Parameter timeout: how long an alert without an end holds.
  public func incoming(_ entry: Entry, from source: AlertSource, timeout: Interval, now: Instant) -> Incoming {
    let labels = pairs(entry.labels)
    let annotations = pairs(entry.annotations)
    var incoming = PrometheusAlert.incoming(
      labels: labels, annotations: annotations, generator: text(entry.generator), from: source,
      key: entry.fingerprint.hex)
    incoming.startsAt = min(entry.startsAt ?? entry.endsAt ?? now, now)
    incoming.timeout = (entry.endsAt ?? now + timeout) - now
    if let end = entry.endsAt, end <= now { incoming.status = .resolved }
    return incoming
  }

  /// The key of an alert without the rest of it.
  public func key(of entry: Entry, from source: AlertSource) -> String {
    Router.key(of: source.id, entry.fingerprint.hex)
  }

  /// The members of an object that are texts, empty ones left out.
  private func pairs(_ range: Range<Int>?) -> [Signal.Label] {
    guard let range else { return [] }
    return body.withUnsafeBufferPointer { base in
      var scanner = JSONScanner(base, range)
      var pairs: [Signal.Label] = []
      // The bytes were read once: what is no text is all that can be wrong.
      try? scanner.object(refusal: { $0 }) { (scanner, key) throws(JSONScanner.Problem) in
        guard scanner.next() == UInt8(ascii: "\"") else {
          try scanner.skip()
          return
        }
        let value = try scanner.text(scanner.string())
        if !value.isEmpty { pairs.append(.init(name: try scanner.text(key), value: value)) }
      }
      return pairs
    }
  }

  private func text(_ range: Range<Int>?) -> String? {
    guard let range else { return nil }
    return body.withUnsafeBufferPointer { base in
      var scanner = JSONScanner(base, range)
      return try? scanner.text(scanner.string())
    }
  }
}

/// What Prometheus' rules and their senders have in common.
enum PrometheusAlert {
  static func incoming(
    labels: [Signal.Label], annotations: [Signal.Label], generator: String?, from source: AlertSource, key: String
  ) -> Incoming {
    func annotation(_ names: String...) -> String? {
      for name in names { if let found = annotations.first(where: { $0.name == name }) { return found.value } }
      return nil
    }
    func label(_ name: String) -> String? { labels.first { $0.name == name }?.value }
    let name = label("alertname")
    let summary =
      annotation("summary", "title") ?? annotation("message", "description")
      ?? name ?? labels.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    let runbook = annotation("runbook_url", "runbook")
    return Incoming(
      integration: source.id, key: key, summary: summary.cut(Incoming.summaryBytesMax),
      detail: annotation("description", "message").flatMap { $0 == summary ? nil : $0 },
      severity: label("severity").map { Incoming.severity($0) ?? .error }, urgency: source.urgency,
      service: label("service"), fallbackService: source.service, labels: labels, annotations: annotations,
      link: generator.flatMap { Incoming.isLink($0) ? $0 : nil }, runbook: runbook?.cut(2_048))
  }

  /// The fingerprint of labels that were read as values: the same as of their bytes.
  static func fingerprint(_ labels: [Signal.Label]) -> Hash128 {
    var hash = Hash128()
    for label in labels.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) where !label.value.isEmpty
    {
      hash.combine(label.name)
      hash.combine(label.value)
    }
    return hash
  }
}

extension Hash128 {
  mutating func combine(_ text: String) {
    var text = text
    text.withUTF8 { combine($0, 0..<$0.count) }
  }

  /// 32 digits.
  public var hex: String {
    Hexadecimal.text([high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } })
  }

  /// What a lease is kept under: the condition together with its integration.
  public func lease(of source: Hash128) -> Leases.Key {
    var hash = self
    hash.combine(source.high)
    hash.combine(source.low)
    return Leases.Key(high: hash.high, low: hash.low)
  }

  public init(of text: String) {
    self.init()
    combine(text)
  }
}

extension Hash128 {
  /// Reads the 32 digits again.
  public init?(hex: String) {
    guard hex.utf8.count == 32 else { return nil }
    var (high, low): (UInt64, UInt64) = (0, 0)
    for byte in hex.utf8 {
      guard let digit = Hexadecimal.value(byte) else { return nil }
      high = high << 4 | low >> 60
      low = low << 4 | UInt64(digit)
    }
    self.init(high: high, low: low)
  }

  /// The bytes that pairs of digits stand for; `nil` where something else stands there.
  public static func bytes(hex: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    var half: UInt8?
    for byte in hex.utf8 {
      guard let digit = Hexadecimal.value(byte) else { return nil }
      if let high = half {
        bytes.append(high << 4 | digit)
        half = nil
      } else {
        half = digit
      }
    }
    return half == nil ? bytes : nil
  }
}
