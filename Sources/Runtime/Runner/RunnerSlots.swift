import Base

/// Which steps are under way, and the places that processes have.
struct RunnerSlots: Sendable {
  struct UnderWay: Sendable {
    var control: StepControl
    /// The place of a step that processes perform.
    var slot: Int?
    /// Whether its run was being cancelled when it was claimed: it belongs to the end of the run, and goes on.
    var wasEnding: Bool
  }

  private(set) var underWay: [StepKey: UnderWay] = [:]
  private var free: [Int]
  private let waitsMax: Int
  private var waits = 0
  /// Claims that were refused are not tried again at once.
  private var refused: [StepKey: Instant] = [:]
  private static let refusedFor = Interval.seconds(5)

  init(processes: Int, waits: Int) {
    // The lowest first.
    free = Array((0..<processes).reversed())
    waitsMax = waits
  }

  var isFullOfProcesses: Bool { free.isEmpty }
  var isFullOfWaits: Bool { waits >= waitsMax }

  /// A place for a step; `nil` where it is under way, was refused just now, or has to wait.
  mutating func take(_ key: StepKey, isProcess: Bool, wasEnding: Bool, at now: Instant) -> UnderWay? {
    guard underWay[key] == nil, refused[key].map({ now >= $0 }) ?? true else { return nil }
    var taken = UnderWay(control: StepControl(), slot: nil, wasEnding: wasEnding)
    if isProcess {
      guard let slot = free.popLast() else { return nil }
      taken.slot = slot
    } else {
      guard waits < waitsMax else { return nil }
      waits += 1
    }
    refused[key] = nil
    underWay[key] = taken
    return taken
  }

  mutating func end(_ key: StepKey, refusedAt now: Instant? = nil) {
    guard let ended = underWay.removeValue(forKey: key) else { return }
    if let slot = ended.slot { free.append(slot) } else { waits -= 1 }
    guard let now else { return }
    refused = refused.filter { $0.value > now }
    refused[key] = now + Self.refusedFor
  }
}
