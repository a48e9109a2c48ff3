import Base
import Foundation

extension ProcessStep {
  /// Where the interpreter finds the script.
  static func scriptPath(_ kind: StepSandbox.Kind) -> String {
    kind == .bubblewrap ? StepSandbox.scriptInside : "/proc/self/fd/3"
  }
}

/// Tries whether steps can be kept apart on this machine.
public enum SandboxProbe {
  /// Why they cannot, in words for a person; `nil` where they can.
  public static func problem(of sandbox: StepSandbox) -> String? {
    let output = StepOutput(secrets: [])
    var bounds = StepBounds()
    bounds.processes = 64
    let line = sandbox.commandLine(
      ["true"], slot: 0, bounds: bounds, directory: "/tmp", hasScript: false, exists: { access($0, F_OK) == 0 },
      link: { try? FileManager.default.destinationOfSymbolicLink(atPath: $0) })
    let launch = StepProcess.Launch(
      arguments: line, environment: ["PATH=\(StepProcess.path.joined(separator: ":"))"], directory: "/", script: nil,
      marker: "MAINSTAY_PERFORMANCE=probe", ownUser: nil, isSandboxed: sandbox.kind == .bubblewrap)
    let deadline = Instant(nanoseconds: SystemClock.monotonic()) + .seconds(10)
    let ending = StepProcess.run(launch, control: StepControl(), deadline: deadline, grace: .zero) { output.take($0) }
    output.end()
    switch ending {
    case .exited(0): return nil
    case .notStarted(let reason): return reason
    case .timedOut: return "\(line[0]) did not end within 10 s"
    default:
      let said = String(decoding: output.kept.bytes, as: UTF8.self).split(separator: "\n").last.map(String.init)
      return said ?? "\(line[0]) failed: \(ending)"
    }
  }
}
