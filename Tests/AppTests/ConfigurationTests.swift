import Base
import Foundation
import Testing

@testable import App

@Suite struct ConfigurationTests {
  /// Loads a file with that text; its directory is replaced by `DIR` in errors.
  private func load(
    _ text: String, environment: [String: String] = [:], flags: [Configuration.Flag] = []
  ) throws -> Result<Configuration, ConfigurationError> {
    try withDirectory { directory in
      let path = directory + "/mainstay.yaml"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      do {
        return .success(try Configuration.load(file: path, environment: environment, flags: flags))
      } catch let error as ConfigurationError {
        return .failure(ConfigurationError(lines: error.lines.map { $0.replacing(directory, with: "DIR") }))
      }
    }
  }

  private func lines(_ text: String, environment: [String: String] = [:]) throws -> [String] {
    switch try load("dataDir: /d\ndefinitions: /f\n" + text, environment: environment) {
    case .success: []
    case .failure(let error): error.lines
    }
  }

  private let needed: [Configuration.Flag] = [.init("data-dir", "/d"), .init("definitions", "/f")]

  @Test func flagsWinOverTheEnvironmentAndItOverTheFile() throws {
    let text = "dataDir: data\ndefinitions: /f\nlisten: 127.0.0.1:1\nexternalURL: https://file.example\n"
    let environment = ["MAINSTAY_LISTEN": "127.0.0.1:2", "MAINSTAY_EXTERNAL_URL": "https://variable.example/"]
    let configuration = try load(text, environment: environment, flags: [.init("listen", "[::1]:3")]).get()
    #expect(configuration.listen == .init(host: "::1", port: 3))
    #expect(configuration.listen.description == "[::1]:3")
    #expect(configuration.externalURL == "https://variable.example")
    #expect(configuration.dataDir.hasSuffix("/data") && configuration.dataDir.hasPrefix("/"))
    #expect(configuration.definitions == "/f")
  }

