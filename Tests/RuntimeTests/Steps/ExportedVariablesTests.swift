import Base
import Events
import Foundation
import Testing

@testable import Runtime

/// What scripts of real shells leave for the steps after them.
@Suite(.serialized)
struct ExportedVariablesTests {
  private static let cases: [(shell: String, kind: StepSandbox.Kind)] =
    ["sh", "bash", "dash", "zsh"].filter { access("/usr/bin/\($0)", X_OK) == 0 }
    .flatMap { shell in ProcessStepTests.kinds.map { (shell, $0) } }

  private func perform(
    _ script: String, _ shell: String, _ kind: StepSandbox.Kind, variables: [(name: String, value: String)] = [],
    secrets: [String] = []
  ) async -> (end: StepEnd, output: String) {
    var step = ProcessStep(
      commands: [[shell, "-e", ProcessStep.scriptPath(kind)]],
      script: Array((ExportedVariables.prologue + script).utf8),
      isExporting: true)
    step.variables = StepVariables(variables)
    step.timeout = .seconds(30)
    var ids = IDGenerator(seed: 9)
    let key = StepKey(run: ids.next(at: .epoch), index: 0, attempt: 1, undo: false)
    let output = StepOutput(secrets: secrets)
    let place = ProcessStep.Place(
      sandbox: ProcessStepTests.sandbox(kind), server: "test-\(getpid())", temporary: NSTemporaryDirectory())
    let end = await step.perform(as: key, slot: 9, in: place, into: output, control: StepControl())
    output.end()
    return (end, String(decoding: output.kept.bytes, as: UTF8.self))
  }

  @Test(arguments: cases) func whatIsExportedIsCollected(_ shell: String, _ kind: StepSandbox.Kind) async {
    let script = """
      export NEW="two words"; CHANGED=2; local_one=1
      export LINES2='a
      b = c'
      export EMPTY=
      unset GONE
      export PATH=/tmp LD_X=1 MAINSTAY_RUN=x PYTHONPATH=/tmp
      (export INNER=1)
      cd /
      echo done
      """
    let (end, output) = await perform(
      script, shell, kind, variables: [("CHANGED", "1"), ("SAME", "x"), ("GONE", "y")])
    #expect(output == "done\n")
    #expect(end.result == .done)
    #expect(end.exports.map(\.name) == ["CHANGED", "EMPTY", "LINES2", "NEW"], "\(shell)")
    #expect(end.exports.map(\.value) == ["2", "", "a\nb = c", "two words"])
  }

  @Test(arguments: cases) func theWayItEndsStaysAsItIs(_ shell: String, _ kind: StepSandbox.Kind) async {
    for (script, code) in [("export A=1; exit 3", 3), ("export A=1\nfalse\necho on", 1), ("no-such-program-x", 127)] {
      let (end, _) = await perform(script, shell, kind)
      #expect(end.result == .failed && end.exit == code && end.exports == [], "\(shell): \(script)")
    }
    let early = await perform("export A=1\nexit 0\nexport A=2", shell, kind)
    #expect(early.end.result == .done && early.end.exports == [RunVariable(name: "A", value: "1")])
    // The number of the line stays right, and what traces shows nothing of ours at the end.
    let wrong = await perform("echo 1\n\nno-such-program-x", shell, kind)
    if shell == "bash" { #expect(wrong.output.contains("line 3:"), "\(wrong.output)") }
    let traced = await perform("set -x\nexport A=1", shell, kind)
    #expect(!traced.output.contains("env -0"), "\(traced.output)")
  }

  @Test(arguments: cases) func itsOwnTrapAndItsOwnFilesAreTheScripts(_ shell: String, _ kind: StepSandbox.Kind) async {
    let (end, output) = await perform(
      "trap 'echo bye' EXIT\nexport A=1\nexec 3>/dev/null 4>&1 9>&1\necho hi >&9", shell, kind)
    #expect(output == "hi\nbye\n" && end.result == .done && end.exports == [])
    let files = await perform("exec 4>&1 9>&1; export A=1; echo hi >&4", shell, kind)
    #expect(files.output == "hi\n" && files.end.exports.map(\.name) == ["A"])
  }

  @Test(arguments: cases) func secretsAndWhatIsTooLongAreNotHandedOn(_ shell: String, _ kind: StepSandbox.Kind) async {
    let (end, output) = await perform(
      "export URL=\"https://x:$TOKEN@host\" B64=$(printf %s \"$TOKEN\" | base64)\nexport LONG=$(head -c 9000 /dev/zero | tr '\\0' x)\nexport OK=1",
      shell, kind, variables: [("TOKEN", "s3cr3t-token")], secrets: ["s3cr3t-token"])
    #expect(end.exports == [RunVariable(name: "OK", value: "1")])
    #expect(output.contains("URL holds a secret") && output.contains("B64 holds a secret"))
    #expect(output.contains("LONG has more than 8192 bytes") && !output.contains("s3cr3t"))
  }

  @Test(arguments: ProcessStepTests.kinds) func whoWritesMuchIntoTheFileExportsNothing(_ kind: StepSandbox.Kind) async {
    let (end, _) = await perform("head -c 3000000 /dev/zero >/proc/self/fd/97; exec true", "bash", kind)
    #expect(end.result == .done && end.exports == [])
    let forged = await perform(
      "printf 'PATH=/tmp\\0LD_PRELOAD=x\\0GOOD=1\\0=x\\0bad-name=1' >/proc/self/fd/97; exec true", "bash", kind)
    #expect(forged.end.exports == [RunVariable(name: "GOOD", value: "1")])
  }
}
