import Base
import Definitions
import Engine
import Events
import Foundation
import Journal
import Logging
import Store
import Synchronization
import Wire

/// The definitions in force: read from their directory, followed as they change, and kept in the journal's bulk so
/// that a start with bad ones goes on with the last that were good.
public final class DefinitionsKeeper: Sendable {
  public struct Current: Sendable {
    public var snapshot: Snapshot
    public var loadedAt: Instant
    /// Warnings of the snapshot in force, or the errors of a newer one that was refused.
    public var diagnostics: [Diagnostic]
    /// The newest definitions are bad and these are older ones.
    public var isDegraded: Bool
  }

  /// There are no definitions to start with.
  public struct NoDefinitions: Error {
    public var diagnostics: [Diagnostic]
  }

  /// The kind of the bulk items that hold definitions.
  public static let bulkKind = "definitions"

  private let directory: String
  private let loader: DefinitionsLoader
  private let logger: Logger
  private let state: Mutex<(current: Current, fingerprint: TreeStamp)>

  public var current: Current { state.withLock(\.current) }

  /// Reads the directory, or the last good snapshot where it is bad.
  ///
  /// - Throws: `NoDefinitions` when there is neither.
  public init(
    directory: String, lastGood: String?, journal: some JournalReading, now: Instant, logger: Logger,
    loader: DefinitionsLoader = DefinitionsLoader()
  ) throws {
    self.directory = directory
    self.loader = loader
    self.logger = logger
    let fingerprint = TreeStamp(of: directory)
    let result = loader.load(directory: directory)
    if let snapshot = result.snapshot, !result.diagnostics.hasErrors {
      state = Mutex(
        (
          Current(snapshot: snapshot, loadedAt: now, diagnostics: result.diagnostics, isDegraded: false), fingerprint
        ))
      return
    }
    guard let lastGood, let item = try journal.bulk(Self.key(lastGood)),
      let snapshot = Self.decode(item.bytes, loader)
    else { throw NoDefinitions(diagnostics: result.diagnostics) }
    state = Mutex(
      (Current(snapshot: snapshot, loadedAt: now, diagnostics: result.diagnostics, isDegraded: true), fingerprint))
  }

  public static func key(_ hash: String) -> String { "definitions/\(hash)" }

  /// Journals that these definitions are in force, with their content.
  public func record(_ current: Current, at now: Instant) -> Ask<Void> {
    let files = JSON.array(
      current.snapshot.files.map { ["path": .string($0.path), "text": .string($0.text)] })
    let item = BulkItem(
      key: Self.key(current.snapshot.hash), kind: Self.bulkKind, bytes: files.bytes, created: now, expires: nil)
    let changed = DefinitionsChanged(hash: current.snapshot.hash, documents: current.snapshot.documents.count)
    let degraded = current.isDegraded
    let first = current.diagnostics.first { $0.severity == .error }?.description ?? ""
    let errors = current.diagnostics.filter { $0.severity == .error }.count
    return Ask("definitions record", by: .system("definitions")) { _, _, emitter in
      let subject = Subject("definitions", changed.hash)
      if degraded {
        emitter.emit(DefinitionsRejected(errors: errors, first: first), on: subject)
      } else {
        emitter.keep(item)
        emitter.emit(changed, on: subject)
      }
    }
  }

  private static func decode(_ bytes: [UInt8], _ loader: DefinitionsLoader) -> Snapshot? {
    guard let files = try? JSON(parsing: bytes, limits: .own), case .array(let items) = files else { return nil }
    let read = items.compactMap { item -> DefinitionsReader.File? in
      guard let path = item["path"]?.string, let text = item["text"]?.string else { return nil }
      return (path, Array(text.utf8))
    }
    return DefinitionsReader(limits: loader.limits).read(read).snapshot
  }

  // MARK: Following

  /// Looks at the directory every two seconds and reports what changed, until the task is cancelled.
  public func follow(clock: SystemClock, changed: @Sendable (Current) async -> Void) async {
    while !Task.isCancelled {
      do { try await Task.sleep(for: .seconds(2)) } catch { return }
      let fingerprint = TreeStamp(of: directory)
      guard fingerprint != state.withLock(\.fingerprint) else { continue }
      // Editors and checkouts write several files: wait until the tree has been still for a moment.
      do { try await Task.sleep(for: .milliseconds(300)) } catch { return }
      guard TreeStamp(of: directory) == fingerprint else { continue }
      let result = loader.load(directory: directory)
      let now = clock.now()
      let current = state.withLock { state in
        state.fingerprint = fingerprint
        if let snapshot = result.snapshot, !result.diagnostics.hasErrors {
          state.current = Current(
            snapshot: snapshot, loadedAt: now, diagnostics: result.diagnostics, isDegraded: false)
        } else {
          state.current.diagnostics = result.diagnostics
          state.current.isDegraded = true
        }
        return state.current
      }
      if current.isDegraded {
        logger.error(
          "the new definitions are bad; those before stay in force",
          metadata: ["first": "\(result.diagnostics.first { $0.severity == .error }?.description ?? "")"])
      } else {
        logger.notice("new definitions are in force", metadata: ["hash": "\(current.snapshot.hash.prefix(12))"])
      }
      await changed(current)
    }
  }
}
