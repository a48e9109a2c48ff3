import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A bound socket that datagrams come in at, UDP or of this machine's file system.
final class DatagramSocket: Sendable {
  /// Why there is none, in a line for a person.
  struct Failure: Error, CustomStringConvertible { let description: String }

  private let descriptor: Int32
  private let path: String?
  /// The port that was bound; 0 for a socket of the file system.
  let port: Int

  /// Large enough for every datagram of UDP and for what clients send over sockets.
  static let datagramBytes = 64 << 10
  /// What the kernel may keep while the process is busy.
  private static let bufferBytes: Int32 = 4 << 20
  /// How often a quiet socket looks whether it shall end.
  private static let patience = 200_000

  private init(descriptor: Int32, path: String?, port: Int) {
    (self.descriptor, self.path, self.port) = (descriptor, path, port)
    var size = Self.bufferBytes
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout.size(ofValue: size)))
    var wait = timeval(tv_sec: 0, tv_usec: .init(Self.patience))
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout.size(ofValue: wait)))
  }

  private static var reason: String { String(cString: strerror(errno)) }

  #if canImport(Glibc)
    private static let datagram = Int32(SOCK_DGRAM.rawValue)
  #else
    private static let datagram = SOCK_DGRAM
  #endif

  /// - Parameter host: an IP address without brackets.
  static func udp(host: String, port: Int) throws(Failure) -> DatagramSocket {
    let isSix = host.contains(":")
    let descriptor = socket(isSix ? AF_INET6 : AF_INET, datagram, 0)
    guard descriptor >= 0 else { throw Failure(description: "no socket for \(host):\(port): \(reason)") }
    var bound: Int32 = -1
    if isSix {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = in_port_t(port).bigEndian
      inet_pton(AF_INET6, host, &address.sin6_addr)
      bound = bind(descriptor, &address)
    } else {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(port).bigEndian
      inet_pton(AF_INET, host, &address.sin_addr)
      bound = bind(descriptor, &address)
    }
    guard bound == 0 else {
      let reason = reason
      close(descriptor)
      throw Failure(description: "DogStatsD cannot listen on \(host):\(port): \(reason); choose another port")
    }
    return DatagramSocket(descriptor: descriptor, path: nil, port: localPort(descriptor))
  }

  /// Makes a socket that everybody on this machine may send to. One that a process before left behind is replaced.
  static func unix(path: String) throws(Failure) -> DatagramSocket {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room else {
      throw Failure(description: "\(path): the path of a socket has at most \(room - 1) bytes")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, datagram, 0)
    guard descriptor >= 0 else { throw Failure(description: "no socket for \(path): \(reason)") }
    var status = stat()
    if lstat(path, &status) == 0 {
      let isSocket = status.st_mode & S_IFMT == S_IFSOCK
      let isInUse = isSocket && connect(descriptor, &address) == 0
      guard isSocket, !isInUse else {
        close(descriptor)
        throw Failure(
          description: isSocket
            ? "\(path): another process listens there; stop it or choose another path"
            : "\(path) is there already and is no socket; choose another path")
      }
      unlink(path)
    }
    guard bind(descriptor, &address) == 0, chmod(path, 0o722) == 0 else {
      let reason = reason
      close(descriptor)
      throw Failure(description: "DogStatsD cannot listen on \(path): \(reason)")
    }
    return DatagramSocket(descriptor: descriptor, path: path, port: 0)
  }

  private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32 {
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
        bindSocket(descriptor, plain, socklen_t(MemoryLayout<Address>.size))
      }
    }
  }

  private static func connect(_ descriptor: Int32, _ address: inout sockaddr_un) -> Int32 {
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
        connectSocket(descriptor, plain, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  private static func localPort(_ descriptor: Int32) -> Int {
    var address = sockaddr_in6()
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    // The port stands at the same place in both kinds of addresses.
    return result == 0 ? Int(in_port_t(bigEndian: address.sin6_port)) : 0
  }

  /// Waits a moment for a datagram. `nil` when none came; a count larger than the buffer for one that was cut off.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC))
    return count >= 0 ? count : nil
  }

  /// Datagrams that the kernel threw away because its buffer was full.
  var kernelDrops: Int {
    // SO_MEMINFO gives nine words, the last of which counts drops (linux/sock_diag.h).
    var words = [UInt32](repeating: 0, count: 9)
    var length = socklen_t(words.count * 4)
    guard getsockopt(descriptor, SOL_SOCKET, 55, &words, &length) == 0, length == 36 else { return 0 }
    return Int(words[8])
  }

  func end() {
    close(descriptor)
    if let path { unlink(path) }
  }
}

// The type's own methods hide the functions of the C library.
private func bindSocket(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  bind(descriptor, address, length)
}

private func connectSocket(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  connect(descriptor, address, length)
}
