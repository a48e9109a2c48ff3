import Base

/// Written by hand: these are the events of a storm, and the general encoder takes longer over them than all that
/// follows. A test holds them against it.
extension AlertFired {
  public var json: JSON { ["signal": signal.json] }
}

extension Signal {
  var json: JSON {
    var object = JSONObject()
    object.members.reserveCapacity(16)
    object.add("key", .string(key))
    object.add("service", service.map(JSON.string))
    object.add("severity", .string(severity.rawValue))
    object.add("urgency", .string(urgency.rawValue))
    object.add("summary", .string(summary))
    object.add("detail", detail.map(JSON.string))
    object.add("labels", .array(labels.map { ["name": .string($0.name), "value": .string($0.value)] }))
    object.add("slo", slo.map(JSON.string))
    object.add("burnRate", burnRate.flatMap { try? JSON(encoding: $0) })
    object.add("link", link.map(JSON.string))
    object.add("integration", integration.map(JSON.string))
    object.add("route", route.map(JSON.string))
    object.add("startsAt", startsAt.flatMap { try? JSON(encoding: $0) })
    object.add("timeout", timeout.flatMap { try? JSON(encoding: $0) })
    object.add("runbook", runbook.map(JSON.string))
    object.add("raw", raw.map(JSON.string))
    return .object(object)
  }
}

extension AlertSuppressed {
  public var json: JSON {
    var object = JSONObject()
    object.add("code", .string(code.rawValue))
    object.add("reason", .string(reason))
    object.add("into", into.map { .string($0.description) })
    object.add("chain", chain.map { .array($0.map(JSON.string)) })
    object.add("until", until.flatMap { try? JSON(encoding: $0) })
    object.add("by", by.map(JSON.string))
    return .object(object)
  }
}

extension JSONObject {
  fileprivate mutating func add(_ key: String, _ value: JSON?) {
    if let value { members.append(Member(key: key, value: value)) }
  }
}
