import Base
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What standard output and standard error are connected to.
enum Terminal {
  static let isInteractive = isatty(STDOUT_FILENO) == 1

  /// Colours only on a terminal, and never where NO_COLOR (https://no-color.org) is set.
  static let hasColour: Bool = {
    let environment = ProcessInfo.processInfo.environment
    return isInteractive && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }()

  /// Columns; 80 where nobody says.
  static let width: Int = {
    if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init), columns > 0 { return columns }
    var size = winsize()
    guard isInteractive, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }()

  /// Each line with the program's name, on standard error.
  static func complain(_ text: String) {
    let lines = text.split(separator: "\n").map { "mainstay: \(printable($0))\n" }
    FileHandle.standardError.write(Data(lines.joined().utf8))
  }

  /// What comes from a server is not allowed to move the cursor.
  static func printable(_ text: some StringProtocol) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      result.append(isControl ? " " : scalar)
    }
    return String(result)
  }

  /// Prints at once, also into a pipe.
  static func say(_ text: String) {
    print(text)
    fflush(nil)
  }
}

/// The machine's clock: the command line is an edge.
enum Clock {
  static func now() -> Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) }
}
