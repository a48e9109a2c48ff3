import Base
import Ledger

extension WriteRequest {
  /// A compressed 1.0 request of these series. For tests and small senders.
  public static func encode(_ series: [(labels: LabelSet, samples: [CounterSample])]) -> [UInt8] {
    var request = ProtobufWriter()
    for (labels, samples) in series {
      var message = ProtobufWriter()
      for label in labels.labels {
        var inner = ProtobufWriter()
        inner.bytes(1, Array(label.name.utf8))
        inner.bytes(2, Array(label.value.utf8))
        message.bytes(1, inner.bytes)
      }
      for sample in samples {
        var inner = ProtobufWriter()
        inner.double(1, sample.value)
        inner.integer(2, sample.time.milliseconds)
        message.bytes(2, inner.bytes)
      }
      request.bytes(1, message.bytes)
    }
    return Snappy.encode(request.bytes)
  }
}
