import Alerts
import Base
import Engine
import Events
import Runtime
import Web
import Wire

/// What amtool and others read: alerts, groups, receivers, status.
extension AlertmanagerIntake {
  func status(_: Intake.Request) async -> Intake.Reply {
    let catchAll = JSON.string(Engine.Environment.catchAllName).text
    let lines = ["route:", "  receiver: \(catchAll)", "receivers:"]
    let original = (lines + receiverNames.map { "- name: \(JSON.string($0).text)" }).joined(separator: "\n") + "\n"
    return Self.json([
      "cluster": ["name": "", "peers": [], "status": "disabled"],
      "config": ["original": .string(original)],
      "uptime": .string(startedAt.rfc3339),
      "versionInfo": [
        "branch": "", "buildDate": "", "buildUser": "", "goVersion": "", "revision": "",
        "version": .string("mainstay \(version)"),
      ],
    ])
  }

  func receivers(_: Intake.Request) async -> Intake.Reply {
    Self.json(.array(receiverNames.map { ["name": .string($0)] }))
  }

  /// The policies, and the catch-all for what none of them pages for.
  private var receiverNames: [String] {
    Set(desk.environment().policies.keys).union([Engine.Environment.catchAllName]).sorted()
  }

  func alerts(_ request: Intake.Request) async -> Intake.Reply {
    do throws(Bad) { return Self.json(.array(try shown(request).map(\.json))) } catch {
      return Self.problem(400, error.message)
    }
  }

  func groups(_ request: Intake.Request) async -> Intake.Reply {
    do throws(Bad) {
      var groups: [(key: String, alerts: [Shown])] = []
      var places: [String: Int] = [:]
      for alert in try shown(request) {
        let service = alert.service ?? ""
        let key = "\(service)\u{0}\(alert.receiver)"
        if let place = places[key] {
          groups[place].alerts.append(alert)
        } else {
          places[key] = groups.count
          groups.append((key, [alert]))
        }
      }
      return Self.json(
        .array(
          groups.sorted { $0.key < $1.key }.map { group in
            let service = group.alerts[0].service
            return [
              "labels": service.map { ["service": .string($0)] } ?? .object(JSONObject()),
              "receiver": ["name": .string(group.alerts[0].receiver)], "alerts": .array(group.alerts.map(\.json)),
            ]
          }))
    } catch {
      return Self.problem(400, error.message)
    }
  }

  struct Bad: Error { var message: String }

  private struct Shown {
    var json: JSON
    var service: String?
    var receiver: String
  }

  /// Matchers in `filter`, as amtool writes them.
  static func matchers(_ request: Intake.Request) throws(Bad) -> [LabelMatcher] {
    var matchers: [LabelMatcher] = []
    for pair in request.query where pair.name == "filter" {
      do throws(PatternError) { matchers += try LabelMatcher.parse(pair.value) } catch {
        throw Bad(message: "bad matcher format: \(pair.value.cut(200)): \(error.message)")
      }
    }
    return matchers
  }

  private func shown(_ request: Intake.Request) throws(Bad) -> [Shown] {
    let matchers = try Self.matchers(request)
    var wants: [String: Bool] = [:]
    var receivers: Pattern?
    for pair in request.query {
      switch pair.name {
      case "active", "silenced", "inhibited", "unprocessed":
        guard let value = ["true": true, "1": true, "false": false, "0": false][pair.value] else {
          throw Bad(message: "\(pair.name) must be true or false, not \(pair.value.cut(40))")
        }
        wants[pair.name] = value
      case "receiver":
        do throws(PatternError) { receivers = try Pattern(pair.value) } catch {
          throw Bad(message: "failed to parse receiver param: \(error.message)")
        }
      default: break
      }
    }
    let (state, environment, now) = (desk.writer.state, desk.environment(), clock.now())
    var found: [Shown] = []
    for alert in state.alerts.open {
      let labels = Self.labels(of: alert.signal)
      guard matchers.allSatisfy({ matcher in matcher.matches(labels.first { $0.name == matcher.name }?.value ?? "") })
      else { continue }
      let receiver = environment.router.decide(alert.signal).policy ?? Engine.Environment.catchAllName
      if let receivers, !receivers.matches(receiver) { continue }
      let silence = state.silences.covering(alert.signal, at: now) { zones.zone(named: $0) }
      let isInhibited = alert.suppression?.code == .inhibited || alert.suppression?.code == .grouped
      if silence != nil, wants["silenced"] == false { continue }
      if isInhibited, wants["inhibited"] == false { continue }
      if silence == nil, !isInhibited, wants["active"] == false { continue }
      let json = json(
        alert, labels, receiver: receiver, silencedBy: silence.map { [$0.id.description] } ?? [],
        inhibitedBy: isInhibited ? [alert.suppression?.by ?? alert.suppression?.into?.description ?? ""] : [], now)
      found.append(Shown(json: json, service: alert.signal.service, receiver: receiver))
    }
    return found
  }

  /// The labels of an alert; one that did not come from a Prometheus gets a name that tools can show.
  private static func labels(of signal: Signal) -> [Signal.Label] {
    var labels = signal.labels
    func add(_ name: String, _ value: String?) {
      if let value, !labels.contains(where: { $0.name == name }) { labels.append(.init(name: name, value: value)) }
    }
    add("alertname", signal.slo ?? signal.summary)
    add("service", signal.service)
    add("severity", signal.severity.rawValue)
    return labels.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
  }

  private func json(
    _ alert: Alert, _ labels: [Signal.Label], receiver: String, silencedBy: [String], inhibitedBy: [String],
    _ now: Instant
  ) -> JSON {
    func object(_ pairs: [Signal.Label]) -> JSON {
      .object(JSONObject(pairs.map { .init(key: $0.name, value: .string($0.value)) }))
    }
    let signal = alert.signal
    var annotations = [Signal.Label(name: "summary", value: signal.summary)]
    if let detail = signal.detail { annotations.append(.init(name: "description", value: detail)) }
    if let runbook = signal.runbook { annotations.append(.init(name: "runbook_url", value: runbook)) }
    let integration = signal.integration ?? ""
    let key = AlertDesk.lease(of: String(signal.key.dropFirst(integration.utf8.count + 1)), from: integration)
    let ends = desk.deadline(key) ?? now + Self.resolveTimeout
    func list(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
    return [
      "annotations": object(annotations), "endsAt": .string(min(ends, now + .days(1)).rfc3339),
      "fingerprint": .string(String(PrometheusFingerprint.hex(labels))), "receivers": [["name": .string(receiver)]],
      "startsAt": .string((signal.startsAt ?? alert.firedAt).rfc3339),
      "status": [
        "inhibitedBy": list(inhibitedBy), "silencedBy": list(silencedBy),
        "state": silencedBy.isEmpty && inhibitedBy.isEmpty ? "active" : "suppressed",
      ],
      "updatedAt": .string(alert.firedAt.rfc3339), "generatorURL": .string(signal.link ?? ""),
      "labels": object(labels),
    ]
  }
}

/// Prometheus' fingerprint of a label set: FNV-1a over names and values with 0xFF behind each.
enum PrometheusFingerprint {
  static func hex(_ labels: [Signal.Label]) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for label in labels {
      label.name.utf8.forEach(add)
      add(0xFF)
      label.value.utf8.forEach(add)
      add(0xFF)
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
