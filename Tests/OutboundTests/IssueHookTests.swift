import Base
import Testing

@testable import Outbound

/// What trackers, and those who pretend to be one, send.
@Suite struct IssueHookTests {
  private static let pieces = [
    "{", "}", "[", "]", ",", ":", "\"", "\"action\":", "\"closed\"", "\"reopened\"", "\"close\"", "\"issue\":",
    "\"number\":", "1",
    "-1", "1e400", "99999999999999999999", "\"repository\":", "\"full_name\":", "\"example/shop\"",
    "\"object_kind\":\"issue\"",
    "\"object_attributes\":", "\"iid\":", "\"project\":", "\"path_with_namespace\":", "null", "true", "\\u0000",
    "\\ud800", "é",
  ]

  @Test func nonsenseIsNoHook() {
    var random = SeededGenerator(seed: 20_261_121)
    for _ in 0..<8_000 {
      let body = Array(
        (0..<Int.random(in: 0...20, using: &random)).map { _ in Self.pieces.randomElement(using: &random) ?? "" }
          .joined().utf8)
      for hook in [IssueHook.github(body, event: "issues"), IssueHook.gitlab(body)].compactMap({ $0 }) {
        #expect(!hook.repository.isEmpty)
      }
      #expect(IssueHook.github(body, event: "push") == nil)
    }
    #expect(IssueHook.github(Array(String(repeating: "[", count: 1 << 20).utf8), event: "issues") == nil)
    let deep = "{\"action\":\"closed\",\"issue\":" + String(repeating: "{\"a\":", count: 100_000)
    #expect(IssueHook.github(Array(deep.utf8), event: "issues") == nil)
  }

  @Test func onlyTheWholeSignatureCounts() {
    let body = Array("{}".utf8)
    let secret = Secret("k3y-of-the-hook")
    let right = "sha256=" + (0..<32).map { _ in "00" }.joined()
    for signature in [
      "", "sha256=", "sha1=00", right, String(right.dropLast()), right + "0", "SHA256=" + right.dropFirst(7),
    ] {
      #expect(!IssueHook.isSigned(body, signature, secret: secret))
    }
    #expect(IssueHook.isToken("k3y-of-the-hook", secret: secret))
    for token in ["", "k3y-of-the-hoo", "k3y-of-the-hook ", "K3y-of-the-hook"] {
      #expect(!IssueHook.isToken(token, secret: secret))
    }
  }
}
