import CaseFiles
import Foundation
import Testing

/// Schedules worked by hand, in Cases/*.txt.
@Suite struct ScheduleCaseTests {
  static let cases = WrittenCase.all()

  /// The release of the system's zone data, such as `2026f`; `nil` where it does not say.
  static let installed: String? = {
    let text = FileManager.default.contents(atPath: "/usr/share/zoneinfo/tzdata.zi").map {
      String(decoding: $0.prefix(100), as: UTF8.self)
    }
    guard let line = text?.split(separator: "\n").first, line.hasPrefix("# version ") else { return nil }
    return String(line.dropFirst(10))
  }()

  @Test(arguments: cases) func workedByHand(one: WrittenCase) throws {
    if let needed = one.tzdata, let installed = Self.installed, installed < needed {
      withKnownIssue("tzdata \(needed) is needed; this system has \(installed): apt-get install tzdata") {
        try one.run()
      }
    } else {
      try one.run()
    }
  }

  @Test func everyCaseThatIsAskedForIsThere() {
    #expect(Self.cases.count >= 55)
  }

  @Test(
    arguments: [
      "at 2026-01-06T00:00Z: bo", "at 2026-01-06T00:00Z: nobody",
      "shift at 2026-01-06T00:00Z: 2026-01-05T09:00 to 2026-01-12T08:59",
      "hours at 2026-01-06T00:00Z: 167", "from 2026-01-06T00:00Z to 2026-01-13T00:00Z: ana",
      "next 2026-01-06T00:00Z: never",
      "handoffs 2026-01-06T00:00Z to 2026-01-07T00:00Z: 2026-01-06T00:00Z",
      "gaps 2026-01-06T00:00Z to 2026-01-07T00:00Z: 2026-01-06T00:00Z~2026-01-07T00:00Z",
      "source 2026-01-06T00:00Z: x", "clock 2026-01-06T00:00Z: 00:00 WET", "at 2026-01-06T00:00Z", "at tomorrow: ana",
      "guess: 1",
      "layer x fortnightly from 2026-01-01T00:00: ana", "only 25:00-26:00",
    ])
  func aWrongExpectationFails(line: String) {
    let lines = ["schedule UTC", "layer primary weekly from 2026-01-05T09:00: ana bo", line]
    var one = ScheduleCase()
    #expect(throws: ScheduleCase.Failure.self) {
      try one.run(lines.enumerated().map { ($0.offset + 1, $0.element) })
    }
  }
}

/// `make conformance` prints this line.
@Suite struct ScheduleConformance {
  @Test func scheduleCases() {
    var (passed, run) = (0, 0)
    var failures: [String] = []
    for one in ScheduleCaseTests.cases {
      if let needed = one.tzdata, let installed = ScheduleCaseTests.installed, installed < needed {
        failures.append("\(one.title): not run, needs tzdata \(needed), this system has \(installed)")
        continue
      }
      run += 1
      do {
        try one.run()
        passed += 1
      } catch {
        failures.append("\(one.title): \(error)")
      }
    }
    print("schedule cases: passed \(passed) of \(run)")
    for failure in failures { print("  \(failure)") }
    #expect(passed == run && run > 0)
  }
}

extension WrittenCase {
  /// The release of the zone data that it needs.
  var tzdata: String? {
    lines.lazy.compactMap { line in
      line.text.hasPrefix("tzdata ") ? line.text.dropFirst(7).trimmingCharacters(in: .whitespaces) : nil
    }.first
  }

  func run() throws {
    var one = ScheduleCase()
    try one.run(lines)
    if one.expectations == 0 { throw ScheduleCase.Failure(description: "expects nothing") }
  }
}
