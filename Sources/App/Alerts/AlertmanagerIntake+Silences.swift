import Alerts
import Base
import Engine
import Events
import Journal
import Runtime
import Web

/// Silences as amtool adds, asks for and ends them. An identifier is ours, not a UUID.
extension AlertmanagerIntake {
  func silences(_ request: Intake.Request) async -> Intake.Reply {
    do throws(Bad) {
      let matchers = try Self.matchers(request)
      let now = clock.now()
      // A silence is found by what it is about: each matcher of the filter has to match one of its own by name.
      let found = desk.writer.state.silences.all.filter { silence in
        matchers.allSatisfy { filter in
          silence.matchers.contains { $0.name == filter.name && filter.matches($0.value) }
        }
      }
      return Self.json(.array(found.reversed().map { json($0, now) }))
    } catch {
      return Self.problem(400, error.message)
    }
  }

  func silence(_ request: Intake.Request) async -> Intake.Reply {
    guard let id = ULID(request.parameters["silenceID"] ?? ""), let silence = desk.writer.state.silences[id] else {
      return Self.problem(404, "silence not found")
    }
    return Self.json(json(silence, clock.now()))
  }

  func expireSilence(_ request: Intake.Request) async -> Intake.Reply {
    guard let id = ULID(request.parameters["silenceID"] ?? "") else { return Self.problem(404, "silence not found") }
    do {
      try await desk.writer.submit(.expireSilence(id, by: Actor(request.actor)))
      return .init(status: 200)
    } catch let refusal as Refusal {
      return Self.refused(refusal)
    } catch {
      return Self.problem(500, "\(error)")
    }
  }

  func saveSilence(_ request: Intake.Request) async -> Intake.Reply {
    guard Self.isJSON(request) else {
      return Self.refusal(415, 415, "unsupported media type, only [application/json] are allowed")
    }
    do {
      let body = try JSON(parsing: request.body)
      guard body.object != nil else { return Self.refusal(400, 400, "parsing silence body failed: it is no object") }
      let payload = try read(body)
      var known: ULID?
      if let text = body["id"]?.string, !text.isEmpty {
        guard let id = ULID(text) else { return Self.problem(404, "silence not found") }
        known = id
      }
      let id = try await desk.writer.submit(.saveSilence(known, payload, by: Actor(request.actor)))
      return Self.json(["silenceID": .string(id.description)])
    } catch let problem as JSONParseError {
      return Self.refusal(400, 400, "parsing silence body failed: \(problem)")
    } catch let problem as Missing {
      return Self.refusal(422, 602, "\(problem.field) in body is required")
    } catch let bad as Bad {
      return Self.problem(400, bad.message)
    } catch let refusal as Refusal {
      return Self.refused(refusal)
    } catch {
      return Self.problem(500, "\(error)")
    }
  }

  private struct Missing: Error { var field: String }

  private func read(_ body: JSON) throws -> SilenceCreated {
    func text(_ name: String) throws -> String {
      guard let text = body[name]?.string else { throw Missing(field: name) }
      return text
    }
    func time(_ name: String) throws -> Instant {
      let text = try text(name)
      guard let time = Instant(rfc3339: text) else { throw Bad(message: "\(name) '\(text.cut(60))' is no time") }
      return time
    }
    guard let list = body["matchers"]?.array else { throw Missing(field: "matchers") }
    var matchers: [LabelMatcher] = []
    for (number, item) in list.enumerated() {
      guard let name = item["name"]?.string else { throw Missing(field: "matchers.\(number).name") }
      guard let value = item["value"]?.string else { throw Missing(field: "matchers.\(number).value") }
      guard let isRegex = item["isRegex"]?.bool else { throw Missing(field: "matchers.\(number).isRegex") }
      guard LabelMatcher.isName(name) else {
        throw Bad(message: "invalid label name \(JSON.string(name.cut(80)).text)")
      }
      let isEqual = item["isEqual"]?.bool ?? true
      let operation: LabelMatcher.Operation =
        isRegex ? (isEqual ? .matches : .notMatches) : (isEqual ? .equal : .notEqual)
      do { matchers.append(try LabelMatcher(name, operation, value)) } catch {
        throw Bad(message: "invalid matcher for \(name): \(error.message)")
      }
    }
    return SilenceCreated(
      matchers: matchers, start: try time("startsAt"), end: try time("endsAt"), comment: try text("comment"),
      author: try text("createdBy"))
  }

  private func json(_ silence: Silence, _ now: Instant) -> JSON {
    let matchers = silence.matchers.map { matcher -> JSON in
      let (isRegex, isEqual): (Bool, Bool) =
        switch matcher.operation {
        case .equal: (false, true)
        case .notEqual: (false, false)
        case .matches: (true, true)
        case .notMatches: (true, false)
        }
      return [
        "isEqual": .bool(isEqual), "isRegex": .bool(isRegex), "name": .string(matcher.name),
        "value": .string(matcher.value),
      ]
    }
    let state = silence.state(at: now) { zones.zone(named: $0) }
    return [
      "id": .string(silence.id.description), "status": ["state": .string(state.rawValue)],
      "updatedAt": .string(silence.updatedAt.rfc3339), "comment": .string(silence.comment),
      "createdBy": .string(silence.author), "endsAt": .string(silence.end.rfc3339), "matchers": .array(matchers),
      "startsAt": .string(silence.start.rfc3339),
    ]
  }
}
