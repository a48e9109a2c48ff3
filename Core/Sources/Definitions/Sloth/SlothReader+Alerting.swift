/// What files of Sloth say about alerts.
extension SlothReader {
  struct Alerting {
    /// The severities that are turned off.
    var disabled: [String] = []
    var page = SLOSpec.AlertText()
    var ticket = SLOSpec.AlertText()
  }

  private static let textsMax = 64
  private static let textMax = 2_048

  func alerting(_ fields: Fields, _ keys: Keys) -> Alerting {
    let read = fields.object(ifPresent: "alerting") { fields -> Alerting in
      let shared = alertText(fields)
      var alerting = Alerting()
      let name = fields.possiblyEmptyString(ifPresent: "name") ?? ""
      func severity(_ severity: String, _ key: String) -> SLOSpec.AlertText {
        let own = fields.object(ifPresent: key) { alert -> SLOSpec.AlertText in
          if alert.bool(ifPresent: "disable") ?? false { alerting.disabled.append(severity) }
          return alertText(alert)
        }
        return own.map(shared.overlaid) ?? shared
      }
      alerting.page = severity("page", keys.pageAlert)
      alerting.ticket = severity("ticket", keys.ticketAlert)
      if name.isEmpty, alerting.disabled.count < 2 { fields.missing("name", "the alerts' name; Sloth wants one") }
      return alerting
    }
    if read == nil, !fields.has("alerting") { fields.missing("alerting", "the alerts' name, or both disabled") }
    return read ?? Alerting()
  }

  private func alertText(_ fields: Fields) -> SLOSpec.AlertText {
    SLOSpec.AlertText(labels: texts(fields, "labels"), annotations: texts(fields, "annotations"))
  }

  /// Values may be numbers and booleans, as YAML reads them; all are texts. Sorted by key.
  func texts(_ fields: Fields, _ key: String) -> [StringPair] {
    guard let node = fields.node(key) else { return [] }
    guard let members = node.mapping else {
      fields.wrongType(node, fields.path(of: key), expected: "a mapping (object)")
      return []
    }
    if members.count > Self.textsMax {
      fields.error(key, "has \(members.count) entries; use at most \(Self.textsMax)")
    }
    let pairs = members.prefix(Self.textsMax).map { member in
      let text = member.value.scalar?.text ?? ""
      if member.value.scalar == nil {
        fields.wrongType(member.value, "\(fields.path(of: key)).\(member.key)", expected: "text")
      } else if text.utf8.count > Self.textMax {
        fields.error(key, "has \(text.utf8.count) bytes under \(quoted(member.key)); use at most \(Self.textMax)")
      }
      return StringPair(key: member.key, value: text)
    }
    return pairs.sorted { $0.key < $1.key }
  }
}
