import Base
import CProcess

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// One process of a step with everything it starts, from its start to the death of the last of them.
///
/// Everything happens on the calling thread, which has to live as long as the process: the kernel kills bubblewrap when
/// the thread that started it is gone, which is what leaves nothing behind when the server is killed.
struct StepProcess {
  enum Ending: Sendable, Equatable {
    case exited(Int)
    case signalled(Int)
    case timedOut
    case stopped(StepStop)
    case notStarted(String)
  }

  struct Launch {
    /// With its path as the first word.
    var arguments: [String]
    /// `NAME=VALUE`.
    var environment: [String]
    /// Where it begins, outside of a sandbox.
    var directory: String?
    var script: [UInt8]?
    /// A file for what the process says at its end, as descriptor `ExportedVariables.descriptor`; -1 for none.
    var collect: Int32 = -1
    /// Which processes are this step's, wherever they went: this variable is in their environment.
    var marker: String
    /// The user that is this step's alone.
    var ownUser: UInt32?
    /// Who may open its output anew, as scripts do that write to `/dev/stderr`.
    var owner: (uid: UInt32, gid: UInt32)?
    var isSandboxed: Bool
  }

  /// How long processes have to end by themselves after they were asked to.
  static let grace = Interval.seconds(10)
  private static let readSize = 256 << 10

  private let launch: Launch
  private let control: StepControl
  private let deadline: Instant?
  private let grace: Interval
  private var root: pid_t = 0
  private var asked: Instant?
  private var hasTimedOut = false

  /// - Parameter deadline: on the monotonic clock.
  static func run(
    _ launch: Launch, control: StepControl, deadline: Instant?, grace: Interval = Self.grace,
    output: (UnsafeRawBufferPointer) -> Void
  ) -> Ending {
    var process = StepProcess(launch: launch, control: control, deadline: deadline, grace: grace)
    return process.perform(output)
  }

  private init(launch: Launch, control: StepControl, deadline: Instant?, grace: Interval) {
    self.launch = launch
    self.control = control
    self.deadline = deadline
    self.grace = grace
  }

  private static func now() -> Instant { Instant(nanoseconds: SystemClock.monotonic()) }

  private mutating func perform(_ output: (UnsafeRawBufferPointer) -> Void) -> Ending {
    if let stop = control.stop { return .stopped(stop) }
    var ends: [Int32] = [-1, -1]
    guard cprocess_pipe(&ends) == 0 else { return .notStarted("no pipe for its output: \(Self.text(errno))") }
    defer { close(ends[0]) }
    if let owner = launch.owner { fchown(ends[1], owner.uid, owner.gid) }
    let failure = start(output: ends[1])
    close(ends[1])
    if let failure { return .notStarted(failure) }
    let watch = cprocess_pidfd(root)
    defer { if watch >= 0 { close(watch) } }
    let status = follow(pipe: ends[0], watch: watch, output)
    // The first process has ended: whatever it left behind goes with it.
    endRest()
    drain(ends[0], output)
    if let stop = control.stop, asked != nil, !hasTimedOut { return .stopped(stop) }
    if hasTimedOut { return .timedOut }
    return status >= 256 ? .signalled(status - 256) : .exited(status)
  }

  private mutating func start(output: Int32) -> String? {
    var script: Int32 = -1
    if let bytes = launch.script {
      script = bytes.withUnsafeBytes { cprocess_sealed_file($0.baseAddress, $0.count) }
      guard script >= 0 else { return "no room for its script: \(Self.text(errno))" }
    }
    defer { if script >= 0 { close(script) } }
    guard let path = Self.find(launch.arguments[0]) else {
      return "\(launch.arguments[0]) is not installed on the server"
    }
    var arguments: [UnsafeMutablePointer<CChar>?] = launch.arguments.map { strdup($0) } + [nil]
    var environment: [UnsafeMutablePointer<CChar>?] = launch.environment.map { strdup($0) } + [nil]
    defer { (arguments + environment).forEach { free($0) } }
    let failed = cprocess_spawn(path, &arguments, &environment, launch.directory, output, script, launch.collect, &root)
    guard failed != 0 else { return nil }
    return failed == E2BIG
      ? "its inputs are larger than the system takes as environment: 128 KiB each, 2 MiB together"
      : "\(path) cannot be started: \(Self.text(failed))"
  }

