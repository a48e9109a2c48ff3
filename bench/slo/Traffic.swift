import Base

/// The counters of a fleet of services, the same for the same seed and start: what both Prometheus and Mainstay count.
///
/// A service has 12 series of `http_requests_total`: ten pods answer 200, and the first one 500 and 429 too. Between
/// 0.02% and 0.08% of the requests fail. On a day one service in ten has an incident of 5 to 30 minutes; one service in
/// twenty is ill and fails for 10 minutes of each half hour. A pod starts again about once in a day and a half, its
/// counters with it.
struct Traffic {
  static let step: Int64 = 15
  static let seriesPerService = 12
  static let pods = 10

  let services: Int
  /// Ticks of 15 seconds since the epoch.
  let start: Int64
  /// The tick that `values` holds.
  private(set) var tick: Int64
  /// By service, then by series.
  private(set) var values: [UInt32]
  private let seed: UInt64
  private var restarts: [Int64] = []

  init(seed: UInt64, services: Int, startSeconds: Int64) {
    self.seed = seed
    self.services = services
    start = startSeconds / Self.step
    tick = start
    values = []
    values = (0..<services * Self.seriesPerService).map { UInt32(draw(1, $0, 0) % 100_000) }
    planRestarts()
  }

  var time: Instant { Instant(seconds: tick * Self.step) }

  /// A number that depends on all of these and nothing else (the finisher of SplitMix64, twice).
  private func draw(_ purpose: UInt64, _ subject: Int, _ tick: Int64) -> UInt64 {
    func mixed(_ value: UInt64) -> UInt64 {
      var z = value
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    let subject = UInt64(subject) &* 0x9E37_79B9_7F4A_7C15
    return mixed(mixed(seed &+ purpose &* 0xD1B5_4A32_D192_ED03 &+ subject) &+ UInt64(bitPattern: tick))
  }

  /// Moves on to a later tick.
  mutating func advance(to target: Int64) {
    while tick < target { next() }
  }

  /// Moves on by 15 seconds.
  mutating func next() {
    tick += 1
    if tick % Self.restartBlock == 0 { planRestarts() }
    for service in 0..<services {
      let rate = 20 + draw(2, service, 0) % 180
      let base = service * Self.seriesPerService
      for pod in 0..<Self.pods {
        let more = UInt32(rate / 2 + draw(3, base + pod, tick) % rate)
        let isFresh = restarts[service * Self.pods + pod] == tick
        values[base + pod] = isFresh ? more : values[base + pod] &+ more
      }
      let failing = Double(rate * UInt64(Self.pods)) * failureShare(service) / 2
      let isFresh = restarts[service * Self.pods] == tick
      for series in base + Self.pods..<base + Self.seriesPerService {
        // Rounded at random, so that rare failures come as whole ones.
        let more = UInt32(failing + Double(draw(4, series, tick) >> 11) * 0x1p-53)
        values[series] = isFresh ? more : values[series] &+ more
      }
    }
  }

  private func failureShare(_ service: Int) -> Double {
    let quiet = 0.0002 + Double(draw(5, service, 0) % 600) / 1_000_000
    if service % 20 == 0, (tick / 40 + Int64(service / 20)) % 3 == 0 { return 0.05 }
    let day: Int64 = 5_760
    let plan = draw(6, service, tick / day)
    guard plan >> 48 < 6_554 else { return quiet }
    let begin = Int64(plan % 5_000)
    let length = Int64(20 + (plan >> 16) % 100)
    let place = tick % day
    guard place >= begin, place < begin + length else { return quiet }
    return 0.01 + Double((plan >> 32) % 290) / 1_000
  }

  private static let restartBlock: Int64 = 1_440

  /// Decides which pods start again in the next six hours, and when.
  private mutating func planRestarts() {
    let block = tick / Self.restartBlock
    restarts = (0..<services * Self.pods).map { pod in
      let plan = draw(7, pod, block)
      return plan % 6 == 0 ? block * Self.restartBlock + Int64((plan >> 8) % UInt64(Self.restartBlock)) : -1
    }
  }
}

// MARK: Names

extension Traffic {
  /// `svc-00042`, as Sloth's rules are generated for.
  static func name(_ service: Int) -> String {
    let digits = String(service)
    return "svc-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }

  /// The labels of a series of a service but its name and service.
  static func labels(_ series: Int) -> (code: String, pod: String) {
    switch series {
    case pods: ("500", "0")
    case pods + 1: ("429", "0")
    default: ("200", "\(series)")
    }
  }
}
