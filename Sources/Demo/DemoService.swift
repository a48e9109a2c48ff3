import Base
import Outbound
import Synchronization

/// One service of the demo: real requests in, real requests to what it depends on, real metrics.
final class DemoService: Sendable {
  struct State: Sendable {
    var mode = DemoMode.healthy
    var metrics: DemoMetrics
  }

  let spec: DemoTopology.Service
  private let state: Mutex<State>
  private let directory: DemoDirectory
  private let http: HTTPOut

  init(spec: DemoTopology.Service, directory: DemoDirectory, http: HTTPOut) {
    self.spec = spec
    self.directory = directory
    self.http = http
    state = Mutex(State(metrics: DemoMetrics(service: spec.name)))
  }

  var mode: DemoMode {
    get { state.withLock { $0.mode } }
    set { state.withLock { $0.mode = newValue } }
  }

  var metrics: DemoMetrics { state.withLock { $0.metrics } }

  /// Serves one request and counts it; the status and a word for the caller.
  func serve() async throws -> (status: Int, text: String) {
    let clock = ContinuousClock()
    let start = clock.now
    let reply = try await work()
    let took = clock.now - start
    state.withLock { $0.metrics.record(code: reply.status, seconds: took / .seconds(1)) }
    return reply
  }

  private func work() async throws -> (status: Int, text: String) {
    switch mode {
    case .fail: return (500, "\(spec.name) is broken")
    case .slow: try await Task.sleep(for: .milliseconds(Int.random(in: 1_500...2_500)))
    case .healthy:
      let least = spec.workMilliseconds
      try await Task.sleep(for: .milliseconds(Int.random(in: least...(least * 2))))
    }
    for dependency in spec.dependencies {
      guard let url = directory.url(of: dependency) else { continue }
      do {
        let answer = try await http.send(HTTPOut.Request(.get, url + "/", timeout: .seconds(4), label: dependency))
        if answer.status >= 500 { return (502, "\(dependency) answered \(answer.status)") }
      } catch {
        return (502, error.text)
      }
    }
    return (200, "\(spec.name) is well")
  }
}

/// Where each service listens, known once it does.
final class DemoDirectory: Sendable {
  private let urls = Mutex<[String: String]>([:])

  func set(_ url: String, of name: String) { urls.withLock { $0[name] = url } }
  func url(of name: String) -> String? { urls.withLock { $0[name] } }
}
