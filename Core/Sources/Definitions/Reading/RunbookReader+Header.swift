import Base

extension RunbookReader {
  private static let inputsMax = 50
  private static let invocationsMax = 20
  /// Names that would change how an interpreter or the loader behaves, whatever the script says.
  private static let reserved: Set<String> = [
    "PATH", "HOME", "IFS", "ENV", "BASH_ENV", "SHELL", "SHELLOPTS", "BASHOPTS", "PS4", "PROMPT_COMMAND", "TMPDIR",
    "PERL5LIB", "PERL5OPT", "RUBYLIB", "RUBYOPT", "NODE_OPTIONS", "NODE_PATH", "ZDOTDIR", "GCONV_PATH", "LOCPATH",
  ]

  /// Whether steps may have a variable of that name.
  static func isVariable(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first), name.utf8.count <= 128 else { return false }
    return name.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || $0 == 0x5F || (0x30...0x39).contains($0) }
      && !reserved.contains(name)
      && !["LD_", "DYLD_", "PYTHON", "MAINSTAY_", "ANSWER_", "GLIBC_", "MALLOC_", "BASH_FUNC_"].contains {
        name.hasPrefix($0)
      }
  }

  func readHeader(_ fields: Fields) -> RunbookHeader {
    var header = RunbookHeader()
    header.class = fields.choice(ifPresent: "class", RunbookHeader.Class.self) ?? .remediation
    header.state = fields.choice(ifPresent: "state", RunbookHeader.State.self) ?? .active
    header.owner = fields.reference(ifPresent: "owner", to: "Group", "User")
    header.shell = fields.string(ifPresent: "shell")
    header.cwd = fields.string(ifPresent: "cwd")
    header.inputs = fields.objects(ifPresent: "inputs") { input($0) }.compactMap { $0 }
    checkInputs(header.inputs, fields)
    header.invocations = fields.objects(ifPresent: "invoke") { invocation($0) }
    if header.invocations.count > Self.invocationsMax {
      fields.error("invoke", "has more than \(Self.invocationsMax) rules")
    }
    header.blastRadius = fields.object(ifPresent: "blastRadius") { blastRadius($0) }
    if header.blastRadius == nil, header.class == .remediation,
      header.invocations.contains(where: { $0.mode == .automatic })
    {
      fields.error(
        "invoke",
        "runs a remediation by itself without bounds; say how far it may reach, such as "
          + "blastRadius: {services: [checkout], runsPerHour: 2, concurrent: 1}")
    }
    header.sandbox = fields.object(ifPresent: "sandbox") { sandbox($0) } ?? .init()
    if let expires = fields.interval(ifPresent: "approvalExpires") {
      if expires < .minutes(1) || expires > .hours(24) {
        fields.error("approvalExpires", "is \(expires.text); an approval holds from 1m to 24h")
      }
      header.approvalExpires = expires
    }
    if let patience = fields.interval(ifPresent: "patience") {
      if patience < .minutes(1) || patience > .days(7) {
        fields.error("patience", "is \(patience.text); people have from 1m to 7d")
      }
      header.patience = patience
    }
    return header
  }

  private func checkInputs(_ inputs: [RunbookHeader.Input], _ fields: Fields) {
    if inputs.count > Self.inputsMax { fields.error("inputs", "has more than \(Self.inputsMax) inputs") }
    var seen: Set<String> = []
    for input in inputs where !seen.insert(input.name).inserted {
      fields.error("inputs", "names `\(input.name)` twice; give each input a name of its own")
    }
  }

  private func input(_ fields: Fields) -> RunbookHeader.Input? {
    let name = fields.string("name")
    if fields.has("name"), !name.isEmpty, !Self.isVariable(name) {
      fields.error(
        "name",
        "\(quoted(name)) cannot be a variable of a step; use letters, digits and _, no digit first, and none of the "
          + "names that steer a shell or the loader, such as PATH or LD_PRELOAD")
    }
    var input = RunbookHeader.Input(
      name: name, type: fields.choice(ifPresent: "type", RunbookHeader.Input.Kind.self) ?? .string)
    input.isRequired = fields.bool(ifPresent: "required") ?? false
    input.options = fields.strings(ifPresent: "options")
    input.isSecret = fields.bool(ifPresent: "secret") ?? false
    input.description = fields.string(ifPresent: "description")
    if let node = fields.node("default") {
      if let scalar = node.scalar, !node.isNull {
        input.defaultValue = scalar.text
      } else {
        fields.error("default", "is \(node.kindInWords), not one value")
      }
    }
    if let text = fields.string(ifPresent: "pattern") {
      do throws(PatternError) {
        input.pattern = try Pattern(text)
        input.patternText = text
      } catch {
        fields.error("pattern", "\(quoted(text)): \(error.message)")
      }
    }
    if input.type == .choice, input.options.isEmpty {
      fields.error("a choice without options; write options: [...]")
    } else if input.type != .choice, !input.options.isEmpty {
      fields.error("options", "is only for type: choice")
    }
    if input.isSecret, input.defaultValue != nil || input.type != .string {
      fields.error("a secret input takes the name of a secret: type string, without a default")
    }
    if let value = input.defaultValue, let problem = input.problem(with: value) {
      fields.error("default", problem)
    }
    return input
  }

  private func invocation(_ fields: Fields) -> RunbookHeader.Invocation {
    var invocation = RunbookHeader.Invocation()
    invocation.matchers = fields.matchers(ifPresent: "matchers")
    let slo = fields.string(ifPresent: "slo")
    let alert = fields.string(ifPresent: "alert")
    invocation.alert = slo ?? alert
    if slo != nil, alert != nil { fields.error("names both slo and alert; write one rule for each") }
    let isUnread =
      fields.has("matchers") && invocation.matchers.isEmpty && !fields.strings(ifPresent: "matchers").isEmpty
    if invocation.alert == nil, !isUnread, invocation.matchers.allSatisfy(\.matchesEmpty) {
      fields.error("would fit every alert; name an slo, an alert or matchers such as severity=\"critical\"")
    }
    invocation.mode = fields.choice(ifPresent: "mode", RunbookHeader.Invocation.Mode.self) ?? .offer
    invocation.delay = fields.interval(ifPresent: "delay") ?? .zero
    if invocation.delay > .hours(24) { fields.error("delay", "is longer than 24h") }
    if let once = fields.string(ifPresent: "once"), once != "incident" {
      if let window = Interval(text: once), window > .zero, window <= .days(30) {
        invocation.once = .window(window)
      } else {
        fields.error("once", "\(quoted(once)) is neither `incident` nor a length of time up to 30d, such as 1h")
      }
    }
    return invocation
  }

  private func blastRadius(_ fields: Fields) -> RunbookHeader.BlastRadius {
    var radius = RunbookHeader.BlastRadius(
      services: fields.references(ifPresent: "services", to: "Component", "Service"))
    radius.runsPerHour = fields.int(ifPresent: "runsPerHour", in: 1...1_000) ?? radius.runsPerHour
    radius.concurrent = fields.int(ifPresent: "concurrent", in: 1...100) ?? radius.concurrent
    return radius
  }

  private func sandbox(_ fields: Fields) -> RunbookHeader.Sandbox {
    var sandbox = RunbookHeader.Sandbox()
    sandbox.network = fields.choice(ifPresent: "network", RunbookHeader.Sandbox.Network.self) ?? .none
    sandbox.write = fields.strings(ifPresent: "write")
    for path in sandbox.write where !path.hasPrefix("/") || path.split(separator: "/").contains("..") || path == "/" {
      fields.error("write", "\(quoted(path)) has to be an absolute path below /, without ..")
    }
    if let text = fields.string(ifPresent: "memory") {
      sandbox.memory = Self.bytes(text)
      if sandbox.memory == nil { fields.error("memory", "\(quoted(text)) is no size; write it like 512Mi or 1Gi") }
    }
    sandbox.cpuTime = fields.interval(ifPresent: "cpuTime")
    if let cpu = sandbox.cpuTime, cpu < .seconds(1) { fields.error("cpuTime", "is shorter than 1s") }
    sandbox.processes = fields.int(ifPresent: "processes", in: 1...10_000)
    return sandbox
  }

  /// Bytes with the binary and decimal suffixes of Kubernetes' quantities.
  static func bytes(_ text: String) -> Int64? {
    let units: [(String, Int64)] = [
      ("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000),
    ]
    let unit = units.first { text.hasSuffix($0.0) }
    guard let count = Int64(unit.map { text.dropLast($0.0.count) } ?? text[...]), count > 0 else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: unit?.1 ?? 1)
    return overflow || bytes < 1 << 20 || bytes > 1 << 40 ? nil : bytes
  }
}
