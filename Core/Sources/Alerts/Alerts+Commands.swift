import Base
import Events
import Journal

extension Alerts {
  /// Fires an alert, or finds that an open one has this key: a resend extends that without an event, unless the alert
  /// flaps and was quiet. Of several that one command fires each is judged on what became of those before it.
  ///
  /// - Returns: `changes` says whether there is an event, so that the report is worth keeping.
  public func fire(
    _ signal: Signal, into emitter: inout Emitter
  ) throws(Refusal) -> (id: ULID, isNew: Bool, changes: Bool) {
    if let alert = open(key: signal.key) {
      guard let flapping = alert.flapping, flapping.quietUntil != nil else { return (alert.id, false, false) }
      emitter.divide()
      emitter.emit(AlertReturned(count: flapping.count + 1, raw: signal.raw), on: alert.subject)
      return (alert.id, false, true)
    }
    guard !signal.key.isEmpty, signal.key.utf8.count <= 1_024 else {
      throw Refusal(.invalid, "an alert's key is 1 to 1,024 bytes long; this one has \(signal.key.utf8.count)")
    }
    guard signal.summary.utf8.count <= 4_096 else {
      throw Refusal(.invalid, "an alert's summary has at most 4,096 bytes; this one has \(signal.summary.utf8.count)")
    }
    guard openCount < Self.maxOpen else {
      throw Refusal(.unavailable, "\(Self.maxOpen) alerts are open; resolve some before new ones are taken")
    }
    let id = emitter.newID()
    emitter.divide()
    emitter.emit(AlertFired(signal: signal), on: Subject("alert", id))
    return (id, true, true)
  }

  /// Takes an alert. Taking one that is taken is no error and changes nothing, so links can be followed twice.
  ///
  /// - Parameter raw: where the report that says so is kept.
  public func acknowledge(
    _ id: ULID, via: String, raw: String? = nil, into emitter: inout Emitter
  ) throws(Refusal) -> Alert {
    guard let alert = alerts[id] else { throw Refusal(.notFound, "no alert \(id)") }
    guard alert.isOpen else {
      throw Refusal(.conflict, "alert \(id) is resolved: \(alert.resolution ?? "")")
    }
    guard alert.status == .firing else { return alert }
    emitter.divide()
    emitter.emit(AlertAcknowledged(via: via, raw: raw), on: alert.subject)
    return alert
  }

  /// Ends an alert because somebody says so.
  ///
  /// - Parameter actionable: whether there was something for a person to do, where somebody says.
  public func resolve(
    _ id: ULID, reason: String, actionable: Bool? = nil, into emitter: inout Emitter
  ) throws(Refusal) {
    guard let alert = alerts[id] else { throw Refusal(.notFound, "no alert \(id)") }
    guard alert.isOpen else { throw Refusal(.conflict, "alert \(id) is resolved already: \(alert.resolution ?? "")") }
    emitter.divide()
    emitter.emit(AlertResolved(reason: reason, actionable: actionable), on: alert.subject)
  }

  /// Ends the alert of a key because its sender no longer reports it; nothing happens where none is open. One that
  /// flaps stays open until it has been quiet for a while.
  ///
  /// - Parameter raw: where the report that says so is kept.
  /// - Returns: whether there is an event.
  @discardableResult
  public func end(key: String, reason: String, raw: String? = nil, into emitter: inout Emitter) -> Bool {
    guard let alert = open(key: key) else { return false }
    guard let flapping = alert.flapping else {
      emitter.divide()
      emitter.emit(AlertResolved(reason: reason, raw: raw), on: alert.subject)
      return true
    }
    guard flapping.quietUntil == nil else { return false }
    emitter.divide()
    emitter.emit(AlertQuieted(reason: reason, until: emitter.now + Flap.quiet, raw: raw), on: alert.subject)
    return true
  }

}

// MARK: - Groups as people see them

extension Alerts {
  /// What an alert speaks for: those that joined it, those it is the likelier cause of with what stands under them, and
  /// those it inhibits.
  private func keys(under head: Alert) -> [String] {
    guard head.isOpen else { return [] }
    var keys: [String] = []
    var waiting = [head]
    while let next = waiting.popLast(), keys.count < 400 {
      keys.append("alert/\(next.id)")
      // Of several heads of a group the newest speaks for what joined.
      guard let group = next.group, next.isHead, heads(of: group, limit: 1).first?.id == next.id else {
        continue
      }
      keys.append(group)
      guard let service = next.signal.service, !next.isLow else { continue }
      keys.append("cause/\(service)")
      waiting += held(under: "cause/\(service)", limit: 100).filter(\.isHead)
    }
    return keys
  }

  /// The services from an alert's own to the cause that pages for it, through the causes between them.
  public func chain(of alert: Alert) -> [String]? {
    guard var chain = alert.suppression?.chain, var next = head(for: alert) else { return nil }
    for _ in 0..<5 {
      guard let further = next.suppression?.chain, further.first == chain.last, let head = head(for: next) else {
        break
      }
      chain += further.dropFirst()
      next = head
    }
    return chain
  }

  /// The firing alerts that page nobody because this one does, or will.
  public func members(of head: Alert, limit: Int) -> [Alert] {
    var found: [Alert] = []
    for key in keys(under: head) { found += held(under: key, limit: limit - found.count) }
    return found
  }

  public func memberCount(of head: Alert) -> Int { keys(under: head).reduce(0) { $0 + heldCount(under: $1) } }

  /// The open alert that speaks for one that joined it, waits for it as a cause or is inhibited by it.
  public func head(for alert: Alert) -> Alert? {
    guard let suppression = alert.suppression else { return nil }
    if let into = suppression.into.flatMap({ alerts[$0] }), into.isOpen { return into }
    switch suppression.code {
    case .joined: return suppression.by.flatMap { heads(of: $0, limit: 2).first { $0.id != alert.id } }
    case .grouped:
      return suppression.chain?.last.flatMap { heads(of: "high/\($0)", limit: 2).first { $0.id != alert.id } }
    default: return nil
    }
  }
}
