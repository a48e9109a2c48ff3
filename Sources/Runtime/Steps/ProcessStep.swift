import Base
import Events
import Foundation

/// What became of one performance of a step.
public struct StepEnd: Sendable, Hashable {
  public enum Result: String, Sendable {
    case done, failed, timedOut
    /// Its run was cancelled or automation was stopped.
    case stopped
    /// The server stopped before it was over: what it did is not known.
    case lost
  }

  public var result: Result
  /// The exit code of a process, or the status of an answer.
  public var exit: Int?
  /// One line for a person.
  public var detail: String?
  /// What it leaves in the environment of the steps after it.
  public var exports: [RunVariable] = []

  public init(_ result: Result, exit: Int? = nil, detail: String? = nil) {
    self.result = result
    self.exit = exit
    self.detail = detail
  }

  static func stopped(_ reason: StepStop) -> StepEnd {
    switch reason {
    case .cancelled: StepEnd(.stopped, detail: "ended because the run was cancelled")
    case .automationStopped(let why): StepEnd(.stopped, detail: "ended because automation was stopped\(why)")
    case .serverStops: StepEnd(.lost, detail: "the server stopped before it was over")
    }
  }
}

/// A step that processes perform.
struct ProcessStep: Sendable {
  /// Performed one after the other; the first that fails ends the step.
  var commands: [[String]]
  /// What `StepSandbox.scriptInside` (or descriptor 3) holds.
  var script: [UInt8]?
  /// Whether the script is a shell's, with the prologue that says what it exports.
  var isExporting = false
  var variables = StepVariables([])
  var bounds = StepBounds()
  var directory: String?
  var timeout: Interval?
  /// The exit codes that mean success.
  var success: Set<Int> = [0]
}

extension ProcessStep {
  /// Where steps of one server are told from those of others.
  struct Place: Sendable {
    var sandbox: StepSandbox
    /// Names the server: `MAINSTAY_RUNNER=…` in the environment of all its steps.
    var server: String
    /// Where steps without a sandbox have their private directories.
    var temporary: String
    var grace = StepProcess.grace
  }

  /// Performs the step on a thread of its own.
  func perform(
    as key: StepKey, slot: Int, in place: Place, into output: StepOutput, control: StepControl
  ) async -> StepEnd {
    if let problem = variables.problem { return StepEnd(.failed, detail: problem) }
    return await withCheckedContinuation { continuation in
      let thread = Thread {
        continuation.resume(
          returning: perform(as: key, slot: slot, in: place, into: output, control: control, directory: directory))
      }
      thread.name = "step"
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  private func perform(
    as key: StepKey, slot: Int, in place: Place, into output: StepOutput, control: StepControl, directory: String?
  ) -> StepEnd {
    let sandbox = place.sandbox
    let deadline = timeout.map { Instant(nanoseconds: SystemClock.monotonic()) + $0 }
    var own: PrivateDirectory?
    if sandbox.kind == .none {
      do {
        own = try PrivateDirectory(in: place.temporary, server: place.server, owner: sandbox.owner(slot: slot))
      } catch {
        return StepEnd(.failed, detail: "\(error)")
      }
    }
    defer { own?.remove() }
    let collected = isExporting ? ExportedVariables() : nil
    let home = own?.path ?? "/tmp"
    for command in commands {
      var launch = StepProcess.Launch(
        arguments: sandbox.commandLine(
          command, slot: slot, bounds: bounds, directory: directory ?? home, hasScript: script != nil,
          exists: { access($0, F_OK) == 0 }, link: { try? FileManager.default.destinationOfSymbolicLink(atPath: $0) }),
        environment: environment(key, place, home: home), directory: nil, script: script,
        marker: "MAINSTAY_PERFORMANCE=\(key.text)", ownUser: sandbox.user == nil ? sandbox.owner(slot: slot)?.uid : nil,
        isSandboxed: sandbox.kind == .bubblewrap)
      launch.owner = sandbox.owner(slot: slot)
      launch.collect = collected?.file ?? -1
      if sandbox.kind == .none { launch.directory = directory ?? home }
      let ending = StepProcess.run(
        launch, control: control, deadline: deadline, grace: place.grace, output: { output.take($0) })
      if let end = end(ending, of: command) { return end }
    }
    var end = StepEnd(.done, exit: commands.isEmpty ? nil : 0)
    end.exports = exports(collected, into: output)
    return end
  }

  /// What an ending means; `nil` where the next command follows.
  private func end(_ ending: StepProcess.Ending, of command: [String]) -> StepEnd? {
    switch ending {
    case .exited(let code) where success.contains(code): nil
    case .exited(let code) where code > 128 && code <= 128 + 64:
      StepEnd(.failed, exit: code, detail: "ended by signal \(Self.signal(code - 128)) (exit code \(code))")
    case .exited(127): StepEnd(.failed, exit: 127, detail: "exit code 127: a program that it needs is not installed")
    case .exited(let code): StepEnd(.failed, exit: code, detail: "exit code \(code)")
    case .signalled(let number):
      StepEnd(.failed, exit: 128 + number, detail: "ended by signal \(Self.signal(number))")
    case .timedOut:
      StepEnd(.timedOut, detail: "not over within \(timeout?.text ?? "its time"); its processes were ended")
    case .stopped(let reason): StepEnd.stopped(reason)
    case .notStarted(let reason): StepEnd(.failed, detail: reason)
    }
  }

  private static func signal(_ number: Int) -> String {
    let names = [
      1: "HUP", 2: "INT", 3: "QUIT", 6: "ABRT", 9: "KILL", 11: "SEGV", 13: "PIPE", 15: "TERM", 24: "XCPU", 25: "XFSZ",
    ]
    return names[number] ?? "\(number)"
  }

  private func environment(_ key: StepKey, _ place: Place, home: String) -> [String] {
    let own = [
      ("PATH", StepProcess.path.joined(separator: ":")), ("HOME", home), ("TMPDIR", home), ("LANG", "C.UTF-8"),
      ("TERM", "dumb"), ("USER", "mainstay"), ("LOGNAME", "mainstay"), ("SHELL", "/bin/sh"),
      ("MAINSTAY_RUNNER", place.server), ("MAINSTAY_PERFORMANCE", key.text),
    ]
    return own.map { "\($0)=\($1)" } + variables.values.map { "\($0.name)=\($0.value)" }
  }
}

/// A directory that only one step may use, gone after it.
struct PrivateDirectory {
  let path: String

  init(in parent: String, server: String, owner: (uid: UInt32, gid: UInt32)?) throws {
    var template = Array("\(parent)/mainstay-\(server)-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else {
      throw StepVariables.Problem(description: "no private directory in \(parent): \(String(cString: strerror(errno)))")
    }
    path = String(cString: made)
    if let owner { chown(path, owner.uid, owner.gid) }
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// Removes what a server that died has left.
  static func sweep(in parent: String, server: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    where name.hasPrefix("mainstay-\(server)-") {
      try? FileManager.default.removeItem(atPath: "\(parent)/\(name)")
    }
  }
}
