import Base
import Outbound

/// Breaks and heals services of a demo that is running, as `mainstay demo break|heal` does.
public struct DemoControl: Sendable {
  /// Where `DemoWorld` listens for it unless told otherwise.
  public static let defaultURL = "http://127.0.0.1:8089"

  private let baseURL: String
  private let http: HTTPOut

  public init(baseURL: String = defaultURL, http: HTTPOut) {
    self.baseURL = baseURL
    self.http = http
  }

  public struct ServiceState: Sendable, Hashable {
    public var name: String
    public var mode: DemoMode
    /// Requests answered since the demo's start, and how many of them with 5xx.
    public var requests: Int
    public var failed: Int
  }

  public func services() async throws(DemoError) -> [ServiceState] {
    let json = try await call(.get, "/services")
    return (json["services"]?.array ?? []).compactMap(Self.state)
  }

  /// Makes every request to the service fail, or be slow. Returns its state after that.
  @discardableResult
  public func `break`(service: String, mode: DemoMode = .fail) async throws(DemoError) -> ServiceState {
    try await change(service, "break?mode=\(mode.rawValue)")
  }

  @discardableResult
  public func heal(service: String) async throws(DemoError) -> ServiceState {
    try await change(service, "heal")
  }

  private func change(_ service: String, _ verb: String) async throws(DemoError) -> ServiceState {
    let json = try await call(.post, "/services/\(PercentEncoding.component(service))/\(verb)")
    guard let state = Self.state(json) else { throw DemoError("\(baseURL) is not the demo's control port") }
    return state
  }

  private static func state(_ json: JSON) -> ServiceState? {
    guard let name = json["name"]?.string, let text = json["mode"]?.string, let mode = DemoMode(rawValue: text) else {
      return nil
    }
    return ServiceState(
      name: name, mode: mode, requests: Int(json["requests"]?.int ?? 0), failed: Int(json["failed"]?.int ?? 0))
  }

  private func call(_ method: HTTPOut.Method, _ path: String) async throws(DemoError) -> JSON {
    let response: HTTPOut.Response
    do {
      response = try await http.send(HTTPOut.Request(method, baseURL + path, label: baseURL))
    } catch {
      if error.kind == .connect {
        throw DemoError("no demo is running at \(baseURL); start it with `mainstay demo up`")
      }
      throw DemoError(error.text)
    }
    let json = try? JSON(parsing: response.body)
    guard response.isSuccess, let json else {
      let reason = json?["title"]?.string
      throw DemoError(reason ?? "\(baseURL) answered \(response.status); is it the demo's control port?")
    }
    return json
  }
}
