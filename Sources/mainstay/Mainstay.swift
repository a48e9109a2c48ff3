import ArgumentParser
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The one executable.
@main
struct Mainstay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mainstay",
    abstract: "Runs a company's reliability practice: what should hold, what is measured, what happened, what is done.",
    discussion: """
      EXAMPLE
        mainstay serve --data-dir data --definitions definitions
        mainstay slo list

      Verbs that act on a running server find it at MAINSTAY_URL (http://127.0.0.1:7070 by default) and show it the
      token in MAINSTAY_TOKEN. Exit codes: 0 done; 1 no, with the reason; 2 an error.
      """,
    version: version,
    subcommands: [
      Serve.self, Validate.self, SLO.self, OnCallVerb.self, AlertVerb.self, SilenceVerb.self, RouteVerb.self,
      IncidentVerb.self, ReviewVerb.self, TokenVerb.self, UserVerb.self, BackupVerb.self, RestoreVerb.self,
      DemoVerb.self, FreezeVerb.self, ChannelVerb.self, RunbookVerb.self, StatusPageVerb.self, ActionVerb.self,
      FiguresVerb.self,
    ])

  static let version = "0.1.0"

  /// Runs a verb and turns whatever it throws into a line on standard error and an exit code.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let failure as Failure {
      Terminal.complain(failure.text)
      leave(failure.code)
    } catch let code as ExitCode {
      leave(code.rawValue)
    } catch  where exitCode(for: error) == .success {
      // `--help` and `--version` are thrown too.
      print(fullMessage(for: error))
    } catch {
      let text = message(for: error)
      Terminal.complain((text.hasSuffix(".") ? String(text.dropLast()) : text) + "; see --help")
      leave(2)
    }
  }
}

/// `ParsableCommand.exit` hides the C library's within a command.
private func leave(_ code: Int32) -> Never { exit(code) }

/// Why a verb did not do what was asked.
struct Failure: Error {
  var text: String
  /// 1: the answer is no. 2: an error.
  var code: Int32

  init(_ text: String, code: Int32 = 2) {
    self.text = text
    self.code = code
  }
}
