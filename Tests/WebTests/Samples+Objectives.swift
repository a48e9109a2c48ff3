import Base

@testable import Web

extension Samples {
  /// Everything that can be known of an SLO, for `playback-availability`; the others have what nothing is known of.
  static func detail(_ slo: String) -> ObjectiveDetail {
    guard slo == "playback-availability" else { return ObjectiveDetail() }
    return ObjectiveDetail(
      exclusions: [
        .init(
          from: now - .days(3), to: now - .days(3) + .hours(2), reason: "Database upgrade",
          place: "maintenance/database.yaml:4")
      ],
      exemplars: [
        .init(
          traceID: "4bf92f3577b34da6a3ce929d0e0e4736", spanID: "00f067aa0ba902b7", name: "GET /play/{title}",
          duration: .milliseconds(2_140), at: now - .seconds(40), message: "upstream edge-3 reset the connection",
          link: "https://traces.example.com/4bf92f3577b34da6a3ce929d0e0e4736"),
        .init(
          traceID: "0af7651916cd43dd8448eb211c80319c", spanID: "b7ad6b7169203331", name: "GET /play/{title}",
          duration: .milliseconds(31), at: now - .minutes(2), message: "<script>alert(1)</script>"),
      ],
      attribution: AttributionView(
        from: now - .days(1), to: now, failed: 4_912,
        labels: [
          .init(
            name: "region",
            values: [
              .init(value: "eu-central", failed: 4_411, share: 0.898),
              .init(value: "eu-west", failed: 380, share: 0.077),
              .init(value: "others", failed: 121, share: 0.025),
            ]),
          .init(
            name: "code",
            values: [
              .init(value: "503", failed: 4_700, share: 0.957), .init(value: "500", failed: 212, share: 0.043),
            ]),
        ],
        stretches: [
          .init(from: now - .minutes(12), to: now, failed: 4_500, share: 0.548),
          .init(from: now - .hours(15), to: now - .hours(14), failed: 412, share: 0.05),
        ], labelsSince: now - .hours(9)),
      periods: [
        .init(
          kind: .month, name: "November 2026", from: now - .days(20), to: now + .days(9), good: 5_200_000,
          total: 5_203_100, sli: 0.9994, budgetLeft: 0.4, isOpen: true),
        .init(
          kind: .month, name: "October 2026", from: now - .days(51), to: now - .days(20), good: 8_100_000,
          total: 8_112_000, sli: 0.99852, budgetLeft: -0.48),
        .init(
          kind: .quarter, name: "Q3 2026", from: now - .days(143), to: now - .days(51), good: 24_000_000,
          total: 24_010_000, sli: 0.99958, budgetLeft: 0.58),
      ],
      slices: strip,
      backfill: .init(
        slo: slo, source: "https://prometheus.example.com", from: now - .days(30), to: now, reached: now - .days(12)),
      origin: .init(
        since: now - .days(24), lastSample: now - .seconds(9), series: 36),
      members: [
        .init(name: "edge-availability", weight: 0.6, health: .healthy, sli: 0.9999),
        .init(name: "catalog-availability", weight: 0.4, health: .atRisk, sli: 0.9981),
      ],
      steps: [
        .init(consumed: 0.5, action: "notify", note: "Tell the team", reachedAt: now - .hours(9)),
        .init(consumed: 0.75, action: "review"),
        .init(consumed: 1, action: "freeze", note: "Ship nothing but fixes"),
      ])
  }

  private static var strip: SliceStrip {
    let start = now - .days(1)
    let runs: [(Int64, SliceStrip.Verdict)] = [
      (560, .good), (12, .bad), (300, .good), (70, .noData), (430, .good), (3, .bad), (53, .good), (12, .bad),
    ]
    var from = start
    return SliceStrip(
      length: .minutes(1), target: 0.95,
      runs: runs.map { minutes, verdict in
        defer { from += .minutes(minutes) }
        return .init(from: from, to: from + .minutes(minutes), verdict: verdict)
      }, good: 40_112, bad: 61, noData: 70)
  }

  static var telemetry: TelemetryView {
    TelemetryView(
      targets: [
        .init(
          job: "playback", url: "http://playback:9090/metrics", interval: .seconds(10), lastScrape: now - .seconds(4),
          took: .milliseconds(18), samples: 1_204),
        .init(
          job: "search", url: "http://search:9090/metrics", interval: .seconds(10), lastScrape: now - .seconds(7),
          took: .seconds(10), samples: 880, problem: "connection refused; is search running on port 9090?",
          failingSince: now - .minutes(7)),
      ],
      senders: [
        .init(
          name: "prometheus", path: "/intake/prometheus/api/v1/write", samples: 48_211_904, samplesPerSecond: 4_210.4,
          refused: 3, lastAt: now - .seconds(2)),
        .init(name: "scrape", samples: 120_400, samplesPerSecond: 208.2, lastAt: now - .seconds(4)),
      ],
      queries: [
        .init(name: "mimir", url: "https://mimir.example.com/prometheus", lastAnswer: now - .seconds(31))
      ],
      limits: [.init(name: "series that are counted", used: 171_204, limit: 200_000)], outcomes: TelemetryOutcomes.some,
      backfills: [
        .init(
          slo: "playback-availability", source: "https://prometheus.example.com", from: now - .days(30), to: now,
          reached: now - .days(12))
      ])
  }
}

private enum TelemetryOutcomes {
  static let some: [OutcomeCount] = [
    .init(name: "counted", count: 1_180_000, about: "their increments are in the budgets", isLoss: false),
    .init(name: "too old", count: 312, about: "behind the horizon", isLoss: true),
    .init(name: "negative", count: 0, about: "never seen", isLoss: true),
  ]
}
