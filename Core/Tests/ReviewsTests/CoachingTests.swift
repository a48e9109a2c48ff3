import Base
import Events
import Journal
import Reviews
import Testing

struct CoachingTests {
  /// An incident of tier 0 in which all went well.
  static func calm() -> ReviewFacts {
    let began = Instant(seconds: 1_780_000_000)
    var facts = ReviewFacts(beganAt: began, resolvedAt: began + .minutes(30))
    facts.tier = 0
    facts.detectedAt = began + .minutes(2)
    facts.pagedAt = began + .minutes(2)
    facts.acknowledgedAt = began + .minutes(4)
    facts.mitigatedAt = began + .minutes(20)
    facts.detection = .init(alert: ULID(high: 0, low: 1), summary: "errors", slo: "s", burnRate: 14, integration: nil)
    facts.hasRunbook = true
    facts.responders = ["ana"]
    return facts
  }

  static func gaps(_ change: (inout ReviewFacts) -> Void) -> [Coaching.Gap] {
    var facts = calm()
    change(&facts)
    return Coaching.questions(for: facts, .init(severity: .sev3, causes: ["change"], actions: [.prevent])).map(\.gap)
  }

  @Test func noGapAsksNothing() { #expect(Self.gaps { _ in }.isEmpty) }

  @Test func eachGapAsksItsOwnQuestion() {
    let line = ReviewFacts.Line(at: .epoch, subject: "alert/1", text: "x")
    #expect(Self.gaps { $0.beganAt = $0.beganAt - .minutes(4) } == [.lateDetection])
    #expect(Self.gaps { $0.detection?.slo = nil } == [.notByUsers])
    #expect(Self.gaps { $0.pagedAt = $0.beganAt + .minutes(5) }.first == .latePage)
    #expect(Self.gaps { $0.delays = [line] } == [.heldBack])
    #expect(Self.gaps { $0.failedPages = [line] } == [.failedPage])
    #expect(Self.gaps { $0.acknowledgedAt = $0.beganAt + .minutes(8) } == [.slowAcknowledgement])
    #expect(Self.gaps { $0.acknowledgedAt = nil } == [.slowAcknowledgement])
    #expect(Self.gaps { $0.hasRunbook = false } == [.noRunbook])
    #expect(Self.gaps { $0.mitigatedAt = $0.beganAt + .minutes(70) } == [.slowMitigation])
    #expect(Self.gaps { $0.responders = (1...7).map { "p\($0)" } } == [.manyResponders])
    let run = ULID(high: 0, low: 2)
    #expect(
      Self.gaps { $0.runbooks = [.init(name: "drain", run: run, outcome: "failed", isGood: false)] } == [.runbookFailed]
    )
  }

  /// At a limit nothing is asked yet.
  @Test func limitsAreInclusive() {
    #expect(Self.gaps { $0.beganAt = $0.detectedAt! - .minutes(5) }.isEmpty)
    #expect(Self.gaps { $0.acknowledgedAt = $0.pagedAt! + .minutes(5) }.isEmpty)
  }

  @Test func theRestOfTheReviewAsksToo() {
    func gaps(_ context: Coaching.Context) -> [Coaching.Gap] {
      Coaching.questions(for: Self.calm(), context).map(\.gap)
    }
    #expect(gaps(.init(severity: .sev1, causes: ["load"])) == [.noExternalUpdate])
    #expect(gaps(.init(severity: .sev3)) == [.noCause])
    #expect(gaps(.init(severity: .sev3, causes: ["load"], actions: [.detect])) == [.noPrevention])
    let third = Coaching.questions(
      for: Self.calm(),
      .init(severity: .sev3, repeated: [("expiry/certificate", [3, 9])], causes: ["expiry/certificate"]))
    #expect(third.map(\.gap) == [.repeatedCause])
    #expect(third[0].figures == "expiry/certificate: also in #3, #9")
    #expect(third[0].text.contains("time 3"))
  }
}
