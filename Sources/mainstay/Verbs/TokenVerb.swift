import App
import ArgumentParser
import Base
import Events
import Journal
import Outbound

/// `mainstay token`.
struct TokenVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Tokens for scripts.",
    discussion: """
      EXAMPLE
        mainstay token create --name ci --role responder --expires 90d
        mainstay token revoke ci
      """,
    subcommands: [Create.self, List.self, Revoke.self])

  static let path = "/api/v1/tokens"

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a token. It is printed once; only its hash is kept.",
      discussion: """
        EXAMPLE
          mainstay token create --name ci --role responder
          mainstay token create --data-dir /var/lib/mainstay --name admin --role admin

        With --data-dir no server is needed, nor may one be running there: this makes the first token, without which a
        server listens on loopback only.
        """)

    @Option(name: .long, help: "What its events are signed with.") var name: String
    @Option(name: .long, help: "viewer, responder, editor, admin, or sender for intake only.") var role: RoleArgument
    @Option(name: .long, help: "The catalog user it acts as.") var user: String?
    @Option(name: .long, help: "When it ends, such as 90d; never by default.") var expires: Length?
    @Option(name: .long, help: "Write to this data directory, without a server.") var dataDir: String?
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let token: JSON
      if let dataDir {
        token = try offline(dataDir)
      } else {
        let body = JSON.sparse([
          ("name", .string(name)), ("role", .string(role.role.rawValue)), ("user", user.map(JSON.string)),
          ("expires", expires.map { .string((Clock.now() + $0.interval).rfc3339) }),
        ])
        token = try await server.connect { try await $0.api.post(path, body) }
      }
      if output.printed(token) { return }
      print(token.text("token") ?? "")
      Terminal.complain("this is the only time the token is shown; use it as MAINSTAY_TOKEN")
    }

    private func offline(_ dataDir: String) throws -> JSON {
      let secret = NewToken.make()
      do {
        let id = try OfflineAccess.createToken(
          dataDir: dataDir, name: name, role: role.role, hash: SHA256.hex(secret), user: user,
          expiresIn: expires?.interval)
        return ["id": .string(id.description), "name": .string(name), "token": .string(secret)]
      } catch let refusal as Refusal {
        throw Failure(refusal.message, code: 1)
      } catch {
        throw Failure(String(describing: error))
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tokens without their secrets, newest first.",
      discussion: """
        EXAMPLE
          mainstay token list
        """)

    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let now = Clock.now()
      try await server.list(
        path, output,
        Table(
          ("NAME", .left), ("ROLE", .left), ("STATE", .left), ("CREATED", .left), ("BY", .left), ("EXPIRES", .left)),
        empty: "no tokens; make one with: mainstay token create --name NAME --role ROLE"
      ) { item in
        let expires = item.time("expires")
        let state =
          item.time("revoked") != nil ? "revoked" : expires.map { $0 <= now } ?? false ? "expired" : "in force"
        return [
          .init(item.text("name")), .init(item.text("role")), .state(state),
          .init(Words.time(item.time("created"), now: now)), .init(item.text("createdBy")),
          .init(Words.time(expires, now: now) ?? "never"),
        ]
      }
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a token at once.",
      discussion: """
        EXAMPLE
          mainstay token revoke ci
        """)

    @Argument(help: "Its name or id.") var token: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
      try await server.delete(Connection.path(path, token), saying: "revoked \(token)")
    }
  }
}

/// A role on the command line.
struct RoleArgument: ExpressibleByArgument {
  let role: Role

  init?(argument: String) {
    guard let role = Role(rawValue: argument) else { return nil }
    self.role = role
  }

  static var allValueStrings: [String] { Role.allCases.map(\.rawValue) }
}

enum NewToken {
  /// `mst_` and 32 bytes from the system's secure generator in base64url (RFC 4648, section 5, no padding).
  static func make() -> String {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var text = "mst_"
    var (bits, count): (UInt32, Int) = (0, 0)
    for _ in 0..<32 {
      bits = bits << 8 | UInt32(UInt8.random(in: 0...255, using: &random))
      count += 8
      while count >= 6 {
        count -= 6
        text.append(alphabet[Int(bits >> UInt32(count) & 63)])
      }
      bits &= 63
    }
    text.append(alphabet[Int(bits << UInt32(6 - count) & 63)])
    return text
  }
}