  @Test func everyKeyOfTheFileIsRead() throws {
    try withDirectory { directory in
      for name in ["c.pem", "k.pem"] { try "".write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8) }
      let text = """
        listen: 0.0.0.0:0
        dataDir: /d
        definitions: /f
        tls: {certificate: c.pem, key: k.pem}
        trustedProxies: [10.0.0.1, "::1"]
        store: sqlite
        scrape:
          - {job: shop, url: "http://127.0.0.1:9101/metrics", interval: 5s, labels: {zone: b, area: a}}
          - http://127.0.0.1:9102
        retention: {payloads: 90d}
        limits: {requestsPerSecond: 5, requestBurst: 6, requestTimeout: 7s, connections: 8, seriesPerSource: 1009}
        heartbeat: https://beat.example/abc?x=1
        logLevel: debug
        """
      try text.write(toFile: directory + "/m.yaml", atomically: true, encoding: .utf8)
      let configuration = try Configuration.load(file: directory + "/m.yaml")
      #expect(configuration.listen == .init(host: "0.0.0.0", port: 0) && !configuration.listen.isLoopback)
      #expect(configuration.tls == .init(certificate: directory + "/c.pem", key: directory + "/k.pem"))
      #expect(configuration.trustedProxies == ["10.0.0.1", "::1"])
      #expect(
        configuration.scrape == [
          .init(
            job: "shop", url: "http://127.0.0.1:9101/metrics", interval: .seconds(5),
            labels: [.init(name: "area", value: "a"), .init(name: "zone", value: "b")]),
          .init(job: "127.0.0.1:9102", url: "http://127.0.0.1:9102/metrics"),
        ])
      #expect(configuration.payloadRetention == .days(90))
      #expect(configuration.limits.requestTimeout == .seconds(7) && configuration.limits.connections == 8)
      #expect(configuration.limits.seriesPerSource == 1_009)
      #expect(configuration.heartbeat == "https://beat.example/abc?x=1")
      #expect(configuration.logLevel == .debug)
    }
  }

  @Test func unknownKeysAreNamedWithTheirPlaceAndASuggestion() throws {
    #expect(
      try lines("lissten: 127.0.0.1:1\n") == ["DIR/mainstay.yaml:3:1: unknown key `lissten`; did you mean `listen`?"])
    #expect(
      try lines("tls: {certificat: x}\n").first
        == "DIR/mainstay.yaml:3:7: unknown key `certificat`; did you mean `certificate`?")
    #expect(
      try lines("limits:\n  zzz: 1\n") == [
        "DIR/mainstay.yaml:4:3: unknown key `zzz`; known in `limits` are: requestsPerSecond, requestBurst, "
          + "requestTimeout, connections, seriesPerSource"
      ])
    #expect(try lines("intake: {zipkin: {listen: x}}\n").first?.contains("this version has no intake `zipkin`") == true)
  }

  @Test(arguments: [
    ("listen: nowhere", ":3:9: 'nowhere' has no port"), ("listen: 127.0.0.1:99999", "'99999' is no port"),
    ("listen: example.org:80", "'example.org' is no IP address"), ("listen: '::1:80'", "'::1' is no IP address"),
    ("listen: 127.0.0.1:-1", "'-1' is no port"), ("listen: [a]", "`listen` is no single value"),
    ("listen:", "`listen` is empty"), ("externalURL: ftp://x", "is no URL"),
    ("externalURL: https://x/sub", "has a path"), ("store: redis", "is no store"),
    ("trustedProxies: [10.0.0.300]", "'10.0.0.300' is no IP address"), ("logLevel: loud", "is no log level"),
    ("retention: {payloads: soon}", "is no length of time"), ("limits: {connections: 0}", "is no whole number"),
    ("tls: {certificate: /nowhere}", "tls needs both"), ("scrape: [{job: a}]", "a target without `url`"),
    ("scrape: [{job: a, url: 'http://x', interval: 1ms}]", "is no length of time"),
    ("scrape: [{job: a, url: 'http://x', intervall: 1s}]", "did you mean `interval`?"),
    ("limits: 3", "`limits` is not a mapping"),
    ("intake: {otlp: {listen: '127.0.0.1'}}", "has no port"), ("dogstatsd: nowhere:1", "'nowhere' is no IP address"),
    ("dogstatsdSocket: /\(String(repeating: "x", count: 107))", "1 to 107 bytes, this one 108"), ("a: [", "not YAML"),
    ("---\nlisten: x", "a second document"),
    ("listen: 127.0.0.1:1\nlisten: 127.0.0.1:2", "written twice"),
  ])
  func wrongValuesAreRefused(_ text: String, _ expected: String) throws {
    let lines = try lines(text)
    #expect(lines.contains { $0.contains(expected) && !$0.contains("\n") }, "\(lines)")
  }

  @Test func aPostgreSQLURLIsRefusedWithoutItsPassword() throws {
    let found = try lines("store: postgres://u:hunter2@db/x\n")
    #expect(found.count == 1 && found[0].contains("keeps its journal in SQLite") && !found[0].contains("hunter2"))
    let heartbeat = try lines("heartbeat: https://u:hunter2@x/\n")
    #expect(heartbeat.count == 1 && !heartbeat[0].contains("hunter2"))
  }

  @Test func everythingWrongIsSaidAtOnce() throws {
    let found = try lines("listen: x\nlogLevel: y\n", environment: ["MAINSTAY_HEARTBEAT": "z"])
    #expect(found.count == 3)
    #expect(found.last?.hasPrefix("MAINSTAY_HEARTBEAT: ") == true)
  }

  @Test func whatIsNeededIsAskedFor() {
    #expect(
      throws: ConfigurationError(lines: [
        "configuration: `dataDir` is missing; give --data-dir DIR, where the journal is to be kept"
      ])
    ) { try Configuration.load(file: nil) }
    #expect(throws: ConfigurationError(lines: ["/nowhere.yaml: no such file"])) {
      try Configuration.load(file: "/nowhere.yaml", flags: needed)
    }
  }

  @Test func scrapeFlagsAddUp() throws {
    let flags = needed + [.init("scrape", "http://a:1"), .init("scrape", "http://b/m")]
    let configuration = try Configuration.load(file: nil, flags: flags)
    #expect(configuration.scrape.map(\.url) == ["http://a:1/metrics", "http://b/m"])
    #expect(configuration.scrape.map(\.job) == ["a:1", "b"])
  }

  @Test func namesFollowFromThePath() {
    let names = ConfigurationKey.allCases.map { "\($0.rawValue) \($0.variable) --\($0.flag)" }
    #expect(names.contains("externalURL MAINSTAY_EXTERNAL_URL --external-url"))
    #expect(names.contains("tls.certificate MAINSTAY_TLS_CERTIFICATE --tls-certificate"))
    #expect(names.contains("intake.prometheus.listen MAINSTAY_INTAKE_PROMETHEUS_LISTEN --listen-prometheus"))
    #expect(names.contains("intake.otlp.listen MAINSTAY_INTAKE_OTLP_LISTEN --listen-otlp"))
    #expect(names.contains("dogstatsdSocket MAINSTAY_DOGSTATSD_SOCKET --dogstatsd-socket"))
    #expect(names.contains("limits.requestsPerSecond MAINSTAY_LIMITS_REQUESTS_PER_SECOND --limits-requests-per-second"))
  }

  @Test func intakesHaveListenersOfTheirOwn() throws {
    let text =
      "intake: {otlp: {listen: '127.0.0.1:4318'}, datadog: {listen: '[::1]:8126'}}\ndogstatsd: 127.0.0.1:8125\n"
    let flags: [Configuration.Flag] = [.init("listen-otlp", "127.0.0.1:1"), .init("dogstatsd-socket", "/s")]
    let configuration = try load(text, flags: needed + flags).get()
    #expect(configuration.intakeListeners.mapValues(\.description) == ["otlp": "127.0.0.1:1", "datadog": "[::1]:8126"])
    #expect(configuration.dogstatsd?.description == "127.0.0.1:8125" && configuration.dogstatsdSocket == "/s")
  }

  @Test func theDocumentNamesEveryKey() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent("docs/configuration.md"), encoding: .utf8)
    for key in ConfigurationKey.allCases {
      for name in [key.rawValue, key.variable, "--" + key.flag] {
        #expect(text.contains("`\(name)`"), "docs/configuration.md does not name \(name)")
      }
    }
  }
}
