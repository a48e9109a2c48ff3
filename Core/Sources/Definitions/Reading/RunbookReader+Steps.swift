import Base

extension RunbookReader {
  /// The keys of our own that a block may have; others that start with `x-` are mistakes.
  static let extensions = [
    "x-needs", "x-risk", "x-approve", "x-timeout", "x-check", "x-undo", "x-retry", "x-secrets", "x-always", "x-repeat",
  ]
  private static let timeoutMax = Interval.hours(24)
  private static let stepsMax = 200
  private static let scriptMax = 131_072

  /// Reads the attributes of the blocks that are steps: those with a name and a language that can be performed.
  func readBlocks(
    _ blocks: [Runbook.Block], _ header: RunbookHeader, isOfRunme: Bool, folder file: String
  ) -> [Runbook.Block] {
    return blocks.map { block in
      var block = block
      let own = block.attributes.filter { $0.key.hasPrefix("x-") }
      for attribute in own where !Self.extensions.contains(attribute.key) {
        report.error(
          at: block.position, "unknown key \(attribute.key)\(hint(for: attribute.key, among: Self.extensions))")
      }
      let kind = StepKind(language: block.language)
      guard let name = block.name, let kind else {
        if !own.isEmpty {
          let why = block.name == nil ? "has no name" : "is of a language that is only shown, `\(block.language)`"
          report.error(at: block.position, "a block with \(own[0].key) \(why), so it would never run")
        }
        return block
      }
      checkName(name, block, mayHaveCommas: isOfRunme)
      var keys = keys(of: block, kind, header)
      keys.cwd = directory(block, header, file)
      block.keys = keys
      return block
    }
  }

  private func checkName(_ name: String, _ block: Runbook.Block, mayHaveCommas: Bool) {
    if name.isEmpty || name.utf8.count > 128 || (name.contains(",") && !mayHaveCommas)
      || name.unicodeScalars.contains(where: { $0.value < 32 })
    {
      report.error(at: block.position, "a block's name is 1 to 128 bytes on one line, without a comma")
    }
    if block.content.utf8.count > Self.scriptMax {
      report.error(
        at: block.position, "block `\(name)` has more than \(Self.scriptMax) bytes; keep long scripts in files")
    }
  }

  private func keys(of block: Runbook.Block, _ kind: StepKind, _ header: RunbookHeader) -> RunbookStepKeys {
    var keys = RunbookStepKeys(kind: kind)
    let values = block.attributes
    let named = values["interpreter"].flatMap { $0.isEmpty ? nil : $0 }
    keys.interpreter = kind == .shell ? named ?? interpreter(block, header) : nil
    keys.isExcludedFromAll = isTrue(values["excludeFromRunAll"])
    if isTrue(values["background"]) {
      report.warning(
        at: block.position,
        "block `\(block.name ?? "")` would run in the background; here it has to end before the next step begins")
    }
    keys.needs = list(values["x-needs"])
    keys.check = values["x-check"]
    keys.undo = values["x-undo"]
    keys.secrets = list(values["x-secrets"])
    keys.hasOwnKeys = values.contains { $0.key.hasPrefix("x-") }
    func wrong(_ key: String, _ remedy: String) {
      report.error(at: block.position, "\(key) \(quoted(values[key] ?? "")) \(remedy)")
    }
    for secret in keys.secrets where !Self.isVariable(secret) { wrong("x-secrets", "has no variable's name in it") }
    for secret in keys.secrets where header.inputs.contains(where: { $0.name == secret }) {
      wrong("x-secrets", "names `\(secret)`, which is an input too; rename one of them")
    }
    if let text = values["x-risk"] {
      keys.risk = StepRisk(rawValue: text)
      let names = StepRisk.allCases.map(\.rawValue)
      if keys.risk == nil {
        wrong("x-risk", "is not one of \(names.joined(separator: ", "))\(hint(for: text, among: names))")
      }
    }
    if let text = values["x-approve"] {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      let count = parts.count == 2 ? Int(parts[1]) : parts.count == 1 ? 1 : nil
      if let count, (1...10).contains(count), let from = parts.first, !from.isEmpty {
        keys.approvers = (String(from), count)
      } else {
        wrong("x-approve", "is not a team or a role with a count up to 10, such as \"sre:2\"")
      }
    }
    if let text = values["x-timeout"] {
      keys.timeout = Interval(text: text)
      if keys.timeout.map({ $0 < .seconds(1) || $0 > Self.timeoutMax }) ?? true {
        wrong("x-timeout", "is not a length of time from 1s to 24h")
      }
    }
    if let text = values["x-retry"] {
      keys.retries = Int(text) ?? -1
      if !(0...20).contains(keys.retries) { wrong("x-retry", "is not a count from 0 to 20") }
    }
    if let text = values["x-always"] {
      keys.isAlways = text == "true"
      if !["true", "false"].contains(text) { wrong("x-always", "is neither true nor false") }
    }
    if let text = values["x-repeat"] {
      keys.isRepeatable = text == "safe"
      if text != "safe" { wrong("x-repeat", "says nothing; write \"safe\" where a step may be performed twice") }
    }
    return keys
  }

  private func interpreter(_ block: Runbook.Block, _ header: RunbookHeader) -> String? {
    let own = StepKind.interpreter(of: block.language)
    return own == "sh" ? header.shell ?? own : own
  }

  /// The spellings of true that runme takes.
  private func isTrue(_ text: String?) -> Bool { ["1", "t", "T", "TRUE", "true", "True"].contains(text ?? "") }

