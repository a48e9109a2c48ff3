import Base
import Events
import Journal

/// Pages on their way out. An attempt is claimed through the writer, so that nothing is claimed for an alert after
/// its resolution is committed.
///
///     pending ──claim──▶ claimed ──sent──▶ sent
///        ▲                  │
///        └──failed, again───┤──failed for good──▶ failed (dead letter)
///     pending ──the channel before it failed──▶ pending, due now
///     pending ──alert taken or over──▶ cancelled
public struct Outbox: Fold, Codable {
  public static let name = "outbox"
  public static let version = 1

  /// A claim that nobody reported on is tried again after this long: its sender died.
  public static let claimLength = Interval.seconds(60)
  /// After so many attempts a page is a dead letter.
  public static let maxAttempts = 8
  static let keptEnded = 5_000

  public private(set) var pages = Sharded<ULID, Page>()
  /// Pending pages by when they may go out.
  public private(set) var queue = Timers()
  /// Claimed pages by when their claim runs out.
  public private(set) var claims = Timers()
  private var bySubject = Sharded<String, [ULID]>()
  private var ended = Recent()

  public init() {}

  /// Takes the pages about a subject out, for a reader who may not see them.
  public mutating func hide(_ subject: Subject) {
    for id in bySubject[subject.text] ?? [] { pages[id] = nil }
  }

  public mutating func apply(_ event: Event) throws {
    if let request = try event.payload(PageRequested.self) {
      var page = Page(id: request.page, subject: event.subject, request: request, requestedAt: event.time)
      page.due = request.notBefore
      pages[request.page] = page
      queue.set(request.page, at: request.notBefore)
      bySubject[event.subject.text, default: []].append(request.page)
    } else if let claim = try event.payload(PageClaimed.self) {
      update(claim.page) { page in
        page.status = .claimed
        page.due = event.time + Self.claimLength
        page.attempts.append(.init(number: claim.attempt, at: event.time))
      }
    } else if let sent = try event.payload(PageSent.self) {
      update(sent.page) { page in
        page.status = .sent
        page.due = nil
        page.record(sent.receipt, of: sent.attempt)
      }
    } else if let failed = try event.payload(PageFailed.self) {
      update(failed.page) { page in
        page.status = failed.retryAt == nil ? .failed : .pending
        page.due = failed.retryAt
        page.note = failed.reason
        page.record(failed.reason, of: failed.attempt)
      }
    } else if let advanced = try event.payload(PageAdvanced.self) {
      update(advanced.page) { page in
        guard page.status == .pending else { return }
        page.due = event.time
        page.note = advanced.reason
      }
    } else if let cancelled = try event.payload(PageCancelled.self) {
      update(cancelled.page) { page in
        page.status = .cancelled
        page.due = nil
        page.note = cancelled.reason
      }
    }
  }

  private mutating func update(_ id: ULID, _ change: (inout Page) -> Void) {
    guard var page = pages[id] else { return }
    queue.cancel(id, at: page.due)
    claims.cancel(id, at: page.due)
    change(&page)
    pages[id] = page
    switch (page.status, page.due) {
    case (.pending, let due?): queue.set(id, at: due)
    case (.claimed, let due?): claims.set(id, at: due)
    default:
      guard let old = ended.keep(id, limit: Self.keptEnded), let page = pages[old] else { return }
      pages[old] = nil
      bySubject[page.subject.text]?.removeAll { $0 == old }
      if bySubject[page.subject.text]?.isEmpty == true { bySubject[page.subject.text] = nil }
    }
  }

  /// The pages of an alert in the order they were asked for.
  public func pages(of subject: Subject) -> [Page] { (bySubject[subject.text] ?? []).compactMap { pages[$0] } }

  /// Pages that may go out now, earliest first.
  public func due(at now: Instant) -> [Page] { queue.due(at: now).compactMap { pages[$0.id] } }
}

extension Page {
  mutating func record(_ result: String, of attempt: Int) {
    if let index = attempts.lastIndex(where: { $0.number == attempt }) { attempts[index].result = result }
  }
}

// MARK: - Commands

