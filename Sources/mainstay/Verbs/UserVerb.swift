import ArgumentParser
import Base
import Events
import Foundation
import Outbound

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `mainstay user`.
struct UserVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "People who log in with a browser.",
    discussion: """
      EXAMPLE
        mainstay user create ana --role responder
        mainstay user list
      """,
    subcommands: [Create.self, List.self, Remove.self, Erase.self])

  static let path = "/api/v1/users"

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let somebody log in, or change their role or password.",
      discussion: """
        EXAMPLE
          mainstay user create ana --role responder
          mainstay user create ana --role editor --keep-password

        The password is asked for without showing it, or read from a file. Give the name of a catalog User, so that
        what they do is theirs.
        """)

    @Argument(help: "Their name.") var name: String
    @Option(name: .long, help: "viewer, responder, editor or admin.") var role: RoleArgument
    @Option(name: .long, help: "Read the password from this file instead of asking.") var passwordFile: String?
    @Flag(name: .long, help: "Change the role alone.") var keepPassword = false
    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
      if role.role == .sender { throw ValidationError("the role sender is for tokens alone") }
      if keepPassword, passwordFile != nil {
        throw ValidationError("--keep-password and --password-file exclude each other")
      }
    }

    func run() async throws {
      let password = keepPassword ? nil : try passwordFile.map(Password.read) ?? Password.ask(for: name)
      let body = JSON.sparse([("role", .string(role.role.rawValue)), ("password", password.map(JSON.string))])
      let user = try await server.connect { try await $0.api.put(Connection.path(path, name), body) }
      if output.printed(user) { return }
      print("\(name) may log in as \(role.role.rawValue)")
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Who may log in.",
      discussion: """
        EXAMPLE
          mainstay user list
        """)

    @OptionGroup var output: FormatOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
      try await server.list(
        path, output, Table(("NAME", .left), ("ROLE", .left)),
        empty: "no users; let one in with: mainstay user create NAME --role ROLE"
      ) { [.init($0.text("name")), .init($0.text("role"))] }
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End somebody's access.",
      discussion: """
        EXAMPLE
          mainstay user remove ana
        """)

    @Argument(help: "Their name.") var name: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
      try await server.delete(Connection.path(path, name), saying: "removed \(name)")
    }
  }

  struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Erase what a person wrote in notes; the journal's events stay.",
      discussion: """
        Backups made before still hold the texts until they are deleted.

        EXAMPLE
          mainstay user erase ana
        """)

    @Argument(help: "Their name.") var name: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
      let answer = try await server.connect { try await $0.api.post(Connection.path(path, name) + "/erase") }
      print("erased \(answer["erased"]?.int ?? 0) texts of \(name)")
    }
  }
}

/// A password from a terminal without echo, or from a file.
enum Password {
  static func read(_ path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: path), data.count <= 4_096,
      let text = String(validating: data, as: UTF8.self)
    else { throw Failure("\(path): no password can be read from it") }
    return try checked(text.hasSuffix("\n") ? String(text.dropLast()) : text)
  }

  static func ask(for name: String) throws -> String {
    guard isatty(STDIN_FILENO) == 1 else {
      throw Failure("there is no terminal to ask for a password; give --password-file")
    }
    let first = try prompt("password for \(name): ")
    guard try prompt("again: ") == first else { throw Failure("the two differ") }
    return try checked(first)
  }

  private static func checked(_ password: String) throws -> String {
    guard (8...1_024).contains(password.utf8.count) else { throw Failure("a password has 8 to 1,024 bytes") }
    return password
  }

  private static func prompt(_ text: String) throws -> String {
    FileHandle.standardError.write(Data(text.utf8))
    var settings = termios()
    guard tcgetattr(STDIN_FILENO, &settings) == 0 else { throw Failure("the terminal's echo cannot be turned off") }
    var silent = settings
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
    defer {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
      FileHandle.standardError.write(Data("\n".utf8))
    }
    guard let line = readLine() else { throw Failure("no password was given") }
    return line
  }
}
