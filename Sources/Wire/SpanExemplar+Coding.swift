import Base
import Ledger

extension SpanExemplar {
  /// The exemplars of SLIs as bytes, so that they outlive the process. docs/formats/evidence.md describes them.
  public static func bytes(of exemplars: [String: [SpanExemplar]]) -> [UInt8] {
    var writer = ByteWriter()
    writer.varint(UInt64(exemplars.count))
    for (sli, list) in exemplars.sorted(by: { $0.key < $1.key }) {
      writer.text(sli)
      writer.varint(UInt64(list.count))
      for one in list {
        for text in [one.traceID, one.spanID, one.service, one.name, one.message] { writer.text(text) }
        writer.signed(one.time.nanoseconds)
        writer.signed(one.duration.nanoseconds)
      }
    }
    return writer.bytes
  }

  /// What `bytes(of:)` gave, the newest of each SLI; `nil` for anything else.
  public static func exemplars(from bytes: [UInt8]) -> [String: [SpanExemplar]]? {
    var reader = ByteReader(bytes)
    guard let slis = reader.count(ofAtLeast: 2) else { return nil }
    var found: [String: [SpanExemplar]] = [:]
    for _ in 0..<slis {
      guard let sli = reader.text(), let count = reader.count(ofAtLeast: 7) else { return nil }
      var list: [SpanExemplar] = []
      for _ in 0..<count {
        guard let trace = reader.text(), let span = reader.text(), let service = reader.text(),
          let name = reader.text(),
          let message = reader.text(), let time = reader.signed(), let duration = reader.signed()
        else { return nil }
        list.append(
          SpanExemplar(
            traceID: trace, spanID: span, service: service, name: name, time: Instant(nanoseconds: time),
            duration: Interval(nanoseconds: duration), message: message))
      }
      SpanMatcher.trim(&list)
      found[sli] = list
    }
    return reader.isAtEnd ? found : nil
  }
}
