import Alerts
import Base
import Engine
import Events
import Journal
import Runtime
import Synchronization
import Web
import Wire

/// Heartbeats: an address to call while all is well, as healthchecks.io has it. Silence, or a call of `/fail`, is an
/// alert.
struct HeartbeatIntake: Sendable {
  let desk: AlertDesk

  var all: [Intake] {
    ["", "/{word}", "/{secret}/{word}"].flatMap { rest in
      ["GET", "POST"].map { method in
        Intake(
          method: method, path: "/intake/heartbeat/{name}\(rest)", access: .own,
          summary: "A heartbeat, or its failure with /fail", bodyBytesMax: method == "POST" ? 16 << 10 : 0,
          handle: take)
      }
    }
  }

  private static func text(_ status: Int, _ text: String) -> Intake.Reply {
    .init(status: status, headers: [("content-type", "text/plain; charset=utf-8")], body: Array("\(text)\n".utf8))
  }

  private func take(_ request: Intake.Request) async -> Intake.Reply {
    var word = request.parameters["word"]
    var secret = request.parameters["secret"]
    // One word alone may be the key.
    if let only = word, secret == nil, only != "fail" { (word, secret) = (nil, only) }
    guard let entry = desk.book[request.parameters["name"] ?? ""], let rule = entry.heartbeat, isLetIn() else {
      return Self.text(404, "no such heartbeat, or not its key")
    }
    guard word == nil || word == "fail" else { return Self.text(404, "not known; end the path with /fail or nothing") }
    func isLetIn() -> Bool {
      if request.actor == "integration/\(entry.name)" { return true }
      // A wrong key in the path is a mistake that shows, also where anybody may send.
      if let secret { return desk.book.entry(ofKey: secret)?.name == entry.name }
      return request.role?.includes(.sender) ?? false
    }
    do {
      let actor = Actor("integration/\(rule.name)")
      if word == "fail" {
        try await desk.fail(rule, reason: String(decoding: request.body.prefix(1_000), as: UTF8.self), by: actor)
      } else {
        try await desk.beat(rule, by: actor)
      }
      return Self.text(200, "OK")
    } catch {
      return Self.text(503, (error as? Refusal)?.message ?? "\(error)")
    }
  }
}

extension AlertDesk {
  /// A heartbeat was heard: the first is journalled, and one after a silence ends its alert.
  func beat(_ rule: HeartbeatRule, by actor: Actor) async throws {
    let state = writer.state
    if state.heartbeats.since[rule.name] == nil { try await writer.submit(.beginHeartbeat(rule.name, by: actor)) }
    heartbeats.withLock { $0.heard(rule.name, at: clock.now()) }
    book.note(rule.name, received: 1)
    guard state.alerts.open(key: rule.key) != nil else { return }
    _ = try await writer.submit(
      Ask.take([.resolve(key: rule.key, reason: "the heartbeat is back")], raw: nil, by: actor))
  }

  /// The sender says itself that it is not well.
  func fail(_ rule: HeartbeatRule, reason: String, by actor: Actor) async throws {
    if writer.state.heartbeats.since[rule.name] == nil {
      try await writer.submit(.beginHeartbeat(rule.name, by: actor))
    }
    let now = clock.now()
    let last = heartbeats.withLock { watch in
      defer { watch.heard(rule.name, at: now) }
      return watch.lastHeard[rule.name]
    }
    book.note(rule.name, received: 1)
    try await raise(rule, lastHeard: last, reason: reason.trimmingLines, by: actor)
  }

  private func raise(_ rule: HeartbeatRule, lastHeard: Instant?, reason: String?, by actor: Actor) async throws {
    var signal = environment().router.route(rule.incoming(lastHeard: lastHeard, reason: reason)).signal
    signal.key = rule.key
    for case .refused(let refusal) in try await writer.submit(Ask.take([.fire(signal)], raw: nil, by: actor)) {
      throw refusal
    }
  }

  /// Raises the alerts of heartbeats that have fallen silent.
  func checkHeartbeats() async throws {
    let state = writer.state
    let now = clock.now()
    let watch = heartbeats.withLock { $0 }
    for rule in environment().heartbeats {
      guard let deadline = watch.deadline(rule, since: state.heartbeats.since[rule.name]), deadline <= now,
        state.alerts.open(key: rule.key) == nil, !isResolvedByHand(rule, deadline)
      else { continue }
      silenced.withLock { $0[rule.name] = deadline }
      try await raise(rule, lastHeard: watch.lastHeard[rule.name], reason: nil, by: .system("heartbeat"))
    }
  }

  /// One silence is one alert: who resolved it knows, until it is heard again.
  private func isResolvedByHand(_ rule: HeartbeatRule, _ deadline: Instant) -> Bool {
    silenced.withLock { $0[rule.name] == deadline }
  }

  func deadline(_ rule: HeartbeatRule) -> Instant? {
    let since = writer.state.heartbeats.since[rule.name]
    return heartbeats.withLock { $0.deadline(rule, since: since) }
  }

  /// Looks once a second at what falls silent, until the task is cancelled.
  func watch(failed: @Sendable (any Error) -> Void) async {
    var failing = false
    while !Task.isCancelled {
      do {
        try await expire()
        try await checkHeartbeats()
        failing = false
      } catch {
        if !failing { failed(error) }
        failing = true
      }
      try? await Task.sleep(for: .seconds(1))
    }
  }
}

extension String {
  /// On one line, without what surrounds it.
  fileprivate var trimmingLines: String {
    split { $0.isNewline }.joined(separator: " ").split(separator: " ").joined(separator: " ").cut(300)
  }
}