  /// Reads until the first process has ended, and sees to time and stops. Returns how it ended.
  private mutating func follow(pipe: Int32, watch: Int32, _ output: (UnsafeRawBufferPointer) -> Void) -> Int {
    var isOpen = true
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readSize, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      if isOpen { isOpen = Self.read(pipe, buffer, output) }
      let status = Int(cprocess_reap(root))
      if status >= 0 { return status }
      let wait = press()
      var polled = [
        pollfd(fd: isOpen ? pipe : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: watch, events: Int16(POLLIN), revents: 0),
        pollfd(fd: control.wakeEnd, events: Int16(POLLIN), revents: 0),
      ]
      // Without a descriptor to watch the process by, look now and then.
      poll(&polled, 3, watch >= 0 ? wait : min(wait, 50))
      if polled[2].revents != 0 { control.drain() }
    }
  }

  /// Asks the processes to end, or ends them, as time and the control say. Returns the milliseconds until it has to
  /// look again.
  private mutating func press() -> Int32 {
    let now = Self.now()
    if let deadline, now >= deadline, control.stop == nil { hasTimedOut = true }
    if let stop = control.stop, stop.isImmediate {
      asked = asked ?? now
      killAll()
      return 100
    }
    guard hasTimedOut || control.stop != nil else {
      return deadline.map { Self.milliseconds(until: $0, now) } ?? 3_600_000
    }
    guard let asked else {
      self.asked = now
      tell(SIGTERM)
      return Self.milliseconds(until: now + grace, now)
    }
    if now >= asked + grace {
      killAll()
      return 100
    }
    return Self.milliseconds(until: asked + grace, now)
  }

  private static func milliseconds(until time: Instant, _ now: Instant) -> Int32 {
    Int32(clamping: (time - now).milliseconds + 1)
  }

  /// - Returns: whether the pipe is still open. Stops after a few buffers, so that time and stops are seen to.
  private static func read(
    _ pipe: Int32, _ buffer: UnsafeMutableRawBufferPointer, _ output: (UnsafeRawBufferPointer) -> Void
  ) -> Bool {
    for _ in 0..<16 {
      let got = Glibc.read(pipe, buffer.baseAddress, buffer.count)
      if got > 0 {
        output(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
      } else if got == 0 {
        return false
      } else if errno != EINTR {
        return errno == EAGAIN
      }
    }
    return true
  }

  // MARK: The end

  /// Every process of the step that is still there.
  private func remaining() -> [ProcessTable.Entry] {
    let table = ProcessTable.read()
    var found = table.tree(of: [root])
    var seen = Set(found.map(\.id))
    let me = getpid()
    let others = table.entries.values.filter { entry in
      guard !seen.contains(entry.id), entry.id != me else { return false }
      if entry.session == root { return true }
      if let user = launch.ownUser, ProcessTable.owner(entry.id) == user { return true }
      return ProcessTable.environment(of: entry.id, has: launch.marker)
    }
    for entry in table.tree(of: others.map(\.id)) where seen.insert(entry.id).inserted { found.append(entry) }
    return found.filter { !$0.isZombie && $0.id != me }
  }

  /// Sends a signal to all but bubblewrap itself, which would take the rest with it at once.
  private func tell(_ signal: Int32) {
    for entry in remaining() {
      if launch.isSandboxed, entry.id == root || ProcessTable.isNamespaceInit(entry.id) { continue }
      kill(entry.id, signal)
    }
  }

  private func killAll() {
    kill(root, SIGKILL)
    kill(-root, SIGKILL)
    // The kernel empties bubblewrap's process namespace with its first process; without one they are looked for.
    if !launch.isSandboxed { _ = killRemaining() }
  }

  /// Stops all that are left before it kills them: a stopped process forks no more, so that nothing outruns this.
  ///
  /// - Returns: whether there were any.
  private func killRemaining() -> Bool {
    var stopped: Set<ProcessTable.Entry> = []
    for _ in 0..<100 {
      let new = remaining().filter { $0.id != root && stopped.insert($0).inserted }
      if new.isEmpty { break }
      for entry in new { kill(entry.id, SIGSTOP) }
    }
    for entry in stopped { kill(entry.id, SIGKILL) }
    return !stopped.isEmpty
  }

  /// After the first process ended: kills what it left, until nothing is left.
  private func endRest() {
    for round in 0..<200 {
      kill(-root, SIGKILL)
      if !killRemaining() { return }
      usleep(round < 10 ? 2_000 : 20_000)
    }
  }

  private func drain(_ pipe: Int32, _ output: (UnsafeRawBufferPointer) -> Void) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readSize, alignment: 16)
    defer { buffer.deallocate() }
    // What was printed is in the pipe, which is no longer than this.
    for _ in 0..<4 where !Self.read(pipe, buffer, output) { return }
  }

  /// Where the system keeps programs.
  static let path = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]

  private static func find(_ program: String) -> String? {
    if program.hasPrefix("/") { return program }
    return path.lazy.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
  }

  private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
