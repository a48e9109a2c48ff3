import App
import ArgumentParser
import Base
import Logging
import Runtime
import Web

@main
struct Mainstay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mainstay", abstract: "The reliability platform.", subcommands: [Serve.self])
}

struct Serve: AsyncParsableCommand {
  @Option var dataDir: String
  @Option var definitions: String
  @Option var listen = "127.0.0.1:7070"
  @Option var scrape: [String] = []

  func run() async throws {
    let parts = listen.split(separator: ":")
    let web = WebConfiguration(host: String(parts[0]), port: Int(parts[1]) ?? 0)
    let options = Server.Options(
      web: web, dataDirectory: dataDir, definitions: definitions,
      scrape: scrape.map { ScrapeTarget(job: "demo", url: $0, interval: .seconds(5)) })
    try await Server.run(options, logger: Logger(label: "mainstay")) { host, port in
      print("mainstay ready at http://\(host):\(port)")
    }
  }
}
