import Base
import Events
import Journal

/// Listed by hand: a snapshot holds a hundred thousand of these. A test holds it against what is read back.
extension Alert {
  public func encode(to encoder: any Encoder) throws { try JSON.object(JSONObject(list)).encode(to: encoder) }

  func list(_ members: inout some JSONMembers) {
    members.add("id", id.description)
    members.add("signal", object: { signal.list(&$0) })
    members.add("source", source.text)
    members.add("firedAt", firedAt.rfc3339)
    members.add("status", status.rawValue)
    members.add("acknowledgedAt", acknowledgedAt?.rfc3339)
    members.add("acknowledgedBy", acknowledgedBy?.text)
    members.add("resolvedAt", resolvedAt?.rfc3339)
    members.add("resolvedBy", resolvedBy?.text)
    members.add("resolution", resolution)
    members.add("procedure", procedure?.description)
    members.add("escalatedAt", escalatedAt?.rfc3339)
    if let suppression { members.add("suppression", object: { suppression.list(&$0) }) }
    members.add("fires", fires.map(\.rfc3339))
    if let later {
      members.add("later", later) { report, members in
        members.add("change", report.change.rawValue)
        members.add("at", report.at.rfc3339)
        members.add("raw", report.raw)
      }
    }
    if let flapping { members.add("flapping", object: { flapping.list(&$0) }) }
    members.add("isLow", .bool(isLow))
  }
}

extension Alert.Flapping {
  fileprivate func list(_ members: inout some JSONMembers) {
    members.add("count", .int(Int64(count)))
    members.add("since", since.rfc3339)
    members.add("quietUntil", quietUntil?.rfc3339)
    members.add("firingSince", firingSince.rfc3339)
  }
}

extension Alerts {
  /// Written straight as text: the value of a hundred thousand alerts takes ten times the memory.
  public func snapshotText() throws -> [UInt8] {
    let rest: [(String, JSON)] = [
      ("sweeps", try JSON(encoding: sweeps)), ("resolved", try JSON(encoding: resolved)),
    ]
    return JSONObjectText.bytes { text in
      text.add("alerts", alerts) { alert, text in text.value(object: alert.list) }
      for (key, value) in rest { text.add(key, value) }
    }
  }
}
