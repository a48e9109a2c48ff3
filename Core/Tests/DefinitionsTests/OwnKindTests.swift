import Base
import Testing
import Trees

@testable import Definitions

/// The kinds of our own: what each refuses.
@Suite struct OwnKindTests {
  private func messages(_ documents: String...) throws -> [String] {
    var assembly = Assembly()
    for (index, text) in documents.enumerated() {
      let file = "\(index).yaml"
      assembly.add(ParsedFile(source: SourceFile(path: file, text: text), documents: [try tree(text, file: file)]))
    }
    return assembly.result(references: false).diagnostics.map(\.message)
  }

  /// A schedule of one layer with one field more.
  private static func layer(_ field: String, rotation: String = "weekly") -> String {
    #"{"timeZone":"UTC","layers":[{"name":"l","rotation":"\#(rotation)","start":"2026-02-03T09:00","#
      + #""users":["a"],\#(field)}]}"#
  }

  @Test(arguments: [
    ("Channel", #"{"type":"webhook"}"#, "has neither url nor secretRef"),
    ("Channel", #"{"type":"webhook","url":"ftp://a"}"#, "is not a URL"),
    ("Channel", #"{"type":"smtp"}"#, "spec.smtp is missing"),
    ("Channel", #"{"type":"smtp","smtp":{"host":"h","from":"nobody","tls":"none"}}"#, "is not a mail address"),
    ("Channel", #"{"type":"smtp","smtp":{"host":"h","from":"a@b","port":70000}}"#, "is not within 1…65535"),
    ("Channel", #"{"type":"webhok","url":"http://a"}"#, "did you mean `webhook`?"),
    ("StatusPage", #"{"title":"t","url":"https://a.example","components":[]}"#, "spec.components is empty"),
    (
      "StatusPage", #"{"title":"t","url":"a.example","components":[{"name":"a","services":["b"]}]}"#, "is not a URL"
    ),
    (
      "StatusPage", #"{"title":"t","url":"https://a.example","components":[{"name":"a"}]}"#,
      "has neither services nor a journey"
    ),
    (
      "StatusPage",
      #"{"title":"t","url":"https://a.example","components":[{"name":"a","services":["b"]},"#
        + #"{"name":"a","services":["c"]}]}"#,
      "names \"a\" twice"
    ),
    (
      "StatusPage",
      #"{"title":"t","url":"https://a.example","contact":"javascript:x","components":[{"name":"a","services":["b"]}]}"#,
      "is neither a URL nor mailto:ADDRESS"
    ),
    ("Contact", #"{"user":"ana","methods":[]}"#, "spec.methods is empty"),
    (
      "Contact", #"{"user":"a","methods":[{"name":"x","channel":"c"}],"rules":{"high":[{"method":"y"}]}}"#,
      "is not one of the methods"
    ),
    ("Severity", #"{"level":"SEV-5","definition":"x"}"#, "did you mean"),
    ("Severity", #"{"level":"SEV-1"}"#, "spec.definition is missing"),
    ("Severity", #"{"level":"SEV-1","definition":"x","updates":{"internal":"30s"}}"#, "from 1m to 7d"),
    ("Severity", #"{"level":"SEV-1","definition":"x","updates":{"external":"1h"}}"#, "set public: true"),
    ("Severity", #"{"level":"SEV-1","definition":"x","opens":[{"tiers":[12]}]}"#, "a level from 0 to 9"),
    ("Severity", #"{"level":"SEV-1","definition":"x","opens":[{"tiers":[1],"burnRate":0}]}"#, "is no burn rate"),
    ("Journey", #"{"title":"x"}"#, "spec.steps is missing"),
    ("Journey", #"{"title":"x","steps":[]}"#, "spec.steps is empty"),
    ("Journey", #"{"title":"x","steps":[{"name":"a"}]}"#, "steps.0.service is missing"),
    ("EscalationPolicy", #"{"levels":[]}"#, "spec.levels is empty"),
    ("EscalationPolicy", #"{"levels":[{"targets":[]}]}"#, "spec.levels.0.targets is empty"),
    ("EscalationPolicy", #"{"levels":[{"targets":[{"user":"a","schedule":"b"}]}]}"#, "write exactly one"),
    (
      "EscalationPolicy", #"{"levels":[{"targets":[{"user":"a"}],"escalateAfter":"1s"}]}"#,
      "gives nobody time to acknowledge"
    ),
    ("Schedule", #"{"timeZone":"Europe/Lisbon","layers":[]}"#, "spec.layers is empty"),
    (
      "Schedule",
      #"{"timeZone":"x y","layers":[{"name":"l","rotation":"weekly","start":"2026-01-05T09:00","users":["a"]}]}"#,
      "is not a time zone"
    ),
    (
      "Schedule",
      #"{"timeZone":"UTC","layers":[{"name":"l","rotation":"weekly","start":"2026-02-30T09:00","users":["a"]}]}"#,
      "is not a local time"
    ),
    (
      "Schedule",
      #"{"timeZone":"UTC","layers":[{"name":"l","rotation":"weekly","start":"2026-02-03T09:00","users":[]}]}"#,
      "spec.layers.0.users is empty"
    ),
    ("Schedule", Self.layer(#""timeZone":"x y""#), "spec.layers.0.timeZone \"x y\" is not a time zone"),
    ("Schedule", Self.layer(#""until":"2026-02-03T09:00""#), "spec.layers.0.until is not after start"),
    ("Schedule", Self.layer(#""handover":{"day":"moonday","time":"09:00"}"#), "did you mean `monday`?"),
    ("Schedule", Self.layer(#""handover":{"day":"monday"}"#), "spec.layers.0.handover.time is missing"),
    (
      "Schedule", Self.layer(#""handover":{"day":"monday","time":"09:00"}"#, rotation: "daily"),
      "only a weekly rotation hands over on a weekday"
    ),
    (
      "Schedule", Self.layer(#""handover":{"time":"09:00"}"#, rotation: "monthly"),
      "only daily and weekly rotations take one"
    ),
    ("Schedule", Self.layer(#""every":0"#), "spec.layers.0.every"),
    (
      "Schedule",
      #"{"timeZone":"UTC","limits":{"incidentsPerShift":0},"layers":[{"name":"l","rotation":"weekly","#
        + #""start":"2026-02-03T09:00","users":["a"]}]}"#,
      "spec.limits.incidentsPerShift"
    ),
    (
      "Contact",
      #"{"user":"a","night":{"from":"25:00","to":"07:00"},"methods":[{"name":"m","channel":"c"}]}"#, "spec.night.from"
    ),
    ("Route", #"{"match":{"tiers":["0"]}}"#, "spec.policy is missing"),
    ("Route", #"{"policy":"p","match":{"tiers":["0"]}}"#, "spec.match.tiers.0"),
    (
      "Maintenance",
      #"{"services":[],"start":"2026-01-02T00:00:00Z","end":"2026-01-01T00:00:00Z","reason":"r"}"#,
      "is not after start"
    ),
    ("Maintenance", #"{"services":[],"start":"tomorrow","end":"2026-01-01T00:00:00Z","reason":"r"}"#, "RFC 3339"),
    (
      "Silence", #"{"matchers":[],"start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z","reason":"r"}"#,
      "would silence everything"
    ),
    (
      "Silence",
      #"{"matchers":[{"label":"a","matches":"("}],"start":"2026-01-01T00:00:00Z","#
        + #""end":"2026-01-02T00:00:00Z","reason":"r"}"#,
      "is no pattern"
    ),
    (
      "Silence",
      #"{"matchers":[{"label":"a","equals":"b"}],"start":"2026-01-01T00:00:00Z","#
        + #""end":"2026-01-09T00:00:00Z","rrule":"FREQ=DAILY","reason":"r"}"#,
      "too long for a silence that recurs"
    ),
    (
      "Inhibition", #"{"source":[],"target":[{"label":"a","equals":"b"}]}"#, "matches every alert"
    ),
    ("Calendar", #"{"timeZone":"UTC","holidays":[{"date":"2026-13-01","name":"n"}]}"#, "is not a date"),
    (
      "Freeze", #"{"services":[],"start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z","reason":"r"}"#,
      "nothing would be frozen"
    ),
    ("Integration", #"{"type":"pagerduty"}"#, "spec.secretRef is missing"),
    ("Tier", #"{"level":0,"minimumTarget":1}"#, "is not a share"),
  ])
  func eachMistakeIsSaid(kind: String, spec: String, message: String) throws {
    let found = try messages(own(kind, "a", spec))
    #expect(found.contains { $0.contains(message) }, "\(found)")
  }

  @Test func aMailMethodNeedsAnAddress() throws {
    let result = try load(
      entity("User", "ana", #"{"memberOf":[]}"#),
      own("Channel", "mail", #"{"type":"smtp","smtp":{"host":"h","from":"a@b"}}"#),
      own("Contact", "ana", #"{"user":"ana","methods":[{"name":"m","channel":"mail"}]}"#))
    #expect(result.errors.count == 1)
    #expect(result.errors.first?.message.contains("needs an address") == true)
  }

  @Test func someoneWhoCannotBeReachedIsNamed() throws {
    let result = try load(
      entity("User", "ana", #"{"memberOf":[]}"#),
      own("EscalationPolicy", "p", #"{"levels":[{"targets":[{"user":"ana"}]}]}"#))
    #expect(
      result.warnings.map(\.message) == [
        "escalation policy p can page ana, who has no Contact and cannot be reached; define one"
      ])
  }

  @Test func aTierThatIsNotDefinedIsNamed() throws {
    let component =
      #"{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"c","annotations":"#
      + #"{"mainstay.dev/tier":"7"}},"spec":{"type":"service","lifecycle":"p","owner":"g"}}"#
    let result = try load(
      entity("Group", "g", #"{"type":"team","children":[]}"#), component, own("Tier", "t", #"{"level":1}"#))
    #expect(
      result.errors.map(\.message) == [
        #"mainstay.dev/tier of c is "7", and there is no Tier with that level; the levels are 1"#
      ])
  }

  @Test func rulesComeInOrderOfTime() throws {
    let text = own(
      "Contact", "a",
      #"{"user":"a","methods":[{"name":"x","channel":"c"},{"name":"y","channel":"c"}],"#
        + #""rules":{"high":[{"after":"5m","method":"y"},{"method":"x"}]}}"#)
    let contact = try #require(try load(text, references: false).snapshot?.all(ContactSpec.self).first)
    #expect(contact.spec.high.map(\.method) == ["x", "y"])
    #expect(contact.spec.low.map(\.method) == ["x"])
  }
}
