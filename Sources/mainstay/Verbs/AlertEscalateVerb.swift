import ArgumentParser
import Base
import Outbound

extension AlertVerb {
  /// `mainstay alert escalate`.
  struct Escalate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give an alert to a person, a team or a policy; they are paged now.",
      discussion: """
        EXAMPLE
          mainstay alert escalate 01KAJ4ZJ8Q3V5T6M7N8P9RABCD --to user/ana
        """)

    @Argument(help: "Its id, or the end of it.") var id: String
    @Option(name: .long, help: "user/NAME, team/NAME or policy/NAME.") var to: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let alert = try await server.connect {
        try await $0.api.post(Connection.path(path, try await AlertVerb.id(id, $0), "/escalate"), ["to": .string(to)])
      }
      if output.printed(alert) { return }
      print("\(to) is paged: \(Terminal.printable(alert.text("summary") ?? id))")
    }
  }
}
