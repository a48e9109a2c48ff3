/// One label of a series.
public struct Label: Hashable, Sendable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// The labels of a series, `__name__` among them, sorted by name. An empty value is the same as no label, as in
/// Prometheus, and is left out; of two labels of one name the first is kept.
public struct LabelSet: Hashable, Sendable {
  public let labels: [Label]

  public init(_ labels: some Sequence<Label>) {
    var sorted = labels.filter { !$0.value.isEmpty }
    // A stable order for equal names: the place in the input decides.
    sorted = sorted.enumerated().sorted { lhs, rhs in
      lhs.element.name == rhs.element.name ? lhs.offset < rhs.offset : lhs.element.name < rhs.element.name
    }.map(\.element)
    var kept: [Label] = []
    kept.reserveCapacity(sorted.count)
    for label in sorted where kept.last?.name != label.name { kept.append(label) }
    self.labels = kept
  }

  /// A metric's name and its other labels.
  public init(metric: String, _ labels: KeyValuePairs<String, String> = [:]) {
    self.init([Label("__name__", metric)] + labels.map { Label($0.key, $0.value) })
  }

  /// The value of a label, or the empty string where it is absent.
  public subscript(name: String) -> String {
    labels.first { $0.name == name }?.value ?? ""
  }

  public var metric: String { self["__name__"] }

  /// The set without the labels of these names.
  public func removing(_ names: String...) -> LabelSet {
    LabelSet(labels.filter { !names.contains($0.name) })
  }
}

extension LabelSet: CustomStringConvertible {
  /// As Prometheus writes it: `http_requests_total{code="200"}`.
  public var description: String {
    let rest = labels.filter { $0.name != "__name__" }
    guard !rest.isEmpty else { return metric }
    let inner = rest.map { label in
      var escaped = ""
      for character in label.value.unicodeScalars {
        switch character {
        case "\\": escaped += "\\\\"
        case "\"": escaped += "\\\""
        case "\n": escaped += "\\n"
        default: escaped.unicodeScalars.append(character)
        }
      }
      return "\(label.name)=\"\(escaped)\""
    }
    return metric + "{" + inner.joined(separator: ",") + "}"
  }
}

extension LabelSet {
  /// The canonical bytes of the set, which name a series in the ledger, its log and its snapshots: for each label in
  /// order the name and the value, each as a varint length and its UTF-8 bytes.
  public var key: [UInt8] {
    var writer = ByteWriter()
    for label in labels {
      writer.text(label.name)
      writer.text(label.value)
    }
    return writer.bytes
  }

  /// Reads what `key` wrote; `nil` for anything else.
  public init?(key: [UInt8]) {
    var reader = ByteReader(key)
    var labels: [Label] = []
    while !reader.isAtEnd {
      guard let name = reader.text(), let value = reader.text() else { return nil }
      labels.append(Label(name, value))
    }
    self.init(labels)
  }
}
