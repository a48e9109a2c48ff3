import ArgumentParser
import Base
import Foundation
import Outbound
import Store

/// `mainstay status-page`.
struct StatusPageVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status-page", abstract: "See the public status pages, and copy them to where they are published.",
    discussion: """
      EXAMPLE
        mainstay status-page list
        mainstay status-page render reel --output /srv/www/status
      """,
    subcommands: [List.self, Render.self])

  static let path = "/api/v1/status-pages"

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Status pages by name and what they say.",
      discussion: """
        EXAMPLE
          mainstay status-page list
        """)

    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let items = try await server.connect { try await $0.items(path, limit: 1_000) }
      if output.printed(.list(items)) { return }
      var table = Table(("NAME", .left), ("SAYS", .left), ("COMPONENTS", .right), ("INCIDENTS", .right), ("URL", .left))
      for item in items {
        table.add(
          .init(item.text("name")), .init(item.text("headline")),
          .init(item["components"]?.int.map { String($0) }), .init(item["incidents"]?.int.map { String($0) }),
          .init(item.text("url")))
      }
      table.show(empty: "no status page; write a definition, kind: StatusPage")
      for item in items { item.text("problem").map { Terminal.complain("\(item.text("name") ?? ""): \($0)") } }
    }
  }

  struct Render: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a status page's files into a directory, each replaced whole.",
      discussion: """
        EXAMPLE
          mainstay status-page render reel --output /srv/www/status
        """)

    @Argument(help: "The page; not needed where there is one.") var page: String?
    @Option(name: .long, help: "The directory; made where it is missing.") var output: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let asked = page
      let answer = try await server.connect { connection in
        let name: String
        if let asked {
          name = asked
        } else {
          let pages = try await connection.items(path, limit: 1_000).compactMap { $0.text("name") }
          guard pages.count == 1 else {
            let known = pages.isEmpty ? "there is no status page" : "name one of \(pages.joined(separator: ", "))"
            throw Failure(known, code: 1)
          }
          name = pages[0]
        }
        return try await connection.api.get(Connection.path(path, name, "/files"))
      }
      let files = answer["files"]?.array ?? []
      let directory = PublicDirectory(output)
      do {
        for file in files {
          guard let path = file.text("path"), let text = file.text("text"), Self.isPlain(path) else {
            throw Failure("the server's answer has a file without a usable path; is it a Mainstay of this version?")
          }
          try directory.write(Array(text.utf8), to: path)
        }
      } catch let failure as StoreFailure {
        throw Failure(failure.description)
      }
      print("wrote \(files.count) files to \(directory.path)")
    }

    /// A path that stays in the directory, whoever answered.
    private static func isPlain(_ path: String) -> Bool {
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      return (1...2).contains(parts.count)
        && parts.allSatisfy { part in
          !part.isEmpty && !part.hasPrefix(".")
            && part.utf8.allSatisfy { byte in
              (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2E || byte == 0x2D
            }
        }
    }
  }
}
