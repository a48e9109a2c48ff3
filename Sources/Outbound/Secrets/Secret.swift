/// A value that must not be shown. Printing, interpolating or dumping it gives `(secret)`.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let value: String

  public init(_ value: String) { self.value = value }

  /// The value itself, for the one place that sends it.
  public func reveal() -> String { value }

  public var description: String { "(secret)" }
  public var debugDescription: String { "(secret)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Where a secret is to be read: `env:NAME` or `file:PATH`.
public struct SecretRef: Sendable, Hashable, LosslessStringConvertible {
  public enum Source: Sendable, Hashable {
    case environment(String)
    case file(String)
  }

  public var source: Source

  public init(_ source: Source) { self.source = source }

  /// `nil` for anything that is neither `env:` with a name nor `file:` with a path.
  public init?(_ text: String) {
    if text.hasPrefix("env:"), Self.isName(text.dropFirst(4)) {
      source = .environment(String(text.dropFirst(4)))
    } else if text.hasPrefix("file:"), text.utf8.count > 5, !text.utf8.contains(0) {
      source = .file(String(text.dropFirst(5)))
    } else {
      return nil
    }
  }

  public var description: String {
    switch source {
    case .environment(let name): "env:\(name)"
    case .file(let path): "file:\(path)"
    }
  }

  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
    return text.utf8.allSatisfy { ($0 | 32) >= 97 && ($0 | 32) <= 122 || (48...57).contains($0) || $0 == 95 }
  }
}

/// A setting that is either written out or read from elsewhere at the time of use.
public enum Setting: Sendable, Hashable {
  case literal(String)
  case secret(SecretRef)
}
