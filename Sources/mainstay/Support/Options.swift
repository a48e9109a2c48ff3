import ArgumentParser
import Base

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

/// `--format`, of every verb that prints data.
struct FormatOptions: ParsableArguments {
  @Option(name: .long, help: "How to print: text or json.")
  var format: OutputFormat = .text

  /// Prints the JSON where it is asked for.
  ///
  /// - Returns: whether it was.
  func printed(_ json: @autoclosure () throws -> JSON) rethrows -> Bool {
    guard format == .json else { return false }
    print(try json().prettyText)
    return true
  }
}

/// A moment on the command line: RFC 3339, a date (midnight in UTC), `now`, or a length from now such as `+8h`, `-2d`.
struct Moment: ExpressibleByArgument {
  private enum Form {
    case absolute(Instant)
    case relative(Interval)
  }

  private let form: Form

  init?(argument: String) {
    if argument == "now" {
      form = .relative(.zero)
    } else if let time = Instant(rfc3339: argument) ?? Instant(rfc3339: argument + "T00:00:00Z") {
      form = .absolute(time)
    } else if let sign = argument.first, "+-".contains(sign), let length = Interval(text: argument.dropFirst()) {
      form = .relative(sign == "-" ? .zero - length : length)
    } else {
      return nil
    }
  }

  func instant(now: Instant) -> Instant {
    switch form {
    case .absolute(let time): time
    case .relative(let length): now + length
    }
  }

  static let help = "RFC 3339, a date, 'now', or a length from now such as +8h."
}

/// A length of time on the command line, such as `90d`.
struct Length: ExpressibleByArgument {
  let interval: Interval

  init(interval: Interval) { self.interval = interval }

  init?(argument: String) {
    guard let interval = Interval(text: argument), interval > .zero else { return nil }
    self.interval = interval
  }
}
