import Base
import Definitions
import Engine
import Events
import Outbound
import Runbooks

/// Performs claimed steps, each kind in its way.
struct StepPerformer: Sendable {
  static let httpBodyMax = 4 << 20
  private static let tools: Set<StepKind> = [.kubectl, .aws]

  let http: HTTPOut
  let settings: RunnerSettings
  let place: ProcessStep.Place
  let definitions: String
  let resolver: SecretResolver
  /// What an SLI says over a window that ends now; `nil` where there is no such SLO.
  let sli: @Sendable (_ slo: String, _ window: Interval) async -> SLIReading?

  /// Whether processes perform it, for which there are fewer places.
  static func takesProcess(_ kind: StepKind) -> Bool { kind == .shell || tools.contains(kind) }

  /// The values of the secrets that a step asks for.
  func secrets(of work: StepWork) throws(StepVariables.Problem) -> [(name: String, value: String)] {
    var values: [(name: String, value: String)] = []
    for wanted in work.secrets {
      guard let reference = settings.secrets[wanted.secret] else {
        throw .init(
          description: "no secret is called \(wanted.secret); name it in runbooks.secrets of the configuration")
      }
      let value: String
      do {
        value = try resolver.resolve(reference).reveal()
      } catch {
        throw .init(description: "secret \(wanted.secret) cannot be read: \(error)")
      }
      guard value.utf8.count >= SecretPatterns.secretMin else {
        throw .init(
          description:
            "secret \(wanted.secret) is shorter than \(SecretPatterns.secretMin) bytes, too short to be hidden "
            + "in outputs; use a longer one")
      }
      values.append((wanted.variable, value))
    }
    return values
  }

  /// - Parameter slot: one of the places for processes; no two steps under way have the same.
  func perform(
    _ claim: ClaimedStep, secrets: [(name: String, value: String)], timeout: Interval, slot: Int, output: StepOutput,
    control: StepControl
  ) async -> StepEnd {
    let work = claim.work
    let variables = StepVariables(claim.environment.map { ($0.name, $0.value) }, secrets: secrets)
    do {
      switch work.kind {
      case .shell, .kubectl, .aws:
        var step = try processes(work, variables)
        step.timeout = timeout
        let key = StepKey(run: claim.run, index: claim.index, attempt: claim.attempt, undo: claim.undo)
        var place = place
        if work.cwd != nil { place.sandbox.read.append(definitions) }
        return await step.perform(as: key, slot: slot, in: place, into: output, control: control)
      case .http:
        let request = try HTTPRequestText(work.script, variables)
        return await stoppable(control) { await send(request, timeout: timeout, into: output) }
      case .sli:
        let expectation = try SLIExpectation(work.script, variables)
        return await stoppable(control) {
          await wait(for: expectation, once: claim.isCheck, timeout: timeout, into: output)
        }
      case .haproxy:
        let step = HAProxyStep(commands: try HAProxyCommands(work.script, variables), timeout: timeout)
        return await step.perform(into: output, control: control)
      case .ask: return StepEnd(.failed, detail: "a question is answered by a person, not performed")
      }
    } catch {
      return StepEnd(.failed, detail: "\(error)")
    }
  }

  // MARK: Processes

  private func processes(_ work: StepWork, _ variables: StepVariables) throws -> ProcessStep {
    var step: ProcessStep
    if Self.tools.contains(work.kind) {
      step = ProcessStep(
        commands: try ArgumentLines.commands(of: work.script, tool: work.kind.rawValue, variables: variables))
    } else {
      let words = (work.interpreter ?? "sh").split(separator: " ").map(String.init)
      guard let shell = words.first else { throw StepVariables.Problem(description: "no interpreter is named") }
      let isExporting = words.count == 1 && ExportedVariables.isShell(shell)
      let script = isExporting ? ExportedVariables.prologue + work.script : work.script
      step = ProcessStep(
        commands: [
          words + Self.strict(shell, isPlain: words.count == 1) + [ProcessStep.scriptPath(place.sandbox.kind)]
        ],
        script: Array(script.utf8), isExporting: isExporting)
    }
    step.variables = variables
    step.bounds = Self.bounds(work.sandbox)
    // What these tools are for is elsewhere: naming one names the network.
    if Self.tools.contains(work.kind) { step.bounds.hasNetwork = true }
    if let cwd = work.cwd, !cwd.isEmpty {
      if cwd.split(separator: "/").contains("..") {
        throw StepVariables.Problem(description: "cwd \(cwd) leads out of the definitions, where no step may run")
      }
      step.directory = cwd.hasPrefix("/") ? cwd : "\(definitions)/\(cwd)"
    }
    return step
  }

