import Base
import Ledger
import Logging
import Objectives
import Store
import Synchronization
import Wire

/// Keeps on the disk what pages show beside budgets: exemplars of failing spans, and which labels failures had. It is
/// for answers and not for budgets, so a moment of it may be lost with the process.
public final class EvidenceKeeper: Sendable {
  private struct Written {
    var sum: Hash128?
    var next = Instant.distantPast
  }

  /// How often what changed is written, and at most how much each second on average.
  static let every = Interval.seconds(5)
  static let bytesPerSecond = 200_000.0

  private let file: SealedFile
  private let telemetry: Telemetry
  private let exemplars: SpanExemplars
  private let written = Mutex(Written())

  public init(_ path: String, telemetry: Telemetry, exemplars: SpanExemplars) {
    file = SealedFile(path, magic: "MSEVIDE1")
    self.telemetry = telemetry
    self.exemplars = exemplars
  }

  /// Takes over what the process before had kept. A file that is missing or damaged leaves nothing to take.
  public func restore(_ logger: Logger) {
    do {
      guard let bytes = try file.read() else { return }
      var reader = ByteReader(bytes)
      guard let length = reader.count(), let first = reader.raw(length), let rest = reader.count(),
        let second = reader.raw(rest), reader.isAtEnd, let book = Attribution(bytes: Array(first)),
        let exemplars = SpanExemplar.exemplars(from: Array(second))
      else { throw StoreFailure("\(file.path): is damaged") }
      telemetry.take(book)
      self.exemplars.add(exemplars)
      self.exemplars.keep(telemetry.spanSLIs)
    } catch {
      logger.warning("exemplars and attribution begin anew", metadata: ["error": "\(error)"])
    }
  }

  /// Writes what changed, when it is due.
  public func save(at now: Instant) throws {
    guard written.withLock({ now >= $0.next }) else { return }
    try saveNow(at: now)
  }

  /// Writes what changed.
  public func saveNow(at now: Instant) throws {
    var writer = ByteWriter()
    for part in [telemetry.attributed.bytes, exemplars.bytes] {
      writer.varint(UInt64(part.count))
      writer.raw(part)
    }
    let sum = Hash128(writer.bytes)
    let isNew = written.withLock { $0.sum != sum }
    if isNew { try file.write(writer.bytes) }
    let wait = Interval(nanoseconds: Int64(Double(writer.bytes.count) / Self.bytesPerSecond * 1e9))
    written.withLock { $0 = Written(sum: sum, next: now + max(Self.every, wait)) }
  }
}
