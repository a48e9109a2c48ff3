import Base
import Definitions
import Foundation
import Outbound

extension ConfigurationReader {
  static let intervals = Interval.seconds(1)...Interval.minutes(10)

  /// URLs alone, from a flag or the environment: the job is the host, and the metrics are at `/metrics` where the URL
  /// names no path.
  mutating func targets(_ values: [Value]) -> [Configuration.Scrape] {
    var targets: [Configuration.Scrape] = []
    for value in values {
      for part in value.text.split(separator: ",") {
        let part = Value(text: part.trimmingCharacters(in: .whitespaces), place: value.place)
        guard let url = target(part) else { continue }
        let parts = URLComponents(string: url)
        let job = [parts?.host, parts?.port.map(String.init)].compactMap(\.self).joined(separator: ":")
        targets.append(.init(job: job, url: url))
      }
    }
    return targets
  }

  private mutating func target(_ value: Value) -> String? {
    guard let url = url(value, isOrigin: false) else { return nil }
    return ["", "/"].contains(URLComponents(string: url)?.path)
      ? (url.hasSuffix("/") ? url : url + "/") + "metrics" : url
  }

  /// `scrape` of the file: a list of mappings, or of URLs.
  ///
  /// - Parameter base: what relative paths are relative to.
  mutating func scrape(_ node: Node, base: String) {
    guard let items = node.sequence else {
      return problem(node.position, "`scrape` is no list; write `- {job: NAME, url: URL}` for each target")
    }
    var targets: [Configuration.Scrape] = []
    for item in items {
      if let scalar = item.scalar {
        targets += self.targets([Value(text: scalar.text, place: "\(item.position)")])
      } else if let target = target(item, base: base) {
        targets.append(target)
      }
    }
    set(scrape: targets)
  }

  private static let known = [
    "job", "url", "targets", "fileSD", "scheme", "metricsPath", "params", "interval", "timeout", "labels",
    "honorLabels", "honorTimestamps", "bodySizeLimit", "sampleLimit", "basicAuth", "bearer", "tls",
  ]

  private mutating func target(_ node: Node, base: String) -> Configuration.Scrape? {
    unknownKeys(node, known: Self.known, in: "a target")
    let places = ["url", "targets", "fileSD"].filter { node[$0].map { !$0.isNull } ?? false }
    guard !places.isEmpty else {
      problem(node.position, "a target without `url`, `targets` or `fileSD`")
      return nil
    }
    if places.contains("url"), places.count > 1 {
      problem(node.position, "`url` and `\(places[1])` in one entry; a `url` stands alone")
      return nil
    }
    guard let jobNode = node["job"], let job = jobNode.scalar, !job.text.isEmpty, !jobNode.isNull else {
      problem(node.position, "a target without `job`, its name")
      return nil
    }
    let before = problems.count
    var target = Configuration.Scrape(job: job.text)
    if let node = node["url"], let value = text(node, "url") { target.url = self.target(value) }
    target.targets = texts(node, "targets").map(\.text)
    target.fileSD = texts(node, "fileSD").map { Self.path($0.text, base) }
    read(addressing: node, into: &target)
    read(limits: node, into: &target)
    read(access: node, base, into: &target)
    return problems.count == before ? target : nil
  }

  private mutating func read(addressing node: Node, into target: inout Configuration.Scrape) {
    if let node = node["scheme"], let value = text(node, "scheme") {
      if value.text != "http", value.text != "https" {
        problem(value.place, "'\(value.text)' is neither http nor https")
      }
      target.scheme = value.text
    }
    if let node = node["metricsPath"], let value = text(node, "metricsPath") {
      if !value.text.hasPrefix("/") { problem(value.place, "'\(value.text)' does not begin with /") }
      target.metricsPath = value.text
    }
    target.params = pairs(node["params"]) { $0.isEmpty ? "a parameter without a name" : nil }
    target.labels = pairs(node["labels"]) { name in
      Self.isLabelName(name) ? nil : "`\(name)` is no label; names have letters, digits and _, values are texts"
    }
    if let node = node["honorLabels"], let value = flag(node, "honorLabels") { target.honorLabels = value }
    if let node = node["honorTimestamps"], let value = flag(node, "honorTimestamps") { target.honorTimestamps = value }
  }

  private mutating func read(limits node: Node, into target: inout Configuration.Scrape) {
    func value(_ key: String) -> Value? {
      node[key].map { Value(text: $0.scalar?.text ?? "", place: "\($0.position)") }
    }
    if let value = value("interval"), let interval = interval(value, in: Self.intervals) { target.interval = interval }
    if let value = value("timeout"), let timeout = interval(value, in: Self.intervals) { target.timeout = timeout }
    if let value = value("bodySizeLimit"), let bytes = number(value, in: 1_024...(256 << 20)) {
      target.bodySizeLimit = bytes
    }
    if let value = value("sampleLimit"), let count = number(value, in: 1...5_000_000) { target.sampleLimit = count }
  }

