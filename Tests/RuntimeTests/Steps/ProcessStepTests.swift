import Base
import Foundation
import Testing

@testable import Runtime

/// Steps in real processes: with bubblewrap where it works here, and always without.
@Suite(.serialized)
struct ProcessStepTests {
  private static let user: UInt32 = 1_987_650_000
  private static let server = "test-\(getpid())"

  static func sandbox(_ kind: StepSandbox.Kind) -> StepSandbox {
    StepSandbox(kind: kind, isRoot: geteuid() == 0, firstUser: user)
  }

  /// The kinds that can be had on this machine.
  static let kinds: [StepSandbox.Kind] =
    SandboxProbe.problem(of: sandbox(.bubblewrap)) == nil ? [.bubblewrap, .none] : [.none]

  private func perform(
    _ script: String, _ kind: StepSandbox.Kind, timeout: Interval? = .seconds(30), grace: Interval = .seconds(1),
    variables: [(name: String, value: String)] = [], secrets: [String] = [], slot: Int = 3,
    control: StepControl = StepControl(), _ adjust: (inout StepBounds) -> Void = { _ in }
  ) async -> (end: StepEnd, output: String, total: Int) {
    var step = ProcessStep(commands: [["bash", ProcessStep.scriptPath(kind)]], script: Array(script.utf8))
    step.variables = StepVariables(variables)
    step.timeout = timeout
    adjust(&step.bounds)
    var ids = IDGenerator(seed: UInt64(slot))
    let key = StepKey(run: ids.next(at: .epoch), index: 0, attempt: 1, undo: false)
    let output = StepOutput(secrets: secrets)
    let place = ProcessStep.Place(
      sandbox: Self.sandbox(kind), server: Self.server, temporary: NSTemporaryDirectory(), grace: grace)
    let end = await step.perform(as: key, slot: slot, in: place, into: output, control: control)
    output.end()
    let kept = output.kept
    return (end, String(decoding: kept.bytes, as: UTF8.self), kept.total)
  }

  @Test(arguments: kinds) func bothStreamsComeInOrderWithTheExitCode(_ kind: StepSandbox.Kind) async {
    let ran = await perform("echo one; echo two >&2; echo three; exit 3", kind)
    #expect(ran.output == "one\ntwo\nthree\n")
    #expect(ran.end == StepEnd(.failed, exit: 3, detail: "exit code 3"))
    let good = await perform("cat; pwd; echo $TMPDIR", kind)
    #expect(good.end == StepEnd(.done, exit: 0))
  }

  @Test(arguments: kinds) func itsOutputCanBeOpenedByItsName(_ kind: StepSandbox.Kind) async {
    let ran = await perform("echo one > /dev/stdout; echo two | tee /dev/stderr; echo three >> /dev/fd/2", kind)
    #expect(ran.output.split(separator: "\n").sorted() == ["one", "three", "two", "two"] && ran.end.result == .done)
  }

  @Test(arguments: kinds) func inputsAreVariablesWhateverIsInThem(_ kind: StepSandbox.Kind) async {
    let hostile = "$(touch /tmp/owned); `id` 'x' \"y\" && rm -rf / \n newline \\ {{}} ${PATH}"
    let long = String(repeating: "x", count: 64 << 10)
    let ran = await perform(
      #"printf '%s|' "$HOSTILE"; printf '%s' "$LONG" | wc -c; env | cut -d= -f1 | sort | head -50 | tr '\n' ' '"#, kind,
      variables: [("HOSTILE", hostile), ("LONG", long)])
    #expect(ran.output.hasPrefix("\(hostile)|65536\n"), "\(ran.output.prefix(300))")
    #expect(!ran.output.contains("SWIFT") && ran.end.result == .done)
  }

