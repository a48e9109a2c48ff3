#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why the server cannot listen, in a line for a person.
public struct ListenFailure: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }

  /// - Parameter code: the system's error on binding `address`.
  init(_ address: String, _ code: CInt) {
    switch code {
    case EADDRINUSE:
      description = "\(address) is in use; stop what listens there, or choose another with --listen"
    case EACCES:
      description = "\(address) may not be listened on by this user; choose a port above 1023 with --listen"
    case EADDRNOTAVAIL:
      description = "\(address) is not an address of this machine; choose another with --listen"
    default: description = "\(address) cannot be listened on: \(String(cString: strerror(code)))"
    }
  }
}
