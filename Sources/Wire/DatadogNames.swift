import Ledger

/// Names of Datadog as labels: what neither Prometheus nor PromQL can write becomes an underscore.
enum DatadogNames {
  /// `shop.orders.taken` → `shop_orders_taken`.
  static func metric(_ bytes: some Sequence<UInt8>) -> String { clean(bytes, colon: true) }

  static func label(_ bytes: some Sequence<UInt8>) -> String { clean(bytes, colon: false) }

  private static func clean(_ bytes: some Sequence<UInt8>, colon: Bool) -> String {
    var out: [UInt8] = []
    for byte in bytes {
      let isLetter = (0x61...0x7A).contains(byte | 0x20)
      let isDigit = (0x30...0x39).contains(byte)
      if isDigit, out.isEmpty { out.append(0x5F) }
      // One underscore for each character, whatever its length in UTF-8.
      if byte & 0xC0 == 0x80 { continue }
      out.append(isLetter || isDigit || byte == 0x5F || colon && byte == 0x3A ? byte : 0x5F)
    }
    return String(decoding: out, as: UTF8.self)
  }
}

/// Collects labels from tags. A tag is `name:value`; one without a colon has the value `true`.
struct DatadogLabels {
  private var values: [String: [String]] = [:]

  mutating func add(tag: some Collection<UInt8>) {
    guard !tag.isEmpty else { return }
    guard let colon = tag.firstIndex(of: 0x3A) else { return add(DatadogNames.label(tag), "true") }
    let value = tag[tag.index(after: colon)...]
    add(DatadogNames.label(tag[..<colon]), String(decoding: value, as: UTF8.self))
  }

  mutating func add(_ name: String, _ value: String) {
    guard !name.isEmpty, name != "__name__", !value.isEmpty else { return }
    if values[name]?.contains(value) != true { values[name, default: []].append(value) }
  }

  /// A name with several values has them sorted, joined by `;`.
  func set(_ metric: String) -> LabelSet {
    guard !metric.isEmpty else { return LabelSet([]) }
    return LabelSet(
      [Label("__name__", metric)] + values.map { Label($0.key, $0.value.sorted().joined(separator: ";")) })
  }
}