  @Test(arguments: kinds) func whatNoVariableCanHoldIsRefused(_ kind: StepSandbox.Kind) async {
    for (name, value, word) in [
      ("BIG", String(repeating: "x", count: 1 << 20), "128 KiB"), ("LD_PRELOAD", "/tmp/x.so", "start"),
      ("BASH_ENV", "/tmp/x", "start"), ("A-B", "x", "name"), ("ZERO", "a\0b", "zero byte"),
    ] {
      let ran = await perform("echo ran", kind, variables: [(name, value)])
      #expect(ran.end.result == .failed && ran.end.detail?.contains(word) == true, "\(ran.end)")
      #expect(ran.output == "")
    }
  }

  @Test(arguments: kinds) func aScriptThatRewritesItsFileChangesNothing(_ kind: StepSandbox.Kind) async {
    let ran = await perform(
      """
      echo first
      for file in "$0" /proc/self/fd/3 "${BASH_SOURCE[0]}"; do
        chmod 777 "$file"; echo 'echo owned' >> "$file"; printf 'echo owned #' 1<> "$file"; rm -f "$file"
      done 2>/dev/null
      echo last
      """, kind)
    #expect(ran.output == "first\nlast\n")
    #expect(ran.end.result == .done)
  }

  @Test(arguments: kinds) func aTimeoutEndsAllOfIt(_ kind: StepSandbox.Kind) async {
    let ran = await perform(
      "trap 'echo asked; sleep 0.1; exit 0' TERM; echo begun; sleep 1000 & while true; do sleep 0.05; done", kind,
      timeout: .milliseconds(400), grace: .seconds(5))
    #expect(ran.output.hasPrefix("begun\n") && ran.output.hasSuffix("asked\n"))
    #expect(ran.end.result == .timedOut)
    let start = SystemClock.monotonic()
    let deaf = await perform(
      "trap '' TERM; while true; do :; done", kind, timeout: .milliseconds(200), grace: .milliseconds(300))
    #expect(deaf.end.result == .timedOut)
    #expect(SystemClock.monotonic() - start < 5_000_000_000)
  }

  @Test(arguments: kinds) func nothingThatWentIntoTheBackgroundIsLeft(_ kind: StepSandbox.Kind) async {
    let mark = "mainstay-left-\(UInt64.random(in: 0...UInt64.max))"
    let ran = await perform(
      """
      setsid bash -c 'exec -a \(mark) sleep 300' >/dev/null 2>&1 &
      ( ( setsid nohup bash -c 'exec -a \(mark) sleep 300' </dev/null >/dev/null 2>&1 & ) & )
      env -i setsid bash -c 'bash -c "exec -a \(mark) sleep 300" & exec -a \(mark) sleep 300' >/dev/null 2>&1 &
      sleep 0.3
      echo over
      """, kind)
    #expect(ran.output == "over\n" && ran.end.result == .done)
    #expect(Self.running(mark) == [])
  }

  private static func running(_ mark: String) -> [Int32] {
    ProcessTable.ids().filter { id in
      guard let line = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else { return false }
      return String(decoding: line, as: UTF8.self).hasPrefix(mark)
    }
  }

  @Test(arguments: kinds) func aForkBombIsBounded(_ kind: StepSandbox.Kind) async throws {
    // Without a user of its own the limit would count all processes of this user.
    guard geteuid() == 0 || kind == .bubblewrap else { return }
    async let bomb = perform(
      "bomb() { bomb | bomb & }; bomb; sleep 2; echo survived", kind, timeout: .seconds(3), grace: .milliseconds(100)
    ) { $0.processes = 60 }
    try await Task.sleep(for: .seconds(1))
    let owned = ProcessTable.ids().filter { ProcessTable.owner($0) == Self.user + 3 }
    #expect(owned.count > 20 && owned.count <= 70)
    _ = await bomb
    // Dead ones may wait for the machine's first process to take note of them.
    let left = ProcessTable.ids().filter { ProcessTable.owner($0) == Self.user + 3 }.compactMap(ProcessTable.entry)
    #expect(left.filter { !$0.isZombie } == [])
  }

