/// Every key of the configuration by its path in `mainstay.yaml`. Its environment variable and its flag follow from
/// the path, so that whoever knows one knows all three.
public enum ConfigurationKey: String, CaseIterable, Sendable {
  case listen
  case externalURL
  case dataDir
  case definitions
  case tlsCertificate = "tls.certificate"
  case tlsKey = "tls.key"
  case trustedProxies
  case store
  case intakePrometheusListen = "intake.prometheus.listen"
  case intakeOTLPListen = "intake.otlp.listen"
  case intakeDatadogListen = "intake.datadog.listen"
  case intakeAlertmanagerListen = "intake.alertmanager.listen"
  case intakePagerDutyListen = "intake.pagerduty.listen"
  case dogstatsd
  case dogstatsdSocket
  case scrape
  case telemetryBackfill = "telemetry.backfill"
  case telemetryBackfillSecretRef = "telemetry.backfillSecretRef"
  case retentionPayloads = "retention.payloads"
  case limitsRequestsPerSecond = "limits.requestsPerSecond"
  case limitsRequestBurst = "limits.requestBurst"
  case limitsRequestTimeout = "limits.requestTimeout"
  case limitsConnections = "limits.connections"
  case limitsSeriesPerSource = "limits.seriesPerSource"
  case runbooksConcurrency = "runbooks.concurrency"
  case runbooksSandbox = "runbooks.sandbox"
  case runbooksUser = "runbooks.user"
  case runbooksRead = "runbooks.read"
  case runbooksSecrets = "runbooks.secrets"
  case runbooksOutputRetention = "runbooks.outputRetention"
  case runbooksStopGrace = "runbooks.stopGrace"
  case statusPagesDirectory = "statusPages.directory"
  case heartbeat
  case logLevel

  /// `MAINSTAY_TLS_CERTIFICATE`.
  public var variable: String { "MAINSTAY_" + words.joined(separator: "_").uppercased() }

  /// `tls-certificate`; a listener of an intake is `listen-NAME`.
  public var flag: String {
    intake.map { "listen-\($0)" } ?? words.joined(separator: "-")
  }

  /// The intake that this is the listener of.
  var intake: String? {
    switch self {
    case .intakePrometheusListen, .intakeOTLPListen, .intakeDatadogListen, .intakeAlertmanagerListen,
      .intakePagerDutyListen:
      rawValue.split(separator: ".").dropFirst().first.map(String.init)
    default: nil
    }
  }

  /// `externalURL` → external, url.
  private var words: [String] {
    var words: [String] = [""]
    var wasUpper = false
    for character in rawValue {
      if character == "." {
        words.append("")
      } else {
        if character.isUppercase, !wasUpper, words.last?.isEmpty == false { words.append("") }
        words[words.count - 1].append(character.lowercased())
      }
      wasUpper = character.isUppercase
    }
    return words
  }

  /// The names at one level of the file, below a path such as `tls` or at the top: what an unknown name is compared
  /// with.
  static func names(below path: String) -> [String] {
    let prefix = path.isEmpty ? "" : path + "."
    var names: [String] = []
    for key in allCases where key.rawValue.hasPrefix(prefix) {
      let name = String(key.rawValue.dropFirst(prefix.count).prefix { $0 != "." })
      if !names.contains(name) { names.append(name) }
    }
    return names
  }
}
