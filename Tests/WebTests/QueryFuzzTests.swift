import Base
import Engine
import Glibc
import Reviews
import Testing

@testable import Web

/// Seeded nonsense in addresses and in Markdown: no page breaks, nothing that is written becomes a script, and a long
/// text takes no longer a letter than a short one.
@Suite struct QueryFuzzTests {
  private static let pieces = [
    "1", "-1", "0", "90", "3660", "99999999999999999999", "2026-11-21T03:26:00Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "2026-13-01", "team", "tier", "journey", "severity", "SEV-1", "csv", "json", "all", "open",
    "closed", "1h", "30d", "999999999d", "-5m", "alert", "playback", "%00", "%F0%9F", "é", "'", "\"", "<script>",
    "=1+1",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV", "*", ".*", "a.b", "",
  ]
  private static let names = [
    "days", "from", "to", "by", "tier", "team", "journey", "service", "severity", "format", "q", "limit", "cursor",
    "state", "kind", "after", "before", "at", "type", "subject", "owner", "section", "attempt", "undo", "about",
    "runbook", "window", "range", "zone",
  ]

  @Test func noAddressBreaksAPage() async throws {
    var configuration = WebConfiguration()
    (configuration.requestsPerSecond, configuration.requestBurst) = (1e6, 1e6)
    let harness = try Harness(configuration: configuration)
    var random = SeededGenerator(seed: 20_261_121)
    let id = try #require(harness.state.reviews.all.first?.id.description)
    let routes = harness.pipeline.table.routes.filter { $0.method == "GET" && $0.path != "/api/v1/openapi.json" }
    for round in 0..<2_500 {
      guard let route = routes.randomElement(using: &random) else { return }
      let path = route.path.split(separator: "/").map { segment -> String in
        guard segment.hasPrefix("{"), let end = segment.firstIndex(of: "}") else { return String(segment) }
        let value = [id, "playback", "heal", "streaming", "0"].randomElement(using: &random) ?? id
        return value + segment[segment.index(after: end)...]
      }.reduce("") { "\($0)/\($1)" }
      let query = (0..<Int.random(in: 1...4, using: &random)).map { _ in
        "\(Self.names.randomElement(using: &random) ?? "")=\(Self.pieces.randomElement(using: &random) ?? "")"
      }.joined(separator: "&")
      let answer = await harness.get((path.isEmpty ? "/" : path) + "?" + query)
      #expect(answer.status < 500, "round \(round): \(path)?\(query): \(answer.text.prefix(200))")
      #expect(!answer.text.contains("<script>\"") && !answer.text.contains("=<script>"), "\(path)?\(query)")
      #expect(answer.text.contains("NaN") == false || route.kind == .api, "\(path)?\(query)")
    }
  }

  private static let marks = [
    "# ", "- ", "1. ", "> ", "| ", "|---|\n", "`", "```\n", "```sh {\"name\":\"x\"}\n", "*", "**", "_", "[", "](", ")",
    "](javascript:",
    "](data:text/html,", "<script>", "</script>", "<img src=x onerror=alert(1)>", "\"", "'", "&", "&#", "\\", "\n",
    "\n\n", "  ",
    "a", "é", "😀", "\0", "\r\n", "[x] ", "![a](", "<!--", "]]>", "http://", "https://x/\" onmouseover=\"",
  ]

  @Test func noMarkdownBecomesAScript() {
    var random = SeededGenerator(seed: 77)
    for round in 0..<3_000 {
      let text = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        Self.marks.randomElement(using: &random) ?? ""
      }.joined()
      let source = Markdown.html(text).source
      #expect(!source.contains("<script") && !source.contains("<img") && !source.contains("<!--"), "round \(round)")
      #expect(!source.contains("href=\"javascript") && !source.contains("href=\"data"), "round \(round): \(text)")
      #expect(!source.contains("\" onmouseover"), "round \(round): \(text)")
    }
  }

  @Test(arguments: [
    "a ", "*a", "[", "[a](", "`", "| a ", "- a\n", "> ", "  - a\n", "**", "_a_ ", "# a\n", "```\n", "1. a\n\n", "<b",
    "\\", "![",
  ])
  func longMarkdownTakesTimeForItsLengthAlone(_ piece: String) {
    func time(_ bytes: Int) -> Double {
      let text = String(repeating: piece, count: bytes / piece.utf8.count)
      return (0..<3).map { _ in Processor.seconds { _ = Markdown.html(text).source } }.min() ?? 0
    }
    let (short, long) = (time(2 << 10), time(32 << 10))
    // The square would be two hundred and fifty-six times.
    #expect(long < short * 80 + 0.05, "\(piece): \(short) and \(long)")
  }
}

/// Time of the processor that a thread spent: what else the machine does counts for nothing.
enum Processor {
  static func seconds(_ work: () -> Void) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    let start = now()
    work()
    return now() - start
  }
}
