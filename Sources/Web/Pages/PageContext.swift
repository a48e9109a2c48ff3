import Base
import Events
import Journal

/// What every page is rendered with: the time, the reader, and what stands at the top of all pages.
struct PageContext: Sendable {
  var now: Instant
  var zone: ReaderZone
  /// The last sequence of the state the page shows; live updates start after it.
  var sequence: Int64 = 0
  /// The path and query of this page, to come back to after a form.
  var path: String
  /// `nil` when nobody is logged in.
  var reader: Reader?
  /// The token that forms of this page carry.
  var csrf = ""
  /// What addresses of this server begin with, for those that are copied elsewhere: `https://mainstay.example`.
  var origin = ""
  var notices: [Notice] = []
  var firingAlerts = 0
  var openIncidents = 0
  /// The runs that wait for the reader.
  var waitingRuns = 0
  /// Set while automation is stopped.
  var automation: StoppedAutomation?
  var version = ""
  var range = TimeRange.day
  var assets = Assets.shared

  /// Whether the reader may do what a role is needed for.
  func may(_ role: Role) -> Bool { reader?.role.includes(role) ?? false }
}

/// Who reads the page.
struct Reader: Sendable {
  var name: String
  var role: Role
  /// Whether there is a session to log out of: not on an open loopback server.
  var canLogOut: Bool
  /// What events that they cause are signed with; a token may act for somebody.
  var actor: Actor?

  /// Whether they are this actor.
  func isSame(as other: Actor) -> Bool { (actor ?? .user(name)) == other }

  /// The person of the catalog that they are.
  var person: String { actor.map { $0.text.hasPrefix("user/") ? String($0.text.dropFirst(5)) : "" } ?? name }
}

/// The time range of the plots, in the address of every page that has some.
enum TimeRange: String, Sendable, CaseIterable {
  case hour = "1h"
  case sixHours = "6h"
  case day = "1d"
  case threeDays = "3d"
  case week = "7d"
  case month = "30d"
  case quarter = "90d"

  var length: Interval {
    switch self {
    case .hour: .hours(1)
    case .sixHours: .hours(6)
    case .day: .days(1)
    case .threeDays: .days(3)
    case .week: .days(7)
    case .month: .days(30)
    case .quarter: .days(90)
    }
  }

  var words: String {
    switch self {
    case .hour: "1 hour"
    case .sixHours: "6 hours"
    case .day: "1 day"
    case .threeDays: "3 days"
    case .week: "7 days"
    case .month: "30 days"
    case .quarter: "90 days"
    }
  }
}

/// The addresses of the stylesheet and the script. They change with their content, so browsers keep them for ever.
struct Assets: Sendable {
  var style: String
  var script: String

  static let shared = Assets(
    style: "/assets/\(fingerprint(Stylesheet.text)).css", script: "/assets/\(fingerprint(Script.text)).js")

  /// FNV-1a, 64 bits: names a content, guards nothing.
  private static func fingerprint(_ text: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }
}
