import Base
import Testing

@testable import Runtime

/// What blocks that are no scripts say, and what values can and cannot do to it.
struct StepTextTests {
  private let hostile = StepVariables([
    ("A", "a b&c=\"d\"\r\nX: 1"), ("OPT", "--all"), ("N", "edge-1"), ("EMPTY", ""), ("DOTS", ".."), ("DOT", "."),
  ])

  private func problem(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func laterValuesOfTheSameNameCount() {
    #expect(
      StepVariables([("A", "1"), ("B", "2"), ("A", "3")]).values.map { "\($0.name)\($0.value)" } == ["A3", "B2"])
  }

  @Test func valuesAreEncodedForTheirPlace() throws {
    let request = try HTTPRequestText(
      "# expect: 202, 3xx 400-404\nPOST https://h:8/p/${A}?q=${N} HTTP/1.1\nX-Node: ${N}\n\n{\"a\": \"${A}\", \"c\": \"$$5\"}\n",
      hostile)
    #expect(request.method == "POST")
    #expect(request.url == "https://h:8/p/a%20b%26c%3D%22d%22%0D%0AX%3A%201?q=edge-1")
    #expect(request.headers == [.init(name: "X-Node", value: "edge-1")])
    #expect(request.body == "{\"a\": \"a b&c=\\\"d\\\"\\r\\nX: 1\", \"c\": \"$5\"}\n")
    #expect(request.expected == [202...202, 300...399, 400...404])
    let form = try HTTPRequestText(
      "POST http://h/\ncontent-type: application/x-www-form-urlencoded\n\na=${A}", hostile)
    #expect(form.body == "a=a%20b%26c%3D%22d%22%0D%0AX%3A%201" && form.expected == [200...299])
    #expect(try HTTPRequestText("https://h/x", hostile).method == "GET")
  }

  @Test(arguments: [
    ("GET https://${N}/x", "host"), ("GET https://a@${N}:80", "host"), ("GET /x", "absolute"),
    ("FETCH http://h/", "request line"), ("", "request line"), ("GET http://h/\nX: ${A}", "line break"),
    ("GET http://h/\nnot a header", "no header"), ("# expect: 999\nGET http://h/", "no status"),
    ("GET http://h/${NOBODY}", "NOBODY"), ("GET http://h/a/${DOTS}/b", "lead elsewhere"),
    ("GET http://h/a/${DOT}${DOT}?x=1", "lead elsewhere"), ("GET http://h/a/.${DOT}/b", "lead elsewhere"),
  ])
  func badRequestsAreRefused(_ text: String, _ word: String) {
    #expect(problem { _ = try HTTPRequestText(text, hostile) }.contains(word))
  }

  @Test func dotsInsideOfPartsAndQueriesStay() throws {
    #expect(try HTTPRequestText("GET http://h/a/v${DOTS}1/../x?p=${DOTS}", hostile).url == "http://h/a/v..1/../x?p=..")
  }

  /// Whoever is on the machine reads the arguments of its processes.
  @Test func aSecretIsNoArgument() throws {
    let variables = StepVariables([("NODE", "edge-1")], secrets: [("TOKEN", "wolpertinger")])
    for line in ["get --token=${TOKEN}", "get \"${TOKEN}\"", "get x${TOKEN}"] {
      let told = problem { _ = try ArgumentLines.commands(of: line, tool: "kubectl", variables: variables) }
      #expect(told.contains("TOKEN is a secret") && !told.contains("wolpertinger"))
    }
    let commands = try ArgumentLines.commands(of: "get ${NODE}", tool: "kubectl", variables: variables)
    #expect(commands == [["kubectl", "get", "edge-1"]] && variables["TOKEN"] == "wolpertinger")
  }

  @Test func wordsAreNeverSplitByValues() throws {
    let commands = try ArgumentLines.commands(
      of: "kubectl get pod ${N} -o 'json path' --note=\"x ${A}\" \\\n  --all\n# no\n\ndelete -- 'a;b' c\\ d \"\"",
      tool: "kubectl",
      variables: hostile)
    #expect(
      commands == [
        ["kubectl", "get", "pod", "edge-1", "-o", "json path", "--note=x a b&c=\"d\"\r\nX: 1", "--all"],
        ["kubectl", "delete", "--", "a;b", "c d", ""],
      ])
  }

  @Test(arguments: [
    ("get ${OPT}", "option"), ("get \"${OPT}\"", "option"), ("get x | sh", "no shell"), ("get $(id) ; x", "no shell"),
    ("get 'x", "not closed"), ("get \"x", "not closed"), ("", "no line"), ("kubectl", "no arguments"),
    ("get x\\", "follows"),
  ])
  func badArgumentsAreRefused(_ text: String, _ word: String) {
    let said = problem { _ = try ArgumentLines.commands(of: text, tool: "kubectl", variables: hostile) }
    #expect(said.contains(word), "\(said)")
  }

  @Test func expectationsOfAnSLI() throws {
    let text = "slo: shop\n# x\nwindow: 10m\nevery: 30s\nexpect: burnRate < 1\nexpect: ratio >= 99.5 %"
    let expectation = try SLIExpectation(text, hostile)
    #expect(expectation.window == .minutes(10) && expectation.every == .seconds(30))
    #expect(expectation.unmet(.init(burnRate: 0.5, ratio: 0.995, budgetLeft: nil)) == [])
    #expect(expectation.unmet(.init(burnRate: 1, ratio: 0.99, budgetLeft: nil)).count == 2)
    #expect(expectation.unmet(.init(burnRate: nil, ratio: 1, budgetLeft: 1))[0].contains("no traffic within 10m"))
    for (text, word) in [
      ("expect: ratio > 1", "no SLO"), ("slo: a\nexpect: luck > 1", "expects nothing"),
      ("slo: a\nwindow: 1s", "length"),
      ("slo: a\nwhatever: 1", "none of"),
    ] {
      #expect(problem { _ = try SLIExpectation(text, hostile) }.contains(word))
    }
  }

  @Test func commandsOfHAProxy() throws {
    let commands = try HAProxyCommands("socket: /run/h.sock\n\nset server b/${N} state drain\n", hostile)
    #expect(commands.place == .socket("/run/h.sock") && commands.commands == ["set server b/edge-1 state drain"])
    #expect(try HAProxyCommands("address: [::1]:9\nx", hostile).place == .address(host: "::1", port: 9))
    for (text, word) in [
      ("show info", "not said"), ("socket: x\ny", "absolute"), ("socket: /x", "no commands"),
      ("socket: /x\na;b", "joins"), ("socket: /x\nset ${A}", "more than one word"), ("address: h\nx", "no HOST:PORT"),
      ("socket: /x\nset ${EMPTY}", "empty"),
    ] {
      #expect(problem { _ = try HAProxyCommands(text, hostile) }.contains(word), "\(text)")
    }
  }

  @Test func errorsOfHAProxyAreRecognised() {
    #expect(HAProxyCommands.read("[3]:No such server.\n\n").error == "No such server.")
    #expect(HAProxyCommands.read("\n[6]: Unknown command: 'fly'.\n").error?.hasPrefix("Unknown command") == true)
    let table = HAProxyCommands.read("# be_id srv\n3 [1]\n\n")
    #expect(table.error == nil && table.text == "# be_id srv\n3 [1]")
    #expect(HAProxyCommands.read("[5]:changed\n") == ("changed", nil))
  }
}
