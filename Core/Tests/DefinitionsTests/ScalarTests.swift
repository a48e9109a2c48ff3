import Base
import Testing

@testable import Definitions

@Suite struct ScalarTests {
  @Test(arguments: [
    ("", Scalar.Meaning.null), ("~", .null), ("null", .null), ("nULL", .string),
    ("true", .bool(true)), ("FALSE", .bool(false)), ("yes", .string), ("on", .string), ("y", .string),
    ("0", .int(0)), ("007", .int(7)), ("-12", .int(-12)), ("+12", .int(12)), ("0x1F", .int(31)), ("0o17", .int(15)),
    ("1_000", .string), ("9223372036854775807", .int(.max)), ("9223372036854775808", .float(9_223_372_036_854_775_808)),
    ("1.5", .float(1.5)), (".5", .float(0.5)), ("-.5", .float(-0.5)), ("5.", .float(5)), ("1e3", .float(1_000)),
    ("5.e1", .float(50)), (".inf", .float(.infinity)), ("-.INF", .float(-.infinity)),
    ("2026-01-31", .string), ("09:00", .string), ("1.2.3", .string), ("0x", .string), ("0x-1", .string),
    (".", .string), ("-", .string), ("+", .string), ("e5", .string), ("1e", .string), ("v1", .string),
  ])
  func plainScalarsMeanWhatTheCoreSchemaSays(text: String, meaning: Scalar.Meaning) {
    #expect(Scalar.plain(text).meaning == meaning)
  }

  @Test func notANumberIsAFloat() {
    guard case .float(let value) = Scalar.plain(".nan").meaning else {
      Issue.record(".nan is no float")
      return
    }
    #expect(value.isNaN)
    #expect(Scalar.plain(".nan").json == .string(".nan"))
  }

  @Test func quotesMakeText() {
    for text in ["7", "true", "", "null", "1.5"] { #expect(Scalar.quoted(text).meaning == .string) }
  }
}

@Suite struct SuggestionTests {
  @Test func aSlipOfTheFingerIsFound() {
    let names = ["checkout", "catalog", "search"]
    #expect(suggestion(for: "chekout", among: names) == "checkout")
    #expect(suggestion(for: "chekcout", among: names) == "checkout")
    #expect(suggestion(for: "Catalog", among: names) == "catalog")
    #expect(suggestion(for: "billing", among: names) == nil)
    #expect(suggestion(for: "", among: names) == nil)
  }

  @Test func theOrderOfCandidatesDoesNotMatter() {
    #expect(suggestion(for: "cat", among: ["bat", "hat"]) == suggestion(for: "cat", among: ["hat", "bat"]))
  }

  @Test func aVeryLongNameCostsNothing() {
    let long = String(repeating: "a", count: 100_000)
    #expect(suggestion(for: long, among: [long + "b"]) == nil)
  }
}

@Suite struct FormatTests {
  @Test func names() {
    #expect(Formats.isObjectName("a") && Formats.isObjectName("A.b_c-9"))
    #expect(Formats.isObjectName(String(repeating: "a", count: 63)))
    for text in ["", "-a", "a-", "a b", "ä", String(repeating: "a", count: 64)] { #expect(!Formats.isObjectName(text)) }
  }

  @Test func labelsOfDNS() {
    #expect(Formats.isDNSLabel("a--b") && Formats.isDNSLabel("9"))
    for text in ["", "A", "a.b", "-a", "a_b"] { #expect(!Formats.isDNSLabel(text)) }
    #expect(Formats.isDNSSubdomain("a.b-c.d") && !Formats.isDNSSubdomain("a..b"))
  }

  @Test func keysTagsKindsVersions() {
    #expect(Formats.isPrefixedName("backstage.io/custom") && Formats.isPrefixedName("a"))
    for text in ["/a", "a/", "a/b/c", "a#b", "A.b/c"] { #expect(!Formats.isPrefixedName(text)) }
    #expect(Formats.isTag("c++") && Formats.isTag("a-b") && !Formats.isTag("a--b") && !Formats.isTag("Hello World"))
    #expect(Formats.isKind("SLO") && !Formats.isKind("9a") && !Formats.isKind("a-b"))
    #expect(Formats.isAPIVersion("openslo/v1") && Formats.isAPIVersion("v1") && Formats.isAPIVersion("1.0"))
    #expect(!Formats.isAPIVersion("foo") && !Formats.isAPIVersion("a/b/c") && !Formats.isAPIVersion("#/v1"))
  }

  @Test func urls() {
    #expect(Formats.isURL("https://a") && Formats.isURL("mailto:a@b") && Formats.isURL("http://foo/a?b=c#d"))
    for text in ["", "invalid", "https://", "://a", "http:// a", "1http://a"] { #expect(!Formats.isURL(text)) }
  }

  @Test func durations() {
    #expect(DurationShorthand("28d")?.interval == .days(28))
    #expect(DurationShorthand("1M")?.interval == .days(30) && DurationShorthand("1m")?.interval == .minutes(1))
    for text in ["", "d", "28", "-1d", "1.5d", "1 d", "1x", "99999999999999999999d"] {
      #expect(DurationShorthand(text) == nil)
    }
  }

  @Test func references() {
    let full = EntityRef(parsing: "component:media/Playback", defaultKind: "Group")
    #expect(full.description == "component:media/Playback")
    #expect(full == EntityRef(kind: "Component", namespace: "media", name: "playback"))
    #expect(EntityRef(parsing: "ana", defaultKind: "User").description == "user:default/ana")
    #expect(EntityRef(parsing: "media/ana", defaultKind: "User").shortName == "media/ana")
  }
}
