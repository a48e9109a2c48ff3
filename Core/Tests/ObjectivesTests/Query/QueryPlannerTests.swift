import Base
import Testing

@testable import Objectives

struct QueryPlannerTests {
  let start = Instant(seconds: 1_700_000_000)

  /// Runs a planner against a source that answers as told, a virtual second at a time.
  private struct World {
    var planner: QueryPlanner
    var now: Instant
    var generator = SeededGenerator(seed: 7)
    var asked: [(at: Instant, fetch: QueryPlanner.Fetch)] = []

    mutating func run(for length: Interval, answer: (QueryPlanner.Fetch, Instant) -> QueryPlanner.Outcome) {
      let end = now + length
      while now < end {
        switch planner.next(at: now) {
        case .fetch(let fetch):
          asked.append((now, fetch))
          planner.finish(fetch, answer(fetch, now), at: now, using: &generator)
        case .wait(let until):
          #expect(until > now, "a wait that ends at once would spin")
          now = max(until, now + .milliseconds(1))
        }
      }
    }
  }

  private func world(_ jobs: [QueryPlanner.Job], limits: QueryPlanner.Limits = .init()) -> World {
    var planner = QueryPlanner(limits: limits)
    planner.use(jobs, at: start)
    return World(planner: planner, now: start)
  }

  @Test func liveStretchesOverlapByTheLagAndLeaveNoGap() {
    var world = world([.init(id: "a", kind: .samples, doneUpTo: start)])
    world.run(for: .minutes(10)) { _, _ in .done(samples: 10) }
    #expect(world.asked.first?.fetch.from == start - .minutes(5), "the first one looks back for series that exist")
    for (before, after) in zip(world.asked, world.asked.dropFirst()) {
      #expect(after.fetch.from == before.fetch.to - .seconds(30))
      #expect(after.at - before.at >= .seconds(15))
    }
    #expect((38...41).contains(world.asked.count))
    #expect(world.asked.allSatisfy { $0.fetch.to <= $0.at })
  }

