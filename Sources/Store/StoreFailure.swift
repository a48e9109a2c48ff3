/// Why a data directory or a file in it cannot be used: the thing, the place, the remedy.
public struct StoreFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public var message: String
  public init(_ message: String) { self.message = message }
  public var description: String { message }
}
