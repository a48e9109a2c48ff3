import Base

extension DataSourceSpec {
  /// A header of every request to a source.
  public struct Header: Hashable, Sendable {
    public enum Value: Hashable, Sendable {
      case text(String)
      case secret(SecretRef)
    }

    public var name: String
    public var value: Value

    public init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  static let headersMax = 32
  static let headerBytesMax = 4_096

  /// Grafana Mimir and Cortex read the tenant from this header.
  static let tenantHeader = "X-Scope-OrgID"

  /// `tenant` and `headers` as they are sent, the tenant first and the others as they are written.
  ///
  /// - Parameter problem: hears of each that is left out, and why. Values are not shown: one may be a secret.
  func headers(_ problem: (_ key: String, _ problem: String) -> Void) -> [Header] {
    var found: [Header] = []
    if let tenant = node("tenant") {
      if let text = Self.text(tenant) {
        found.append(Header(Self.tenantHeader, .text(text)))
      } else {
        problem("tenant", "is not a name in printable ASCII of at most \(Self.headerBytesMax) bytes")
      }
    }
    guard let node = node("headers") else { return found }
    guard let members = node.mapping else {
      problem("headers", "is \(node.kindInWords); write each as NAME: VALUE or NAME: {secretRef: env:NAME}")
      return found
    }
    guard members.count <= Self.headersMax else {
      problem("headers", "has \(members.count) entries; at most \(Self.headersMax) are sent")
      return found
    }
    for member in members {
      let key = "headers.\(member.key)"
      if let wrong = Self.problem(of: member.key) {
        problem(key, wrong)
      } else if found.contains(where: { $0.name.lowercased() == member.key.lowercased() }) {
        problem(key, "is given twice; \(Self.tenantHeader) is what tenant sets, and case does not count")
      } else if let secret = member.value["secretRef"] {
        guard member.value.mapping?.count == 1, let reference = secret.string.flatMap({ SecretRef($0) }) else {
          problem(key, "has a secretRef that is not a reference to a secret; write {secretRef: env:NAME} or file:PATH")
          continue
        }
        found.append(Header(member.key, .secret(reference)))
      } else if Self.isSecretive(member.key) {
        problem(key, "looks like a secret, which is never written in definitions; write {secretRef: env:NAME}")
      } else if let text = Self.text(member.value) {
        found.append(Header(member.key, .text(text)))
      } else {
        problem(key, "is not printable ASCII of at most \(Self.headerBytesMax) bytes")
      }
    }
    return found
  }

  /// A number is text here: tenants are often numbers.
  private static func text(_ node: Node) -> String? {
    guard let text = node.scalar?.text, !node.isNull, !text.isEmpty, text.utf8.count <= headerBytesMax,
      text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), text.first != " ", text.last != " "
    else { return nil }
    return text
  }

  /// Why a header of this name cannot be set. Names are tokens (RFC 9110, 5.6.2).
  private static func problem(of name: String) -> String? {
    let marks = Set("!#$%&'*+-.^_`|~".utf8)
    guard !name.isEmpty, name.utf8.count <= 128,
      name.utf8.allSatisfy({
        marks.contains($0) || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
      })
    else { return "is not the name of a header" }
    switch name.lowercased() {
    case "authorization": return "is what secretRef beside the url sets"
    case "host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "accept",
      "accept-encoding", "expect", "te", "trailer", "upgrade":
      return "is set by the request itself"
    default: return nil
    }
  }

  private static func isSecretive(_ name: String) -> Bool {
    let name = name.lowercased()
    return ["key", "token", "secret", "password", "cookie"].contains { name.contains($0) }
  }
}
