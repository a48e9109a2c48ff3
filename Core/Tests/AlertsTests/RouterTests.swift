import Base
import Definitions
import Events
import Testing

@testable import Alerts

@Suite struct RouterTests {
  private let services = [
    "checkout": Router.Service(owner: "shop", tier: 0, policy: nil),
    "search": Router.Service(owner: "discovery", tier: 2, policy: "discovery"),
  ]

  private func route(_ name: String, _ change: (inout AlertRoute) throws -> Void) rethrows -> AlertRoute {
    var route = AlertRoute(name: name)
    try change(&route)
    return route
  }

  private func incoming(_ labels: [String: String], key: String = "k") -> Incoming {
    Incoming(
      integration: "alertmanager/main", key: key, summary: "It fails",
      labels: labels.map { .init(name: $0.key, value: $0.value) })
  }

  @Test func theFirstThatMatchesMapsIt() throws {
    let first = try route("clusters") {
      $0.match.matchers = try LabelMatcher.parse(#"cluster=~"eu-.*""#)
      $0.set.service = try Template("checkout")
      $0.set.key = try Template("{{labels.cluster}}/{{labels.missing}}")
      $0.set.severity = try Template("{{labels.level}}")
      $0.set.autoResolve = .hours(1)
      $0.set.labels = [("region", try Template("eu of {{integration}}"))]
    }
    let second = route("all") { $0.policy = "platform" }
    let router = Router(routes: [first, second], services: services)
    let routed = router.route(incoming(["cluster": "eu-1", "level": "warning"]), explaining: true)
    #expect(routed.route == "clusters" && routed.policy == "platform")
    #expect(routed.signal.key == "route/clusters/eu-1/" && Router.isShared(routed.signal.key))
    #expect(routed.signal.service == "checkout" && routed.signal.severity == .warning)
    #expect(routed.signal.urgency == .ticket && routed.signal.timeout == .hours(1))
    #expect(routed.signal.label("region") == "eu of main")
    let other = router.route(incoming(["cluster": "us-1"]), explaining: true)
    #expect(other.route == "all" && other.signal.key == "alertmanager/main/k" && !Router.isShared(other.signal.key))
    #expect(other.why.contains { $0.contains("clusters does not match") && $0.contains("us-1") })
  }

  @Test func whoPages() throws {
    let owned = route("owned") {
      $0.match.owners = ["discovery"]
      $0.policy = "by-route"
    }
    let forced = try route("forced") {
      $0.match.matchers = try LabelMatcher.parse("forced=yes")
      $0.set.policy = "forced"
    }
    let router = Router(routes: [forced, owned, route("all") { $0.policy = "rest" }], services: services)
    #expect(router.route(incoming(["service": "search"])).policy == "discovery", "the service's own policy")
    #expect(router.route(incoming(["service": "search", "forced": "yes"])).policy == "forced")
    #expect(router.route(incoming(["service": "checkout"])).policy == "rest")
    #expect(router.route(incoming(["service": "unknown"])).policy == "rest")
    #expect(Router(services: services).route(incoming(["service": "checkout"])).policy == nil)
  }

  @Test func theServiceIsOneOfTheCatalog() {
    let router = Router(services: services)
    #expect(router.route(incoming(["service": "nobody", "app": "search"])).signal.service == "search")
    var named = incoming([:])
    named.fallbackService = "checkout"
    #expect(router.route(named).signal.service == "checkout")
    named.labels = [.init(name: "service", value: "search")]
    #expect(router.route(named).signal.service == "search", "what names one itself does not need the integration's")
  }

  @Test func longKeysStayApart() {
    let router = Router()
    let (one, other) = (String(repeating: "x", count: 5_000) + "1", String(repeating: "x", count: 5_000) + "2")
    let keys = [one, other].map { router.route(incoming([:], key: $0)).signal.key }
    #expect(keys[0] != keys[1] && keys.allSatisfy { $0.utf8.count < 600 })
  }

  @Test func everyConditionOfARouteCounts() throws {
    let facts = AlertRoute.Facts(
      service: "search", owner: "discovery", tier: 2, severity: .error, labels: [.init(name: "a", value: "b")],
      integration: "main")
    let changes: [(inout AlertRoute.Match) throws -> Void] = [
      { $0.services = ["x"] }, { $0.owners = ["x"] }, { $0.tiers = [1] }, { $0.severities = [.info] },
      { $0.labels = [.init(name: "a", value: "c")] }, { $0.integrations = ["other"] },
      { $0.matchers = try LabelMatcher.parse("a!=b") },
    ]
    #expect(route("all") { _ in }.matches(facts))
    for change in changes { #expect(try !route("one") { try change(&$0.match) }.matches(facts)) }
    #expect(
      try route("all that hold") {
        $0.match.services = ["y", "search"]
        $0.match.tiers = [2]
        $0.match.matchers = try LabelMatcher.parse(#"{a=~"b|c", severity="error", none=""}"#)
        $0.match.integrations = ["main"]
      }.matches(facts))
  }
}

@Suite struct MatcherTextTests {
  @Test(arguments: [
    (#"a="b""#, [#"a="b""#]), ("a=b", [#"a="b""#]), (#"{a=~"x.*", b!=c}"#, [#"a=~"x.*""#, #"b!="c""#]), ("{}", []),
    ("", []), (#" { a !~ 'q' , } "#, [#"a!~"q""#]), (#"a="\"\\\n""#, ["a=\"\\\"\\\\\\n\""]),
    (#"a=~"\d+""#, [#"a=~"\\d+""#]),
  ])
  func isRead(_ text: String, _ written: [String]) throws {
    #expect(try LabelMatcher.parse(text).map(\.description) == written)
  }

  @Test(arguments: ["a", "=b", "a==\"b", "{a=b", "a=b}", "1a=b", "a=~(", "a b=c", "a=\"b\" c=\"d\"", "a=b,,c=d"])
  func isRefused(_ text: String) {
    #expect(throws: PatternError.self) { try LabelMatcher.parse(text) }
  }
}

@Suite struct TemplateTests {
  @Test func isFilledIn() throws {
    let template = try Template("a {{ labels.x }}-{{y}}{{z}}.")
    #expect(template.paths == ["labels.x", "y", "z"])
    #expect(template.render { ["labels.x": "1", "y": "{{z}}"][$0] } == "a 1-{{z}}.")
    #expect(try Template("{{x}}").render { _ in String(repeating: "é", count: 10_000) }.utf8.count <= 4_096)
  }

  @Test(arguments: ["{{", "a {{b", "{{}}", "{{ }}", "{{a b}}", "{{a|b}}"])
  func isRefused(_ text: String) {
    #expect(throws: TemplateError.self) { try Template(text) }
  }
}