  /// Where a block runs, seen from the definitions: as with runme, its `cwd` is seen from that of the front matter, and
  /// that one from the file.
  private func directory(_ block: Runbook.Block, _ header: RunbookHeader, _ file: String) -> String? {
    let steps = [header.cwd, block.attributes["cwd"]].compactMap { $0 }.filter { !$0.isEmpty }
    if steps.isEmpty { return nil }
    var parts = file.split(separator: "/").dropLast().map(String.init)
    var root = ""
    for step in steps {
      if step.hasPrefix("/") { (parts, root) = ([], "/") }
      for part in step.split(separator: "/").map(String.init) where part != "." {
        if part == "..", let last = parts.last, last != ".." {
          parts.removeLast()
        } else if part != ".." || root.isEmpty {
          parts.append(part)
        }
      }
    }
    if parts.first == ".." {
      report.warning(
        at: block.position,
        "`cwd` leads out of the definitions, to \(quoted(parts.joined(separator: "/"))), where no step may run")
    }
    return root.isEmpty && parts.isEmpty ? "." : root + parts.joined(separator: "/")
  }

  private func list(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }.filter { !$0.isEmpty }
  }

  // MARK: Blocks against each other

  func check(_ blocks: [Runbook.Block], _ header: RunbookHeader, _ position: Position) {
    let steps = blocks.filter { $0.keys != nil }
    if steps.count > Self.stepsMax { report.error(at: position, "the runbook has more than \(Self.stepsMax) steps") }
    let names = steps.compactMap(\.name)
    let roles = helpers(steps)
    for block in steps {
      guard let keys = block.keys, let name = block.name else { continue }
      func mention(_ key: String, _ other: String) -> Runbook.Block? {
        if let found = steps.first(where: { $0.name == other }) { return found }
        let isShown = blocks.contains { $0.name == other }
        report.error(
          at: block.position,
          isShown
            ? "\(key) names block `\(other)`, which is of a language that is only shown"
            : "\(key) names no block `\(other)`\(hint(for: other, among: names))")
        return nil
      }
      func refuse(_ message: String) { report.error(at: block.position, message) }
      for need in keys.needs where mention("x-needs", need) != nil {
        if let role = roles[need] { refuse("x-needs names `\(need)`, which is \(role) and no step of its own") }
      }
      if let check = keys.check, let other = mention("x-check", check) { checkCheck(other, of: block) }
      if let undo = keys.undo, let other = mention("x-undo", undo) { checkUndo(other, of: block) }
      if keys.isAlways, keys.undo != nil || keys.approvers != nil || !keys.needs.isEmpty {
        refuse("an always-step runs whatever happened: it has no x-needs, x-approve or x-undo")
      }
      if header.class == .diagnostic, let risk = keys.risk, risk != .readOnly {
        refuse("block `\(name)` is \(risk.rawValue), and a diagnostic runbook only looks; write class: remediation")
      }
    }
    checkCycles(steps)
  }

  /// The blocks that are checks or undos, and of what.
  private func helpers(_ steps: [Runbook.Block]) -> [String: String] {
    var roles: [String: String] = [:]
    for block in steps {
      if let undo = block.keys?.undo { roles[undo] = "the undo of `\(block.name ?? "")`" }
      if let check = block.keys?.check { roles[check] = "the check of `\(block.name ?? "")`" }
    }
    return roles
  }

  private func checkCheck(_ check: Runbook.Block, of block: Runbook.Block) {
    guard let keys = check.keys, let name = check.name else { return }
    func refuse(_ message: String) { report.error(at: check.position, message) }
    if name == block.name {
      refuse("block `\(name)` is its own check")
      return
    }
    if keys.undo != nil { refuse("`\(name)` is a check and has an undo: a check only looks") }
    if keys.approvers != nil { refuse("`\(name)` is a check and needs approval: a check only looks") }
    if keys.check != nil { refuse("`\(name)` is a check and has a check itself") }
    if let risk = keys.risk, risk != .readOnly {
      refuse("`\(name)` is a check and \(risk.rawValue): a check only looks")
    }
    if !keys.needs.isEmpty || keys.isAlways { refuse("`\(name)` is a check: it has no x-needs and no x-always") }
    if keys.kind == .ask { refuse("`\(name)` is a check and asks a person; use a step of its own") }
  }

  private func checkUndo(_ undo: Runbook.Block, of block: Runbook.Block) {
    guard let keys = undo.keys, let name = undo.name else { return }
    func refuse(_ message: String) { report.error(at: undo.position, message) }
    if name == block.name {
      refuse("block `\(name)` is its own undo")
      return
    }
    if keys.undo != nil {
      refuse("`\(name)` is an undo and has an undo itself; what fails to be undone needs a person")
    }
    if keys.approvers != nil { refuse("`\(name)` is an undo and needs approval: it has to run when its step fails") }
    if keys.check != nil { refuse("`\(name)` is an undo and has a check; let its exit status say whether it worked") }
    if !keys.needs.isEmpty || keys.isAlways { refuse("`\(name)` is an undo: it has no x-needs and no x-always") }
    if keys.kind == .ask || keys.kind == .sli {
      refuse("`\(name)` is an undo of kind \(keys.kind.rawValue), which changes nothing")
    }
  }

  private func checkCycles(_ steps: [Runbook.Block]) {
    func ref(_ name: String) -> EntityRef { EntityRef(kind: "Block", name: name) }
    var edges: [Cycles.Edge] = []
    for block in steps {
      for need in block.keys?.needs ?? [] {
        edges.append(.init(from: ref(block.name ?? ""), to: ref(need), position: block.position))
      }
    }
    for cycle in Cycles.find(edges) {
      report.error(at: cycle.position, "x-needs goes round in a circle: \(cycle.description)")
    }
  }
}
