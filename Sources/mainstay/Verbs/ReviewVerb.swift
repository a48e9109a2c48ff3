import ArgumentParser
import Base
import Definitions
import Foundation
import Outbound
import Reviews
import Wire

/// `mainstay review`.
struct ReviewVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review", abstract: "The reviews of incidents.",
    discussion: """
      EXAMPLE
        mainstay review list --search certificate
        mainstay review export 12 > reviews/incident-12.md
        mainstay review check reviews/incident-12.md
      """,
    subcommands: [List.self, Show.self, Export.self, Check.self, Publish.self])

  static let path = "/api/v1/reviews"

  /// The id itself, or that of the review of an incident's number.
  static func find(_ name: String, _ connection: Connection) async throws -> String {
    guard let number = Int64(name) else { return name }
    let items = try await connection.items(path, limit: 10_000)
    guard let match = items.first(where: { $0["number"]?.int == number })?.text("id") else {
      throw Failure("no review of incident \(number)", code: 1)
    }
    return match
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reviews, newest first; of a search, the best first.",
      discussion: """
        EXAMPLE
          mainstay review list --search "expired certificate"
        """)

    @Option(name: .long, help: "Only with all these words.") var search: String?
    @Option(name: .long, help: "At most so many.") var limit: ListLimit = .standard
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let items = try await server.connect {
        try await $0.items(path, query: [("q", search)], limit: limit.count)
      }
      if output.printed(.list(items)) { return }
      let now = Clock.now()
      var table = Table(
        ("INCIDENT", .right), ("ID", .left), ("STATE", .left), ("SEVERITY", .left), ("SERVICE", .left), ("DUE", .left),
        ("TITLE", .left))
      for item in items {
        table.add(
          .init(item["number"]?.int.map { String($0) }), .init(item.text("id")), .init(item.text("state")),
          .init(item.text("severity")), .init(item.text("service")), .init(Words.time(item.time("due"), now: now)),
          .init(item.text("title")))
      }
      table.show(
        empty: search == nil ? "no reviews; one is drafted when an incident is resolved" : "no review has these words")
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What a review asks for: blaming words, questions, action items.",
      discussion: """
        EXAMPLE
          mainstay review show 12
        """)

    @Argument(help: "The number of its incident, or its id.") var review: String
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let found = try await server.connect { connection in
        try await connection.api.get(Connection.path(path, try await ReviewVerb.find(review, connection)))
      }
      if output.printed(found) { return }
      let causes = (found["causes"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
      print("\(found["number"]?.int ?? 0) \(Terminal.printable(found.text("title") ?? ""))")
      print(
        "\(found.text("state") ?? ""), \(found.text("severity") ?? ""), causes: \(causes.isEmpty ? "none" : causes)")
      for question in found["questions"]?.array ?? [] {
        print("? \(question.text("text") ?? "") (\(Terminal.printable(question.text("figures") ?? "")))")
      }
      for finding in found["findings"]?.array ?? [] {
        let (section, why) = (finding.text("section") ?? "", finding.text("why") ?? "")
        print("! \(section): “\(Terminal.printable(finding.text("excerpt") ?? ""))” \(why)")
      }
    }
  }

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A review as Markdown.",
      discussion: """
        EXAMPLE
          mainstay review export 12 > reviews/incident-12.md
        """)

    @Argument(help: "The number of its incident, or its id.") var review: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let found = try await server.connect { connection in
        try await connection.api.get(Connection.path(path, try await ReviewVerb.find(review, connection)))
      }
      print(found.text("markdown") ?? "")
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Blaming words in a file, as file:line:column; exit 1 if any. No server needed.",
      discussion: """
        EXAMPLE
          mainstay review check reviews/incident-12.md --definitions definitions
        """)

    @Argument(help: "A Markdown file.") var file: String
    @Option(name: .long, help: .init("Whose people are looked for by name.", valueName: "dir")) var definitions: String?
    @OptionGroup var output: FormatOptions

    func run() async throws {
      guard let data = FileManager.default.contents(atPath: file) else { throw Failure("\(file): cannot be read") }
      guard data.count <= 4 << 20, let text = String(validating: data, as: UTF8.self) else {
        throw Failure("\(file): is no text in UTF-8 of at most 4 MB")
      }
      var people: [PersonName] = []
      if let definitions {
        let result = DefinitionsLoader().load(directory: definitions)
        guard let snapshot = result.snapshot else {
          throw Failure(result.errors.map(\.description).joined(separator: "\n"))
        }
        people = snapshot.all(UserSpec.self).map {
          PersonName(name: $0.ref.shortName, display: $0.spec.profile.displayName)
        }
      }
      let found = Lexicon.check(text, people: LexiconPeople(people))
      let items = found.map { item in
        JSON.sparse([
          ("line", .int(Int64(item.line))), ("column", .int(Int64(item.column))), ("rule", .string(item.rule)),
          ("excerpt", .string(item.excerpt)), ("why", .string(item.why)), ("kinder", .string(item.kinder)),
          ("person", item.person.map(JSON.string)),
        ])
      }
      if !output.printed(.list(items)) {
        for item in found {
          print("\(file):\(item.line):\(item.column): \(item.rule): “\(Terminal.printable(item.excerpt))” \(item.why)")
          print("  kinder: \(item.kinder)")
        }
        if found.isEmpty { print("\(file): nothing looks for somebody to blame") }
      }
      if !found.isEmpty { throw ExitCode(1) }
    }
  }

  struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Publishes a review; refused while it names a person as a cause.",
      discussion: """
        EXAMPLE
          mainstay review publish 12
        """)

    @Argument(help: "The number of its incident, or its id.") var review: String
    @Option(name: .long, help: "Why it is published though it names a person as a cause.") var reason: String?
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let found = try await server.connect { connection in
        let id = try await ReviewVerb.find(review, connection)
        return try await connection.api.post(
          Connection.path(path, id, "/publish"), .sparse([("reason", reason.map(JSON.string))]))
      }
      print("the review of incident \(found["number"]?.int ?? 0) is published")
    }
  }
}
