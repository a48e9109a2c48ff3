import Base
import Foundation

/// Talks to HAProxy's runtime API, a connection a command, on a thread of its own.
struct HAProxyStep: Sendable {
  /// Bytes of one answer; what comes after is dropped.
  private static let answerMax = 4 << 20

  var commands: HAProxyCommands
  var timeout: Interval

  func perform(into output: StepOutput, control: StepControl) async -> StepEnd {
    await withCheckedContinuation { continuation in
      let thread = Thread { continuation.resume(returning: performNow(into: output, control: control)) }
      thread.name = "haproxy"
      thread.stackSize = 512 << 10
      thread.start()
    }
  }

  private func performNow(into output: StepOutput, control: StepControl) -> StepEnd {
    let deadline = SystemClock.monotonic() + timeout.nanoseconds
    for command in commands.commands {
      output.take("> \(command)\n")
      switch ask(command, deadline: deadline, control: control) {
      case .failure(let failure): return failure.end
      case .success(let answer):
        let (text, error) = HAProxyCommands.read(String(decoding: answer, as: UTF8.self))
        if !text.isEmpty { output.take(text + "\n") }
        if let error { return StepEnd(.failed, detail: "HAProxy refused '\(command.prefix(80))': \(error)") }
      }
    }
    return StepEnd(.done)
  }

  private struct Failure: Error {
    var end: StepEnd
    init(_ detail: String, _ result: StepEnd.Result = .failed) { end = StepEnd(result, detail: detail) }
    init(stop: StepStop) { end = StepEnd.stopped(stop) }
  }

  private func ask(_ command: String, deadline: Int64, control: StepControl) -> Result<[UInt8], Failure> {
    let socket: Int32
    switch connected(deadline: deadline, control: control) {
    case .failure(let failure): return .failure(failure)
    case .success(let open): socket = open
    }
    defer { close(socket) }
    var request = Array(HAProxyCommands.wire(command).utf8)[...]
    while !request.isEmpty {
      let sent = request.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if sent > 0 {
        request = request.dropFirst(sent)
      } else if errno == EAGAIN || errno == EINTR {
        if let failure = wait(socket, POLLOUT, deadline, control) { return .failure(failure) }
      } else {
        return .failure(Failure("the connection to HAProxy broke: \(Self.text(errno))"))
      }
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let got = recv(socket, &buffer, buffer.count, 0)
      if got > 0 {
        if answer.count < Self.answerMax { answer += buffer[..<got] }
      } else if got == 0 {
        return .success(answer)
      } else if errno == EAGAIN || errno == EINTR {
        if let failure = wait(socket, POLLIN, deadline, control) { return .failure(failure) }
      } else {
        return .failure(Failure("the connection to HAProxy broke: \(Self.text(errno))"))
      }
    }
  }

  /// Waits until the socket is ready; what went wrong otherwise.
  private func wait(_ socket: Int32, _ events: Int32, _ deadline: Int64, _ control: StepControl) -> Failure? {
    var polled = [
      pollfd(fd: socket, events: Int16(events), revents: 0),
      pollfd(fd: control.wakeEnd, events: Int16(POLLIN), revents: 0),
    ]
    let left = deadline - SystemClock.monotonic()
    guard left > 0 else { return Failure("no answer of HAProxy within \(timeout.text)", .timedOut) }
    poll(&polled, 2, Int32(clamping: left / 1_000_000 + 1))
    return control.stop.map { Failure(stop: $0) }
  }

  private func connected(deadline: Int64, control: StepControl) -> Result<Int32, Failure> {
    switch commands.place {
    case .socket(let path):
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connected(AF_UNIX, $0, socklen_t(MemoryLayout<sockaddr_un>.size), name: path, deadline, control)
        }
      }
    case .address(let host, let port):
      var hints = addrinfo()
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      var found: UnsafeMutablePointer<addrinfo>?
      guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let first = found else {
        return .failure(Failure("no address is known for '\(host)'"))
      }
      defer { freeaddrinfo(first) }
      var result: Result<Int32, Failure> = .failure(Failure("no address is known for '\(host)'"))
      for entry in sequence(first: first, next: { $0.pointee.ai_next }) {
        result = connected(
          entry.pointee.ai_family, entry.pointee.ai_addr, entry.pointee.ai_addrlen, name: "\(host):\(port)", deadline,
          control)
        if case .success = result { break }
      }
      return result
    }
  }

  private func connected(
    _ family: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t, name: String, _ deadline: Int64,
    _ control: StepControl
  ) -> Result<Int32, Failure> {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let open = socket(family, type, 0)
    guard open >= 0 else { return .failure(Failure("no socket: \(Self.text(errno))")) }
    if connect(open, address, length) == 0 { return .success(open) }
    guard errno == EINPROGRESS || errno == EAGAIN else {
      let reason = Self.text(errno)
      close(open)
      return .failure(Failure("HAProxy at \(name) cannot be reached: \(reason)"))
    }
    if let failure = wait(open, POLLOUT, deadline, control) {
      close(open)
      return .failure(failure)
    }
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(open, SOL_SOCKET, SO_ERROR, &code, &size)
    guard code == 0 else {
      close(open)
      return .failure(Failure("HAProxy at \(name) cannot be reached: \(Self.text(code))"))
    }
    return .success(open)
  }

  private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
