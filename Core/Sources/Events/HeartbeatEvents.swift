import Base
import Journal

/// A heartbeat was heard for the first time; from now on its silence is an alert. Subject: `heartbeat/NAME`.
public struct HeartbeatStarted: EventPayload {
  public static let type: EventType = "heartbeat.started"
  public init() {}
}
