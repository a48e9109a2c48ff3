import Definitions
import Foundation
import Testing
import Wire

/// The example company is what newcomers copy, so it must be free even of warnings.
@Suite struct ReelTests {
  private static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("examples/reel").path

  @Test func validatesClean() throws {
    let result = DefinitionsLoader().check(Self.path)
    #expect(result.diagnostics.map(\.description) == [])
    let snapshot = try #require(result.snapshot)
    #expect(snapshot.all(ComponentSpec.self).count >= 8)
    #expect(snapshot.all(GroupSpec.self).filter { $0.spec.type == "team" }.count == 3)
  }

  @Test func playbackIsWhatTheTourSays() throws {
    let snapshot = try #require(DefinitionsLoader().check(Self.path).snapshot)
    let playback = try #require(snapshot.find(ComponentSpec.self, named: "playback"))
    #expect(playback.metadata.annotation(ServiceAnnotations.tier) == "0")
    let slo = try #require(snapshot.find(SLOSpec.self, named: "playback-availability"))
    #expect(slo.spec.objectives.map(\.target) == [0.999])
    guard case .inline(let sli) = slo.spec.indicator, case .ratio(let ratio) = sli.spec.metric,
      case .bad(let bad, let total) = ratio.parts
    else {
      Issue.record("playback-availability is not a ratio of bad to total")
      return
    }
    #expect(ratio.counter)
    #expect(bad.query == #"http_requests_total{service="playback",code=~"5.."}"#)
    #expect(total.query == #"http_requests_total{service="playback"}"#)
    #expect(slo.spec.timeWindow == .rolling(DurationShorthand(28, .day)))
  }

  @Test func everyServiceOfTierZeroOrOneHasARunbook() throws {
    let snapshot = try #require(DefinitionsLoader().check(Self.path).snapshot)
    for component in snapshot.all(ComponentSpec.self) {
      let tier = component.metadata.annotation(ServiceAnnotations.tier).flatMap { Int($0) } ?? 9
      if tier <= 1 { #expect(!snapshot.runbooks(for: component.ref).isEmpty, "\(component.name)") }
    }
  }
}
