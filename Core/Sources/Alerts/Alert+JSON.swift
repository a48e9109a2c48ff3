import Base
import Events
import Journal

/// Written by hand: a snapshot holds a hundred thousand of these. A test holds it against what is read back.
extension Alert {
  public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }

  var json: JSON {
    get throws {
      var members: [JSONObject.Member] = []
      members.reserveCapacity(16)
      func add(_ key: String, _ value: JSON?) {
        if let value { members.append(.init(key: key, value: value)) }
      }
      func time(_ instant: Instant?) -> JSON? { instant.map { .string($0.rfc3339) } }
      add("id", .string(id.description))
      add("signal", signal.json)
      add("source", .string(source.text))
      add("firedAt", time(firedAt))
      add("status", .string(status.rawValue))
      add("acknowledgedAt", time(acknowledgedAt))
      add("acknowledgedBy", acknowledgedBy.map { .string($0.text) })
      add("resolvedAt", time(resolvedAt))
      add("resolvedBy", resolvedBy.map { .string($0.text) })
      add("resolution", resolution.map(JSON.string))
      add("procedure", procedure.map { .string($0.description) })
      add("escalatedAt", time(escalatedAt))
      add("suppression", suppression?.json)
      add("fires", .array(fires.map { .string($0.rfc3339) }))
      add("flapping", try flapping.map { try JSON(encoding: $0) })
      add("isLow", .bool(isLow))
      return .object(JSONObject(members))
    }
  }
}
