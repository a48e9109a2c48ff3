import Base
import Engine
import Events
import Journal
import Reviews
import Synchronization

/// The texts of reviews, read from where they can be erased, and the index over them. It holds what was read last; a
/// review that has changed since, and every one after an erasure, is read again.
final class ReviewLibrary: Sendable {
  private struct Held {
    var index = ReviewIndex()
    var versions: [ULID: Version] = [:]
    var erasures = 0
  }

  private struct Version: Hashable {
    var changed: Int64
    var actions: [String]
  }

  private let held = Mutex(Held())

  /// A review as it reads now.
  func read(_ review: Review, _ platform: Platform, _ state: State) async throws -> ReviewReading {
    var written: [ReviewSection: String] = [:]
    let texts = try await self.texts(review, platform)
    for section in ReviewSection.allCases {
      guard let edit = review.lastEdit(of: section) else { continue }
      written[section] = texts[edit.sequence] ?? Erasable.erasedText
    }
    return ReviewReading(review, written: written, actions: state.actions.of(review: review.id))
  }

  /// All that was ever written of a review, by sequence.
  func texts(_ review: Review, _ platform: Platform) async throws -> [Int64: String] {
    guard !review.edits.isEmpty else { return [:] }
    let query = JournalQuery(types: ["review.edited"], subject: review.subject.text, limit: 500)
    let pairs = try await platform.events(query).compactMap { event in
      event.data["text"]?.string.map { (event.sequence, $0) }
    }
    return Dictionary(pairs) { first, _ in first }
  }

  /// The index, up to date with everything that the reader may see. It holds what other readers may see as well.
  func index(_ platform: Platform, _ state: State) async throws -> ReviewIndex {
    held.withLock { held in
      // What was erased must not be found any more.
      if held.erasures != state.reviews.erasures { held = Held(erasures: state.reviews.erasures) }
    }
    for review in state.reviews.all {
      let version = Version(
        changed: review.changedSequence, actions: state.actions.of(review: review.id).map(\.title))
      if held.withLock({ $0.versions[review.id] }) == version { continue }
      let reading = try await read(review, platform, state)
      held.withLock { held in
        // An erasure since: what was read before it is not kept.
        guard held.erasures == state.reviews.erasures else { return }
        if held.index.isFull {
          let shown = Set(state.reviews.reviews.sortedElements.map(\.key))
          held.index.keep(only: shown)
          held.versions = held.versions.filter { shown.contains($0.key) }
        }
        held.index.put(reading)
        held.versions[review.id] = version
      }
    }
    return held.withLock { $0.index }
  }
}