  @Test func afterAPauseItCatchesUpInChunksAndNotBeyondTheHorizon() {
    var world = world([.init(id: "a", kind: .samples, doneUpTo: start - .hours(9))])
    world.run(for: .seconds(5)) { _, _ in .done(samples: 300_000) }
    #expect(world.asked.first?.fetch.from == start - .minutes(350))
    #expect(world.asked.allSatisfy { $0.fetch.to - $0.fetch.from <= .hours(1) + .minutes(5) })
    #expect(world.planner.doneUpTo("a").map { $0 > start - .seconds(1) } == true)
    for (before, after) in zip(world.asked, world.asked.dropFirst()) { #expect(after.fetch.from < before.fetch.to) }
  }

  @Test func afterARestartNoLiveStretchReachesIntoThePast() {
    let live = start - .minutes(2)
    var world = world([.init(id: "a", kind: .samples, doneUpTo: start, earliest: live)])
    world.run(for: .minutes(1)) { _, _ in .done(samples: 10) }
    #expect(world.asked.first?.fetch.from == live)
  }

  @Test func stepsAreAskedForOnceEachWhenTheLagHasPassed() {
    let step = Interval.seconds(60)
    var world = world([.init(id: "q", kind: .steps(step), doneUpTo: start)])
    world.run(for: .minutes(20)) { _, _ in .done(samples: 1) }
    var at = start.floored(to: step)
    for (when, fetch) in world.asked {
      #expect(fetch.from == at && fetch.to > at && fetch.to.floored(to: step) == fetch.to)
      #expect(fetch.to <= when - .seconds(30))
      at = fetch.to
    }
    #expect(at > start + .minutes(17))
  }

  @Test func thePastYieldsToLiveJobsAndIsPaced() {
    var world = world([
      .init(id: "live", kind: .samples, doneUpTo: start),
      .init(id: "past", kind: .past(until: start, step: nil), doneUpTo: start - .days(30)),
    ])
    world.run(for: .minutes(5)) { fetch, _ in .done(samples: 100) }
    let live = world.asked.filter { $0.fetch.job == "live" }
    #expect(live.count >= 19, "the past held up live samples")
    let past = world.asked.filter { $0.fetch.job == "past" }
    for (before, after) in zip(past, past.dropFirst()) {
      #expect(after.at - before.at >= .milliseconds(200))
      #expect(after.fetch.from == before.fetch.to, "each stretch of the past is fetched once")
    }
    #expect(past.first?.fetch.from == start - .days(30) && past.last?.fetch.to == start)
    #expect(world.planner.isDone("past"))
    #expect(past.count < 60, "small answers let the stretch grow to a day")
  }

  @Test func anAnswerThatIsTooLargeHalvesTheStretchUntilItFits() {
    var world = world([.init(id: "past", kind: .past(until: start, step: nil), doneUpTo: start - .days(2))])
    world.run(for: .minutes(10)) { fetch, _ in
      fetch.to - fetch.from > .minutes(20) ? .tooMuch("too many samples") : .done(samples: 150_000)
    }
    #expect(world.planner.isDone("past"))
    let fitting = world.asked.filter { $0.fetch.to - $0.fetch.from <= .minutes(20) }
    #expect(fitting.count < 2 * 48 * 6 && world.asked.count - fitting.count < 10)
  }

  @Test(arguments: [QueryPlanner.Job.Kind.samples, .past(until: Instant(seconds: 1_700_000_000), step: nil)])
  func whatNeverFitsEndsAsARefusalAndDoesNotSpin(_ kind: QueryPlanner.Job.Kind) {
    var world = world([.init(id: "a", kind: kind, doneUpTo: start - .hours(1))])
    world.run(for: .minutes(5)) { _, _ in .tooMuch("query processing would load too many samples") }
    #expect(world.planner.problem(of: "a")?.contains("too many samples") == true)
    #expect(world.asked.count < 20)
  }

  @Test func aSourceThatIsGoneIsAskedEverMoreSeldomAndThenAtOnceAgain() {
    var world = world([
      .init(id: "a", kind: .samples, doneUpTo: start), .init(id: "b", kind: .samples, doneUpTo: start),
    ])
    world.run(for: .minutes(10)) { _, _ in .failed("connection refused") }
    #expect(world.planner.unreachableSince == start && world.planner.failure == "connection refused")
    #expect((10...30).contains(world.asked.count), "\(world.asked.count) attempts in ten minutes")
    let gaps = zip(world.asked, world.asked.dropFirst()).map { $1.at - $0.at }
    #expect(gaps.last! >= .seconds(30) && gaps.allSatisfy { $0 <= .seconds(61) })
    let before = world.asked.count
    world.run(for: .minutes(2)) { _, _ in .done(samples: 1) }
    #expect(world.planner.unreachableSince == nil && world.planner.failure == nil)
    #expect(world.asked[before].fetch.from <= start - .minutes(4), "nothing is skipped")
  }

  @Test func retryAfterIsHonouredAndNoFailure() {
    var world = world([.init(id: "a", kind: .samples, doneUpTo: start)])
    var first = true
    world.run(for: .minutes(3)) { _, _ in
      defer { first = false }
      return first ? .throttled(after: .seconds(90)) : .done(samples: 1)
    }
    #expect(world.asked[1].at - world.asked[0].at >= .seconds(90))
    #expect(world.planner.unreachableSince == nil)
  }

  @Test func aRefusedQueryHoldsUpNoOther() {
    var world = world([
      .init(id: "bad", kind: .samples, doneUpTo: start), .init(id: "good", kind: .samples, doneUpTo: start),
    ])
    world.run(for: .minutes(10)) { fetch, _ in
      fetch.job == "bad" ? .refused("parse error at char 3") : .done(samples: 1)
    }
    #expect(world.planner.problem(of: "bad") == "parse error at char 3" && world.planner.problem(of: "good") == nil)
    #expect(world.asked.filter { $0.fetch.job == "bad" }.count <= 5)
    #expect(world.asked.filter { $0.fetch.job == "good" }.count >= 38)
    #expect(world.planner.unreachableSince == nil)
  }

  @Test func jobsThatStayKeepTheirPlace() {
    var world = world([.init(id: "a", kind: .samples, doneUpTo: start)])
    world.run(for: .minutes(1)) { _, _ in .done(samples: 1) }
    let done = world.planner.doneUpTo("a")
    world.planner.use(
      [.init(id: "a", kind: .samples, doneUpTo: start), .init(id: "b", kind: .samples, doneUpTo: start)], at: world.now)
    #expect(world.planner.doneUpTo("a") == done && done != start)
    world.planner.use([.init(id: "b", kind: .samples, doneUpTo: start)], at: world.now)
    #expect(world.planner.doneUpTo("a") == nil)
  }
}
