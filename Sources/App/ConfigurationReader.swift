import Base
import Definitions
import Foundation
import Wire

/// Puts the three layers over each other and collects what is wrong with them.
struct ConfigurationReader {
  /// A text with the place it was written at: `mainstay.yaml:3:9`, `MAINSTAY_LISTEN` or `--listen`.
  struct Value {
    var text: String
    var place: String
  }

  private(set) var configuration = Configuration()
  private(set) var problems: [String] = []
  private var certificate: Value?
  private var key: Value?
  private var backfillURL: String?
  private var backfillSecretRef: Value?

  mutating func problem(_ place: some CustomStringConvertible, _ message: String) {
    problems.append("\(place): \(message)")
  }

  // MARK: The file

  mutating func read(file path: String) {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue else {
      return problem(path, isDirectory.boolValue ? "a directory; name the file in it" : "no such file")
    }
    guard let bytes = FileManager.default.contents(atPath: path) else {
      return problem(path, "cannot be read; check its permissions")
    }
    guard bytes.count <= 1 << 20, let text = String(validating: bytes, as: UTF8.self) else {
      return problem(path, bytes.count > 1 << 20 ? "larger than 1 MiB" : "not UTF-8")
    }
    let result = YAMLReader().read(text, file: path)
    if let diagnostic = result.diagnostics.first(where: { $0.severity == .error }) {
      return problems.append(diagnostic.description)
    }
    guard result.documents.count <= 1 else {
      return problem(result.documents[1].position, "a second document; a configuration is one")
    }
    guard let root = result.documents.first, !root.isNull else { return }
    mapping(root, path: "", base: URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }

  /// - Parameter path: of the mapping's key, empty for the whole file.
  private mutating func mapping(_ node: Node, path: String, base: String) {
    guard let members = node.mapping else {
      return problem(node.position, "\(path.isEmpty ? "the file" : "`\(path)`") is not a mapping of keys to values")
    }
    for member in members {
      let full = path.isEmpty ? member.key : "\(path).\(member.key)"
      if let key = ConfigurationKey(rawValue: full) {
        if key == .scrape {
          scrape(member.value, base: base)
        } else if key == .runbooksSecrets {
          runbookSecrets(member.value)
        } else if let values = texts(member.value, of: full, isList: key == .trustedProxies || key == .runbooksRead) {
          apply(values, to: key, base: base)
        }
      } else if ConfigurationKey.names(below: full).isEmpty {
        unknown(member, below: path)
      } else {
        mapping(member.value, path: full, base: base)
      }
    }
  }

  private mutating func unknown(_ member: Node.Member, below path: String) {
    let names = ConfigurationKey.names(below: path)
    let what = path == "intake" ? "this version has no intake" : "unknown key"
    let advice =
      suggestion(for: member.key, among: names).map { "did you mean `\($0)`?" }
      ?? "known \(path.isEmpty ? "are" : "in `\(path)` are"): \(names.joined(separator: ", "))"
    problem(member.keyPosition, "\(what) `\(member.key)`; \(advice)")
  }

  private mutating func texts(_ node: Node, of path: String, isList: Bool) -> [Value]? {
    if let scalar = node.scalar, !node.isNull { return [Value(text: scalar.text, place: "\(node.position)")] }
    if isList, let items = node.sequence {
      let scalars = items.compactMap { item in item.scalar.map { Value(text: $0.text, place: "\(item.position)") } }
      if scalars.count == items.count { return scalars }
    }
    problem(node.position, "`\(path)` is \(node.isNull ? "empty" : isList ? "no list of texts" : "no single value")")
    return nil
  }

  // MARK: All layers

  /// - Parameter base: what relative paths are relative to, where it is not the working directory.
  mutating func apply(_ values: [Value], to key: ConfigurationKey, base: String = "") {
    guard let value = values.last else { return }
    let path = value.text.hasPrefix("/") || base.isEmpty ? value.text : base + "/" + value.text
    switch key {
    case .listen: listener(value).map { configuration.listen = $0 }
    case .intakePrometheusListen, .intakeOTLPListen, .intakeDatadogListen, .intakeAlertmanagerListen,
      .intakePagerDutyListen:
      listener(value).map { configuration.intakeListeners[key.intake ?? ""] = $0 }
    case .dogstatsd: listener(value).map { configuration.dogstatsd = $0 }
    case .dogstatsdSocket: socketPath(Value(text: path, place: value.place)).map { configuration.dogstatsdSocket = $0 }
    case .externalURL: url(value, isOrigin: true).map { configuration.externalURL = $0 }
    case .heartbeat: url(value, isOrigin: false).map { configuration.heartbeat = $0 }
    case .dataDir: configuration.dataDir = path
    case .definitions: configuration.definitions = path
    case .statusPagesDirectory: configuration.statusPagesDirectory = path
    case .tlsCertificate: certificate = Value(text: path, place: value.place)
    case .tlsKey: self.key = Value(text: path, place: value.place)
    case .trustedProxies: configuration.trustedProxies = proxies(values)
    case .store: store(value)
    case .scrape: configuration.scrape = targets(values)
    case .telemetryBackfill: backfillURL = backfill(value)
    case .telemetryBackfillSecretRef:
      backfillSecretRef = backfillSecret(value).map { Value(text: $0, place: value.place) }
    case .retentionPayloads:
      interval(value, in: .hours(1)...(.days(3_650))).map { configuration.payloadRetention = $0 }
    case .limitsRequestsPerSecond: number(value, in: 1...1_000_000).map { configuration.limits.requestsPerSecond = $0 }
    case .limitsRequestBurst: number(value, in: 1...1_000_000).map { configuration.limits.requestBurst = $0 }
    case .limitsRequestTimeout:
      interval(value, in: .seconds(1)...(.minutes(10))).map { configuration.limits.requestTimeout = $0 }
    case .limitsSeriesPerSource:
      number(value, in: 1_000...10_000_000).map { configuration.limits.seriesPerSource = $0 }
    case .limitsConnections: number(value, in: 1...1_000_000).map { configuration.limits.connections = $0 }
    case .runbooksConcurrency, .runbooksSandbox, .runbooksUser, .runbooksRead, .runbooksSecrets,
      .runbooksOutputRetention, .runbooksStopGrace:
      runbooks(key, values, base: base)
    case .logLevel: logLevel(value)
    }
  }

  mutating func set(scrape: [Configuration.Scrape]) { configuration.scrape = scrape }

  mutating func set(runbooks: Configuration.Runbooks) { configuration.runbooks = runbooks }

  mutating func setLogLevel(_ level: Configuration.LogLevel) { configuration.logLevel = level }

  // MARK: The end

  mutating func finish() throws(ConfigurationError) -> Configuration {
    switch (certificate, key) {
    case (let certificate?, let key?):
      for file in [certificate, key] where !FileManager.default.isReadableFile(atPath: file.text) {
        problem(file.place, "\(file.text) cannot be read; name a PEM file that this user may read")
      }
      configuration.tls = .init(certificate: certificate.text, key: key.text)
    case (let lonely?, nil), (nil, let lonely?):
      problem(lonely.place, "tls needs both a certificate and a key")
    case (nil, nil): break
    }
    if let backfillURL {
      configuration.backfill = .init(url: backfillURL, secretRef: backfillSecretRef?.text)
    } else if let backfillSecretRef {
      problem(backfillSecretRef.place, "a secret for `telemetry.backfill`, which is not set; set its URL too")
    }
    missing(configuration.dataDir, .dataDir, "DIR, where the journal is to be kept")
    missing(configuration.definitions, .definitions, "DIR, where the definitions are")
    if !problems.isEmpty { throw ConfigurationError(lines: problems) }
    return configuration
  }

  private mutating func missing(_ value: String, _ key: ConfigurationKey, _ remedy: String) {
    guard value.isEmpty, problems.isEmpty else { return }
    problem("configuration", "`\(key.rawValue)` is missing; give --\(key.flag) \(remedy)")
  }
}
