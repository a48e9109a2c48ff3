import ArgumentParser
import Base
import Foundation
import Outbound

/// The server that a verb acts on.
struct ServerOptions: ParsableArguments {
  static let defaultURL = "http://127.0.0.1:7070"

  @Option(name: .customLong("url"), help: "The server; MAINSTAY_URL by default, else \(defaultURL).")
  var address: String?

  /// Runs a body with a client of the server. The token comes from MAINSTAY_TOKEN alone: arguments of a process can
  /// be read by everyone on the machine.
  ///
  /// - Throws: `Failure`: the server's own words, with code 1 where it refused and 2 where it did not answer.
  func connect<Value>(_ body: (Connection) async throws -> Value) async throws -> Value {
    let environment = ProcessInfo.processInfo.environment
    let url = address ?? environment["MAINSTAY_URL"].flatMap { $0.isEmpty ? nil : $0 } ?? Self.defaultURL
    let token = environment["MAINSTAY_TOKEN"].flatMap { $0.isEmpty ? nil : Secret($0) }
    var settings = HTTPOut.Configuration()
    settings.userAgent = "mainstay/\(Mainstay.version)"
    do {
      let http = try HTTPOut(configuration: settings)
      let result: Result<Value, any Error>
      do {
        result = .success(try await body(Connection(api: MainstayAPI(baseURL: url, token: token, http: http))))
      } catch {
        result = .failure(error)
      }
      await http.shutdown()
      return try result.get()
    } catch let error as APIError {
      throw Failure(error.text, code: [404, 409, 422].contains(error.status ?? 0) ? 1 : 2)
    } catch let error as OutboundError {
      throw Failure(error.text)
    }
  }
}

/// A server's API.
struct Connection {
  let api: MainstayAPI

  /// The items of a list, from as many of its pages as are needed.
  func items(_ path: String, query: [(String, String?)] = [], limit: Int = 100) async throws -> [JSON] {
    var items: [JSON] = []
    var cursor: String?
    repeat {
      let size = min(limit - items.count, 500)
      let page = try await api.get(path, query: query + [("limit", String(size)), ("cursor", cursor)])
      guard let found = page["items"]?.array else {
        throw Failure("\(api.baseURL)\(path): the answer has no items; is this a Mainstay server of this version?")
      }
      items += found
      cursor = page["next"]?.string
    } while cursor != nil && items.count < limit
    return items
  }

  /// A path with a name or an id that a person wrote in it.
  static func path(_ base: String, _ name: String, _ rest: String = "") -> String {
    "\(base)/\(PercentEncoding.component(name))\(rest)"
  }
}

extension JSON {
  /// What a list verb prints as JSON.
  static func list(_ items: [JSON]) -> JSON { ["items": .array(items)] }

  /// An object without the members that have no value.
  static func sparse(_ members: [(String, JSON?)]) -> JSON {
    .object(JSONObject(members.compactMap { key, value in value.map { .init(key: key, value: $0) } }))
  }
}
