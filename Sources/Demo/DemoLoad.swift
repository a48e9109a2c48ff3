import Base
import Outbound
import Synchronization

/// Sends real requests at a steady rate to one service.
struct DemoLoad: Sendable {
  let name: String
  let url: String
  /// Greater than zero.
  let requestsPerSecond: Double
  /// Requests under way; what would be one more is left out, as a user gives up too.
  let inFlightLimit: Int
  let http: HTTPOut

  /// Runs until cancelled.
  func run() async {
    let clock = ContinuousClock()
    let step = Duration.seconds(1) / requestsPerSecond
    let gate = Gate(limit: inFlightLimit)
    await withDiscardingTaskGroup { group in
      // Services do not start on the same beat.
      var next = clock.now + step * Double.random(in: 0...1)
      while !Task.isCancelled {
        do {
          try await clock.sleep(until: next)
        } catch {
          return
        }
        // After a pause of the whole machine the missed requests are not made up for.
        next = max(next + step, clock.now - .seconds(1))
        guard gate.enter() else { continue }
        group.addTask {
          defer { gate.leave() }
          // What comes of it is the service's to count.
          _ = try? await http.send(HTTPOut.Request(.get, url + "/", timeout: .seconds(6), label: name))
        }
      }
    }
  }

  private final class Gate: Sendable {
    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int) { self.limit = limit }

    func enter() -> Bool {
      count.withLock { count in
        guard count < limit else { return false }
        count += 1
        return true
      }
    }

    func leave() { count.withLock { $0 -= 1 } }
  }
}
