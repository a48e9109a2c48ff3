import Base
import Foundation
import Synchronization

/// The time zones of the system's tzdata, read once each.
public final class SystemZones: Sendable {
  private let directory: String
  private let cache = Mutex<[String: Zone?]>([:])
  /// Names asked for by readers are bounded: beyond this, unknown ones are not remembered.
  private static let maxCached = 1_000

  public init(directory: String = "/usr/share/zoneinfo") { self.directory = directory }

  public var files: ZoneFiles {
    let directory = directory
    return ZoneFiles { name in FileManager.default.contents(atPath: "\(directory)/\(name)").map { [UInt8]($0) } }
  }

  /// The zone with that IANA name, `nil` where the system has none.
  public func zone(named name: String) -> Zone? {
    if let known = cache.withLock({ $0[name] }) { return known }
    let zone = try? files.zone(named: name)
    cache.withLock { if $0.count < Self.maxCached { $0[name] = .some(zone) } }
    return zone
  }
}
