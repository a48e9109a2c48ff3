import ArgumentParser
import Base
import Outbound

/// `mainstay channel`.
struct ChannelVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "channel", abstract: "Try out how people are reached.",
    discussion: """
      EXAMPLE
        mainstay channel test --person ana
        mainstay channel test chat
      """,
    subcommands: [Test.self])

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send a test message and wait for what becomes of it; exit code 1 when one does not arrive.",
      discussion: """
        EXAMPLE
          mainstay channel test --person ana
        """)

    @Argument(help: "The channel.") var channel: String?
    @Option(name: .long, help: "Every channel of this person instead.") var person: String?
    @Option(name: .long, help: "Seconds to wait at most.") var wait = 30
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
      guard (channel == nil) != (person == nil) else {
        throw ValidationError("name a channel, or a person with --person")
      }
      guard (1...600).contains(wait) else { throw ValidationError("--wait takes 1 to 600 seconds") }
    }

    func run() async throws {
      let target = person.map { "user/\($0)" } ?? "channel/\(channel ?? "")"
      let pages = try await server.connect { connection in
        let asked = try await connection.api.post("/api/v1/pages/test", ["target": .string(target)])
        var pages = asked["items"]?.array ?? []
        for _ in 0..<(wait * 4) where pages.contains(where: Self.isUnderWay) {
          try await Task.sleep(for: .milliseconds(250))
          for index in pages.indices where Self.isUnderWay(pages[index]) {
            pages[index] = try await connection.api.get(Connection.path("/api/v1/pages", pages[index].text("id") ?? ""))
          }
        }
        return pages
      }
      let good = pages.allSatisfy { $0.text("state") == "sent" }
      if !output.printed(.list(pages)) {
        var table = Table(("CHANNEL", .left), ("STATE", .left), ("ANSWER", .left))
        for page in pages {
          table.add(
            .init(page.text("channel")), .init(page.text("state")),
            .init(page["attempts"]?.array?.last?.text("result")))
        }
        table.show(empty: "\(target) has no channels")
      }
      guard good else { throw ExitCode(1) }
    }

    /// A first failure is what a person who tries wants to see: its retries are not waited for.
    private static func isUnderWay(_ page: JSON) -> Bool {
      let state = page.text("state")
      return state == "requested" || state == "sending"
    }
  }
}