  @Test(arguments: kinds) func memoryAndFilesAreBounded(_ kind: StepSandbox.Kind) async {
    let memory = await perform("x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}", kind) {
      $0.memory = 64 << 20
    }
    #expect(memory.end.result == .failed || !memory.output.contains("300000000"), "\(memory)")
    let file = await perform("head -c 50000000 /dev/zero > big; ls -l big | cut -d' ' -f5", kind) {
      $0.fileSize = 1 << 20
    }
    #expect(file.output.hasSuffix("\n1048576\n"), "\(file)")
  }

  @Test(arguments: kinds) func oneGigabyteCostsNeitherMemoryNorMuchTime(_ kind: StepSandbox.Kind) async {
    let start = SystemClock.monotonic()
    let before = Self.resident()
    let ran = await perform(
      "echo begin; head -c 1000000000 /dev/zero | tr '\\0' y; echo; echo end hunter22", kind, timeout: .seconds(120),
      secrets: ["hunter22"])
    let seconds = Double(SystemClock.monotonic() - start) / 1e9
    #expect(ran.total == 1_000_000_000 + 6 + 1 + 8)
    #expect(ran.output.hasPrefix("begin\nyyyy") && ran.output.hasSuffix("yyyy\nend ***\n"))
    #expect(ran.output.contains("bytes left out"))
    #expect(ran.output.utf8.count < 300 << 10)
    #expect(Self.resident() - before < 64 << 20)
    #expect(seconds < 60, "\(seconds) s")
    print("1 GB with \(kind): \(seconds) s")
  }

  private static func resident() -> Int {
    let text = FileManager.default.contents(atPath: "/proc/self/statm").map { String(decoding: $0, as: UTF8.self) }
    return (text?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4_096
  }

  @Test(arguments: kinds) func aStopIsAnsweredAtOnce(_ kind: StepSandbox.Kind) async throws {
    for (reason, result) in [
      (StepStop.automationStopped(""), StepEnd.Result.stopped), (.serverStops, .lost), (.cancelled, .stopped),
    ] {
      let control = StepControl()
      let start = SystemClock.monotonic()
      async let ran = perform("trap '' TERM; sleep 100", kind, grace: .milliseconds(200), control: control)
      try await Task.sleep(for: .milliseconds(200))
      control.end(reason)
      #expect(await ran.end.result == result)
      #expect(SystemClock.monotonic() - start < 3_000_000_000)
    }
  }

  @Test(.enabled(if: kinds.contains(.bubblewrap))) func theSandboxHasNoNetworkAndAReadOnlySystem() async throws {
    let writable = NSTemporaryDirectory() + "mainstay-write-\(getpid())"
    try FileManager.default.createDirectory(atPath: writable, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: writable) }
    chmod(writable, 0o777)
    let script = """
      for place in /etc /usr /usr/bin / /opt /dev /run; do touch $place/x 2>/dev/null && echo "wrote $place"; done
      touch /tmp/x && echo tmp; touch \(writable)/x && echo declared
      ls /root /home /work /var/lib 2>/dev/null
      ls /proc | grep -c '^[0-9]'
      (exec 3<>/dev/tcp/127.0.0.1/22) 2>&1 | grep -o 'refused\\|unreachable\\|Invalid'
      cat /proc/net/dev | tail -n +3 | cut -d: -f1
      """
    let ran = await perform(script, .bubblewrap) { $0.write = [writable] }
    #expect(ran.output.hasPrefix("tmp\ndeclared\n"), "\(ran.output)")
    #expect(ran.output.split(separator: "\n").last?.contains("lo") == true, "\(ran.output)")
    #expect(FileManager.default.fileExists(atPath: writable + "/x"))
    let undeclared = await perform("touch \(writable)/y && echo wrote", .bubblewrap)
    #expect(!undeclared.output.contains("wrote\n"))
  }

  @Test(.enabled(if: geteuid() == 0), arguments: kinds) func theUserIsOneOfItsOwn(_ kind: StepSandbox.Kind) async {
    let ran = await perform("id -u; grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status; id -G", kind)
    #expect(
      ran.output
        == "\(Self.user + 3)\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n\(Self.user + 3)\n",
      "\(ran.output)")
  }
}