  /// A shell goes on after a command that failed unless it is told not to; runme tells it the same.
  private static func strict(_ shell: String, isPlain: Bool) -> [String] {
    guard isPlain else { return [] }
    switch shell.split(separator: "/").last.map(String.init) ?? shell {
    case "sh", "dash", "ksh": return ["-e"]
    case "bash", "zsh": return ["-e", "-o", "pipefail"]
    default: return []
    }
  }

  private static func bounds(_ rules: SandboxRules) -> StepBounds {
    var bounds = StepBounds()
    bounds.hasNetwork = rules.network
    bounds.write = rules.write
    if let memory = rules.memory { bounds.memory = Int(memory) }
    if let cpu = rules.cpuTime { bounds.cpuSeconds = max(1, Int(cpu.seconds.rounded(.up))) }
    if let processes = rules.processes { bounds.processes = processes }
    return bounds
  }

  // MARK: HTTP

  private func send(_ request: HTTPRequestText, timeout: Interval, into output: StepOutput) async -> StepEnd {
    output.take("\(request.method) \(request.url)\n")
    let outgoing = HTTPOut.Request(
      HTTPOut.Method(rawValue: request.method) ?? .get, request.url,
      headers: request.headers.map { HTTPOut.Header($0.name, $0.value) }, body: request.body.map { Array($0.utf8) },
      timeout: timeout, maxResponseBytes: Self.httpBodyMax)
    do {
      let response = try await http.send(outgoing)
      output.take("\(response.status)\n")
      for header in response.headers
      where ["content-type", "location", "retry-after"].contains(header.name.lowercased()) {
        output.take("\(header.name): \(header.value)\n")
      }
      if !response.body.isEmpty {
        output.take("\n")
        response.body.withUnsafeBytes { output.take($0) }
      }
      guard request.expected.contains(where: { $0.contains(response.status) }) else {
        return StepEnd(.failed, exit: response.status, detail: "status \(response.status) is not what is expected")
      }
      return StepEnd(.done, exit: response.status)
    } catch {
      output.take("\(error)\n")
      return StepEnd(error.kind == .timeout ? .timedOut : .failed, detail: "\(error)")
    }
  }

  // MARK: SLI

  private func wait(
    for expectation: SLIExpectation, once: Bool, timeout: Interval, into output: StepOutput
  ) async -> StepEnd {
    let end = SystemClock.monotonic() + timeout.nanoseconds
    while true {
      guard let reading = await sli(expectation.slo, expectation.window) else {
        return StepEnd(.failed, detail: "no SLO is called \(expectation.slo)")
      }
      let unmet = expectation.unmet(reading)
      output.take(Self.line(expectation, reading, unmet) + "\n")
      if unmet.isEmpty { return StepEnd(.done) }
      let rest = end - SystemClock.monotonic()
      if once || rest <= expectation.every.nanoseconds || Task.isCancelled {
        return StepEnd(once ? .failed : .timedOut, detail: unmet.joined(separator: "; "))
      }
      try? await Task.sleep(for: .nanoseconds(expectation.every.nanoseconds))
    }
  }

  private static func line(_ expectation: SLIExpectation, _ reading: SLIReading, _ unmet: [String]) -> String {
    func text(_ value: Double?) -> String { value.map(SLIExpectation.text) ?? "not known" }
    return "\(expectation.slo) over \(expectation.window.text): burnRate \(text(reading.burnRate)), ratio "
      + "\(text(reading.ratio)), budgetLeft \(text(reading.budgetLeft)): "
      + (unmet.isEmpty ? "\(expectation.words), as expected" : unmet.joined(separator: "; "))
  }

  /// Work that ends when the step is stopped.
  private func stoppable(_ control: StepControl, _ work: @escaping @Sendable () async -> StepEnd) async -> StepEnd {
    let task = Task { await work() }
    control.whenEnded { task.cancel() }
    let end = await task.value
    return control.stop.map { end.result == .done ? end : .stopped($0) } ?? end
  }
}