  private mutating func read(access node: Node, _ base: String, into target: inout Configuration.Scrape) {
    if let basic = node["basicAuth"] {
      unknownKeys(basic, known: ["username", "secretRef"], in: "`basicAuth`")
      if let name = basic["username"]?.scalar?.text, let secret = secret(basic, "basicAuth") {
        target.authorization = .basic(username: name, secretRef: secret)
      } else if basic["username"]?.scalar == nil {
        problem(basic.position, "`basicAuth` has no `username`")
      }
    }
    if let bearer = node["bearer"] {
      unknownKeys(bearer, known: ["secretRef"], in: "`bearer`")
      if target.authorization != nil { problem(bearer.position, "`basicAuth` and `bearer` in one target; keep one") }
      if let secret = secret(bearer, "bearer") { target.authorization = .bearer(secretRef: secret) }
    }
    if let tls = node["tls"] {
      unknownKeys(tls, known: ["ca"], in: "`tls`")
      guard let value = tls["ca"].flatMap({ text($0, "ca") }) else {
        return problem(tls.position, "`tls` has no `ca`, a PEM file of the authorities to trust")
      }
      let path = Self.path(value.text, base)
      if !FileManager.default.isReadableFile(atPath: path) {
        problem(value.place, "\(path) cannot be read; name a PEM file that this user may read")
      }
      target.trustRootsFile = path
    }
  }

  // MARK: Values

  private mutating func unknownKeys(_ node: Node, known: [String], in what: String) {
    for member in node.mapping ?? [] where !known.contains(member.key) {
      let advice = suggestion(for: member.key, among: known).map { "did you mean `\($0)`?" }
      problem(
        member.keyPosition,
        "unknown key `\(member.key)`; \(advice ?? "known in \(what) are: \(known.joined(separator: ", "))")")
    }
  }

  private mutating func text(_ node: Node, _ key: String) -> Value? {
    guard let scalar = node.scalar, !node.isNull, !scalar.text.isEmpty else {
      problem(node.position, "`\(key)` is no text")
      return nil
    }
    return Value(text: scalar.text, place: "\(node.position)")
  }

  private mutating func texts(_ node: Node, _ key: String) -> [Value] {
    guard let list = node[key] else { return [] }
    guard let items = list.sequence else { return text(list, key).map { [$0] } ?? [] }
    if items.isEmpty { problem(list.position, "`\(key)` is empty") }
    return items.compactMap { text($0, key) }
  }

  private mutating func flag(_ node: Node, _ key: String) -> Bool? {
    guard let text = node.scalar?.text, ["true", "false"].contains(text) else {
      problem(node.position, "`\(key)` is neither true nor false")
      return nil
    }
    return text == "true"
  }

  /// The reference of a secret: `secretRef: env:NAME` or `secretRef: file:PATH`.
  private mutating func secret(_ node: Node, _ key: String) -> String? {
    guard let reference = node["secretRef"], let text = reference.scalar?.text, SecretRef(text) != nil else {
      // What stands there may be the secret itself, so it is not repeated.
      problem(
        node["secretRef"]?.position ?? node.position, "`\(key)` has no `secretRef: env:NAME` or `secretRef: file:PATH`")
      return nil
    }
    return text
  }

  private mutating func pairs(_ node: Node?, check: (String) -> String?) -> [Configuration.Scrape.Label] {
    var labels: [Configuration.Scrape.Label] = []
    for member in node?.mapping ?? [] {
      guard let value = member.value.scalar else {
        problem(member.keyPosition, "the value of `\(member.key)` is no text")
        continue
      }
      if let wrong = check(member.key) {
        problem(member.keyPosition, wrong)
        continue
      }
      labels.append(.init(name: member.key, value: value.text))
    }
    return labels.sorted { $0.name < $1.name }
  }

  private static func path(_ text: String, _ base: String) -> String {
    text.hasPrefix("/") || base.isEmpty ? text : base + "/" + text
  }

  private static func isLabelName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x5F }
  }

  // MARK: Backfill

  mutating func backfill(_ value: Value) -> String? {
    guard let url = url(value, isOrigin: false) else { return nil }
    return url.hasSuffix("/") ? String(url.dropLast()) : url
  }

  mutating func backfillSecret(_ value: Value) -> String? {
    if SecretRef(value.text) != nil { return value.text }
    problem(value.place, "`telemetry.backfillSecretRef` is neither env:NAME nor file:PATH")
    return nil
  }
}