extension Outbox {
  /// Lets one attempt of a pending page go out.
  public func claim(_ id: ULID, into emitter: inout Emitter) throws(Refusal) -> Page {
    guard let page = pages[id] else { throw Refusal(.notFound, "no page \(id)") }
    guard page.status == .pending, let due = page.due, due <= emitter.now else {
      throw Refusal(.conflict, "page \(id) is \(page.status.rawValue)")
    }
    emitter.emit(PageClaimed(page: id, attempt: page.attempts.count + 1), on: page.subject)
    return page
  }

  /// The channel took the page. A report that comes after the claim ran out still counts: the page did go out.
  public func sent(_ id: ULID, attempt: Int, receipt: String, into emitter: inout Emitter) throws(Refusal) {
    guard let page = pages[id] else { throw Refusal(.notFound, "no page \(id)") }
    guard page.status != .sent else { throw Refusal(.conflict, "page \(id) is sent already") }
    emitter.emit(PageSent(page: id, attempt: attempt, receipt: receipt), on: page.subject)
  }

  /// An attempt failed. It is tried again with growing, jittered pauses unless the channel refused it for good, the
  /// attempts are used up, or `wanted` is false because the alert no longer needs it.
  public func failed(
    _ id: ULID, attempt: Int, reason: String, permanent: Bool, after: Interval?, wanted: Bool,
    into emitter: inout Emitter
  ) throws(Refusal) {
    guard let page = pages[id] else { throw Refusal(.notFound, "no page \(id)") }
    guard page.status == .claimed, page.attempts.count == attempt else {
      throw Refusal(.conflict, "page \(id) is \(page.status.rawValue), attempt \(page.attempts.count)")
    }
    let final = permanent || !wanted || attempt >= Self.maxAttempts
    let pause = max(after ?? .zero, Self.pause(after: attempt, random: &emitter.random))
    emitter.emit(
      PageFailed(page: id, attempt: attempt, reason: reason, retryAt: final ? nil : emitter.now + pause),
      on: page.subject)
  }

  /// 2 s, 4 s, 8 s … at most 2 minutes, each up to a quarter longer so that retries do not march in step.
  static func pause(after attempt: Int, random: inout SeededGenerator) -> Interval {
    let base = min(120_000, 1_000 << min(attempt, 7))
    return .milliseconds(Int64(base + Int.random(in: 0...(base / 4), using: &random)))
  }

  /// What a timer does when a claim has run out: the sender died, or hangs.
  public func expireClaim(_ id: ULID, wanted: Bool, into emitter: inout Emitter) {
    guard let page = pages[id], page.status == .claimed, let due = page.due, due <= emitter.now else { return }
    lose(page, "no report from the sender within \(Self.claimLength.text)", wanted: wanted, &emitter)
  }

  /// Puts back what a sender that is gone had claimed, so that a page does not wait for its claim to run out.
  ///
  /// - Parameters:
  ///   - limit: at most so many at once; call again while it returns that many.
  ///   - wanted: whether a page is still to go out.
  public func loseClaims(limit: Int = 100, into emitter: inout Emitter, wanted: (Page) -> Bool) -> Int {
    let lost = claims.due(at: .distantFuture).prefix(limit).compactMap { pages[$0.id] }
    for page in lost { lose(page, "the server ended while it was sent", wanted: wanted(page), &emitter) }
    return lost.count
  }

  private func lose(_ page: Page, _ reason: String, wanted: Bool, _ emitter: inout Emitter) {
    let final = !wanted || page.attempts.count >= Self.maxAttempts
    emitter.emit(
      PageFailed(
        page: page.id, attempt: page.attempts.count, reason: reason, retryAt: final ? nil : emitter.now),
      on: page.subject, by: .system("outbox"))
  }

  /// Takes back what has not gone out.
  public func cancelPending(of subject: Subject, reason: String, into emitter: inout Emitter) {
    for page in pages(of: subject) where page.status == .pending && page.request.kind == .fired {
      if Canary.omits(.cancelledPages) { continue }
      emitter.emit(PageCancelled(page: page.id, reason: reason), on: subject, by: .system("outbox"))
    }
  }
}
