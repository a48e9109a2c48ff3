import Base
import Journal

/// Listed by hand: these are the events of a storm, and the general encoder takes longer over them than all that
/// follows. A test holds them against it.
extension AlertFired {
  public var json: JSON { .object(JSONObject(list)) }
  public var jsonText: [UInt8]? { JSONObjectText.bytes(list) }

  private func list(_ members: inout some JSONMembers) { members.add("signal", object: { signal.list(&$0) }) }
}

extension Signal {
  public func list(_ members: inout some JSONMembers) {
    members.add("key", key)
    members.add("service", service)
    members.add("severity", severity.rawValue)
    members.add("urgency", urgency.rawValue)
    members.add("summary", summary)
    members.add("detail", detail)
    members.add("labels", labels) { label, members in
      members.add("name", label.name)
      members.add("value", label.value)
    }
    members.add("slo", slo)
    members.add("burnRate", burnRate)
    members.add("link", link)
    members.add("integration", integration)
    members.add("route", route)
    members.add("startsAt", startsAt?.rfc3339)
    members.add("timeout", timeout?.text)
    members.add("runbook", runbook)
    members.add("raw", raw)
  }
}

extension AlertSuppressed {
  public var json: JSON { .object(JSONObject(list)) }
  public var jsonText: [UInt8]? { JSONObjectText.bytes(list) }

  public func list(_ members: inout some JSONMembers) {
    members.add("code", code.rawValue)
    members.add("reason", reason)
    members.add("into", into?.description)
    members.add("chain", chain)
    members.add("until", until?.rfc3339)
    members.add("by", by)
  }
}
