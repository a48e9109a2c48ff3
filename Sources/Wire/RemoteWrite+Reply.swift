import Base
import Ledger

extension WriteRequest.Version {
  /// The message that a request's headers promise; `nil` where this receiver reads no such thing (415).
  public init?(contentType: String?, contentEncoding: String?) {
    if contentType == "application/x-protobuf", contentEncoding == "snappy" {
      self = .v1
      return
    }
    // The first senders of 1.0 left both headers out.
    let encoding = (contentEncoding ?? "").lowercased()
    guard encoding.isEmpty || encoding == "snappy" else { return nil }
    let parts = (contentType ?? "").split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
    guard let media = parts.first, media.isEmpty || media.lowercased() == "application/x-protobuf" else { return nil }
    self = .v1
    for parameter in parts.dropFirst() {
      let pair = parameter.split(separator: "=", maxSplits: 1).map(Self.trimmed)
      guard pair.count == 2, pair[0].lowercased() == "proto" else { continue }
      switch pair[1].filter({ $0 != "\"" }) {
      case "prometheus.WriteRequest": self = .v1
      case "io.prometheus.write.v2.Request": self = .v2
      default: return nil
      }
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  /// What a reply with 415 says.
  public static let unsupported =
    "only remote write 1.0 and 2.0 are read: application/x-protobuf of prometheus.WriteRequest or "
    + "io.prometheus.write.v2.Request, packed with snappy"
}

/// What a sender is told: never a 2xx when something that some SLI might ask for was not taken. What was filtered on
/// purpose (series that nobody counts, the standby of a pair) was taken, and so were values that are no number of
/// events (NaN, negative).
public struct WriteReply: Hashable, Sendable {
  public var status: Int
  /// Empty when all is well.
  public var message: String
  public var samples = 0
  public var histograms = 0
  public var exemplars = 0

  /// `X-Prometheus-Remote-Write-*-Written`.
  public var headers: [(name: String, value: String)] {
    [
      ("x-prometheus-remote-write-samples-written", "\(samples)"),
      ("x-prometheus-remote-write-histograms-written", "\(histograms)"),
      ("x-prometheus-remote-write-exemplars-written", "\(exemplars)"),
    ]
  }

  /// Nothing was taken.
  public init(status: Int, message: String) {
    self.status = status
    self.message = message
  }

  /// The body was read; the sound part of it is counted.
  public init(_ tally: WriteTally, _ counts: IngestCounts, limits: LedgerLimits = LedgerLimits()) {
    var lost: [String] = []
    func lose(_ count: Int, _ why: String) -> Int {
      if count > 0 { lost.append("\(count) \(why)") }
      return count
    }
    samples = tally.samples
    samples -= lose(tally.invalidSamples, "in series that have no valid labels")
    samples -= lose(
      Int(counts[.tooManySeries]), "in series past the limit; raise limits.seriesPerSource or drop series at the sender"
    )
    samples -= lose(Int(counts[.conflicting]), "with another value for a time that is already taken")
    samples -= lose(Int(counts[.tooOld]), "too far behind the newest data (\(limits.horizon.text))")
    samples -= lose(Int(counts[.fromTheFuture]), "more than \(limits.ahead.text) ahead of this server's clock")
    samples -= lose(Int(counts[.sliceClosed]), "of slices of time that are judged for good")
    histograms = tally.histograms - tally.invalidHistograms
    histograms -= lose(
      tally.unsupportedHistograms, "native histograms that an SLI asks for; send classic buckets of them")
    _ = lose(tally.invalidHistograms, "native histograms in series that have no valid labels")
    exemplars = tally.exemplars - lose(tally.invalidExemplars, "exemplars in series that have no valid labels")
    lost += tally.problems
    status = lost.isEmpty ? 204 : 400
    message =
      lost.isEmpty
      ? "" : "written \(samples) of \(tally.samples) samples; not written: " + lost.joined(separator: "; ")
  }
}
