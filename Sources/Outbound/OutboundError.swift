import Base

/// Why a call to somewhere else brought no answer.
///
/// The text names the other side by its origin only (`https://hooks.example.com`): paths and queries of webhooks are
/// secrets, and an error ends up in logs and on pages.
public struct OutboundError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: String, Sendable {
    /// The request itself cannot be made: a bad URL, a refused header. Trying again cannot help.
    case invalid
    /// A secret that the request needs cannot be read.
    case secret
    /// No connection: refused, unreachable, no such host.
    case connect
    /// The other side could not prove who it is, or speaks no TLS that we accept.
    case tls
    case timeout
    /// The answer is larger than the caller allows.
    case tooLarge
    /// Too many calls to this host are under way already.
    case busy
    /// The answer is not what the protocol allows, or broke off.
    case broken
    /// The caller's task was cancelled.
    case cancelled
  }

  public var kind: Kind
  /// One line for a person.
  public var text: String

  public init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text.singleLine(limit: 500)
  }

  public var description: String { text }

  /// Whether the same call may succeed later. Only a request that cannot be made at all is hopeless.
  public var mayPass: Bool { kind != .invalid }
}

extension String {
  /// The text on one line, control characters replaced by spaces, cut at `limit` characters: other people's words go
  /// into our logs and pages.
  func singleLine(limit: Int) -> String {
    var line = ""
    var count = 0
    var pendingSpace = false
    for scalar in unicodeScalars {
      // Characters that turn the direction of what follows would have a title show something else than it says.
      if (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value) { continue }
      if scalar.properties.isWhitespace || scalar.properties.generalCategory == .control {
        pendingSpace = !line.isEmpty
        continue
      }
      if count + (pendingSpace ? 2 : 1) > limit { return line + "…" }
      if pendingSpace {
        line.unicodeScalars.append(" ")
        count += 1
        pendingSpace = false
      }
      line.unicodeScalars.append(scalar)
      count += 1
    }
    return line
  }
}
