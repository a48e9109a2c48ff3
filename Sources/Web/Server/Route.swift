import Base
import Events

/// One route: everything that is decided about a request before its handler runs is data here.
struct Route: Sendable {
  enum Need: Sendable, Equatable {
    /// Anybody; the handler or the link's signature decides.
    case open
    case role(Role)
    /// One of the two is enough.
    case either(Role, Role)

    var word: String {
      switch self {
      case .open: "public"
      case .role(let role): role.rawValue
      case .either(let one, let other): "\(one.rawValue)|\(other.rawValue)"
      }
    }
  }

  /// How errors are told, and how the request proves that it comes from us.
  enum Kind: String, Sendable { case page, form, api, intake, asset, probe }

  var method: String
  /// `/alerts/{id}`; each name stands for one segment.
  var path: String
  var need: Need
  var kind: Kind
  var bodyBytesMax: Int
  var handle: @Sendable (WebRequest) async throws -> WebResponse
  /// How the route's clients are told of a problem, where they expect a form of their own.
  var refuse: (@Sendable (WebRequest, Problem) -> WebResponse)?
  /// What the API document says of it; only for `/api/v1`.
  var operation: Operation?

  /// A line of the golden list.
  var line: String {
    "\(method) \(path) role=\(need.word) kind=\(kind.rawValue) csrf=\(kind == .form) body=\(bodyBytesMax)"
  }

  fileprivate let segments: [Segment]

  fileprivate enum Segment: Sendable {
    case text(Substring)
    case parameter(String)
    /// `{id}.ics`.
    case suffixed(String, Substring)
  }

  init(
    _ method: String, _ path: String, _ need: Need, _ kind: Kind, bodyBytesMax: Int = 0, operation: Operation? = nil,
    handle: @escaping @Sendable (WebRequest) async throws -> WebResponse
  ) {
    self.method = method
    self.path = path
    self.need = need
    self.kind = kind
    self.bodyBytesMax = bodyBytesMax
    self.operation = operation
    self.handle = handle
    segments = path.split(separator: "/").map { segment in
      guard segment.hasPrefix("{"), let end = segment.firstIndex(of: "}") else { return .text(segment) }
      let name = String(segment[segment.index(after: segment.startIndex)..<end])
      let suffix = segment[segment.index(after: end)...]
      return suffix.isEmpty ? .parameter(name) : .suffixed(name, suffix)
    }
  }

  /// The parameters when the path matches.
  func match(_ parts: [Substring]) -> [String: String]? {
    guard parts.count == segments.count else { return nil }
    var parameters: [String: String] = [:]
    for (segment, part) in zip(segments, parts) {
      switch segment {
      case .text(let text): if text != part { return nil }
      case .parameter(let name): parameters[name] = Form.decode(part.utf8)
      case .suffixed(let name, let suffix):
        guard part.hasSuffix(suffix), part.count > suffix.count else { return nil }
        parameters[name] = Form.decode(part.dropLast(suffix.count).utf8)
      }
    }
    return parameters
  }
}

/// All routes.
struct RouteTable: Sendable {
  let routes: [Route]
  /// The first route of a path without parameters, by method and path: most requests need no search.
  private let exact: [String: Int]

  init(routes: [Route]) {
    self.routes = routes
    var exact: [String: Int] = [:]
    for (index, route) in routes.enumerated() where !route.path.contains("{") {
      // Only where the search would come to the same: no earlier route takes this path.
      let parts = route.path.split(separator: "/")
      let first = routes.firstIndex { $0.method == route.method && $0.match(parts) != nil }
      if first == index { exact["\(route.method) \(route.path)"] = index }
    }
    self.exact = exact
  }

  enum Found {
    case route(Route, [String: String])
    /// The path exists with these methods.
    case methods([String])
    case nothing
  }

  func find(method: String, path: String) -> Found {
    if let index = exact["\(method) \(path)"] { return .route(routes[index], [:]) }
    let parts = path.split(separator: "/")
    var methods: [String] = []
    for route in routes {
      guard let parameters = route.match(parts) else { continue }
      if route.method == method || (method == "HEAD" && route.method == "GET") { return .route(route, parameters) }
      methods.append(route.method)
    }
    return methods.isEmpty ? .nothing : .methods(methods)
  }
}
