import Base
import Engine
import Events
import Incidents
import Journal
import Outbound
import Runtime
import Web

/// `/incident` in Slack, and the dialog in which an incident is declared there.
///
/// A slash command is a form with `command`, `text`, `user_id` and `user_name`; a dialog that was sent is a form with a
/// `payload` of type `view_submission`. Both are signed as clicks are.
struct SlackCommands: Sendable {
  static let path = "/intake/slack/command"
  /// The `callback_id` of a dialog that declares.
  static let dialog = "mainstay_declare"
  private static let listed = 10

  var book: @Sendable () -> ReplyBook
  var state: @Sendable () -> State
  var services: @Sendable () -> Set<String>
  var submit: @Sendable (Command<State>) async throws -> any Sendable
  /// What links begin with; empty where the server does not know its own address.
  var base: String
  var severities: @Sendable () -> Severities
  var http: HTTPOut
  var secrets = SecretResolver.system

  var callback: Callback {
    Callback(path: Self.path, bodyBytesMax: 64 << 10) { request in
      switch SlackSignature.app(of: request, book(), secrets) {
      case .failure(let refused): refused.reply
      case .success(let app): await answer(Form.parse(request.body), app)
      }
    }
  }

  private func answer(_ form: [(name: String, value: String)], _ app: ReplyBook.SlackApp) async -> Intake.Reply {
    func field(_ name: String) -> String { form.first { $0.name == name }?.value ?? "" }
    guard let person = book().person(slackID: field("user_id"), name: field("user_name")) else {
      return Self.whisper(Self.unknown(field("user_id")))
    }
    if SlashCommand.asksForDialog(field("text")), let token = app.token {
      return await openDialog(field("trigger_id"), token, app.api)
    }
    do {
      let command = try SlashCommand(parsing: field("text"), services: services())
      return try await carryOut(command, person)
    } catch let refusal as Refusal {
      return Self.whisper(refusal.message)
    } catch {
      return Self.whisper("That did not work; the server's log says more.")
    }
  }

  static func unknown(_ id: String) -> String {
    "Mainstay does not know whose account \(id.prefix(40)) is. Write it as the address of a Slack method in your "
      + "Contact."
  }

  private func carryOut(_ command: SlashCommand, _ person: String) async throws -> Intake.Reply {
    let actor = Actor.user(person)
    switch command {
    case .declare(let severity, let service, let title, let isPrivate):
      let incident = try await declare(
        Declaration(
          title: title, service: service, severity: severity, roles: [.init(IncidentRoles.commander, person)],
          members: isPrivate ? [] : nil, via: .slack), by: actor)
      let text = "\(person) declared \(line(incident)). \(person) commands."
      return isPrivate ? Self.whisper(text) : Self.tell(text)
    case .list:
      let open = state().seen(by: Viewer(actor)).incidents.open
      if open.isEmpty { return Self.whisper("No incident is open.") }
      let more = open.count > Self.listed ? "\nand \(open.count - Self.listed) more" : ""
      return Self.whisper(open.prefix(Self.listed).map(line).joined(separator: "\n") + more)
    case .show(let number): return Self.whisper(line(try find(number, actor)))
    case .acknowledge(let number):
      let incident = try find(number, actor)
      _ = try await submit(Ask<Incident>.acknowledgeIncident(incident.id, by: actor).command)
      return say("\(person) has incident \(number).", about: incident)
    case .update(let number, let text):
      let incident = try find(number, actor)
      let draft = UpdateDraft(audience: .internal, phase: nil, text: text)
      _ = try await submit(Ask<Void>.updateIncident(incident.id, draft, by: actor).command)
      return say("\(person) on incident \(number): \(text)", about: incident)
    case .resolve(let number, let why):
      let incident = try find(number, actor)
      let reason = why ?? "resolved by user/\(person)"
      _ = try await submit(Ask<Void>.resolveIncident(incident.id, reason: reason, by: actor).command)
      return say("\(person) resolved incident \(number)\(why.map { ": \($0)" } ?? ".")", about: incident)
    }
  }

  private func declare(_ declaration: Declaration, by actor: Actor) async throws -> Incident {
    let id = try await submit(Ask<ULID>.declareIncident(declaration, by: actor).command)
    guard let id = id as? ULID, let incident = state().incidents.incidents[id] else {
      throw Refusal(.unavailable, "the incident was declared and cannot be shown yet")
    }
    return incident
  }

  /// An incident that the person may see; any other does not exist for them.
  private func find(_ number: Int, _ actor: Actor) throws -> Incident {
    guard let incident = state().seen(by: Viewer(actor)).incidents.incident(number: number) else {
      throw Refusal(.notFound, "There is no incident \(number).")
    }
    return incident
  }

  private func line(_ incident: Incident) -> String {
    let link = base.isEmpty ? "" : " \(base)/incidents/\(incident.id)"
    return "incident \(incident.number), \(incident.severity.rawValue), \(incident.phase.rawValue): "
      + "\(incident.title)\(link)"
  }

  /// What concerns a private incident is said to the person alone: the channel has other readers.
  private func say(_ text: String, about incident: Incident) -> Intake.Reply {
    incident.isPrivate ? Self.whisper(text) : Self.tell(text)
  }

  private static func tell(_ text: String) -> Intake.Reply { reply(text, "in_channel") }
  static func whisper(_ text: String) -> Intake.Reply { reply(text, "ephemeral") }

  private static func reply(_ text: String, _ type: String) -> Intake.Reply {
    let body: JSON = [
      "response_type": .string(type), "text": .string(SlackForm.escape(SMSForm.plain(text, 2_000))),
    ]
    return Intake.Reply(status: 200, headers: [("content-type", "application/json")], body: body.bytes)
  }
}

// MARK: - The dialog

extension SlackCommands {
  /// Slack forgets a trigger after 3 seconds, and shows an error where it is not answered within them.
  private static let dialogTimeout = Interval.milliseconds(2_500)

  /// Opens the dialog by `views.open`: https://docs.slack.dev/reference/methods/views.open
  private func openDialog(_ trigger: String, _ token: SecretRef, _ api: String) async -> Intake.Reply {
    let severities = severities()
    let view = SlackDialog.declare(
      callback: Self.dialog,
      severities: IncidentSeverity.allCases.map { ($0.rawValue, severities[$0].definition) },
      usual: SlashCommand.unsure.rawValue, services: services().sorted())
    var problem: String
    do {
      let secret = try secrets.value(of: .secret(token))
      let response = try await http.sendJSON(
        ["trigger_id": .string(trigger), "view": view], to: "\(api)/views.open",
        headers: [HTTPOut.Header("Authorization", "Bearer \(secret)")], timeout: Self.dialogTimeout,
        maxResponseBytes: 256 << 10)
      let answer = try? JSON(parsing: response.body)
      if response.isSuccess, answer?["ok"]?.bool == true { return Intake.Reply(status: 200) }
      problem = answer?["error"]?.string?.cut(100) ?? "it answered \(response.status)"
    } catch {
      problem = "\(error)"
    }
    return Self.whisper("Slack did not open the dialog (\(problem)). Type it instead: \(SlashCommand.example)")
  }

  /// Takes a dialog that was sent. Its inputs are found by their action ids: `title`, `severity`, `service`,
  /// `private`.
  ///
  /// - Returns: an empty answer, which closes the dialog, or what to correct, beside the inputs that it is about.
  func submitted(_ payload: JSON) async -> Intake.Reply {
    let user = payload["user"]
    let slackID = user?["id"]?.string ?? ""
    let inputs = Self.inputs(payload["view"]?["state"]?["values"])
    func refuse(_ input: String, _ message: String) -> Intake.Reply {
      // Slack takes an error for a block that the dialog has, and for no other.
      let block = inputs[input]?.block ?? inputs["title"]?.block ?? input
      let body: JSON = [
        "response_action": "errors",
        "errors": .object(
          JSONObject([
            .init(key: block, value: .string(message))
          ])),
      ]
      return Intake.Reply(status: 200, headers: [("content-type", "application/json")], body: body.bytes)
    }
    guard
      let person = book().person(
        slackID: slackID, name: user?["username"]?.string ?? user?["name"]?.string ?? "")
    else { return refuse("title", Self.unknown(slackID)) }
    guard let severity = IncidentSeverity(rawValue: inputs["severity"]?.value ?? SlashCommand.unsure.rawValue) else {
      return refuse("severity", "Choose SEV-1, SEV-2, SEV-3 or SEV-4.")
    }
    do {
      _ = try await declare(
        Declaration(
          title: inputs["title"]?.value ?? "", service: inputs["service"]?.value, severity: severity,
          roles: [.init(IncidentRoles.commander, person)], members: inputs["private"]?.value == nil ? nil : [],
          via: .slack),
        by: .user(person))
      return Intake.Reply(status: 200)
    } catch {
      let message = (error as? Refusal)?.message ?? "That did not work; the server's log says more."
      return refuse(message.contains("service") ? "service" : "title", message)
    }
  }

  /// The blocks and values by action id; an input that was left empty has no value. A block holds its inputs' values: a
  /// text, a chosen option, or chosen boxes.
  private static func inputs(_ values: JSON?) -> [String: (block: String, value: String?)] {
    var found: [String: (block: String, value: String?)] = [:]
    for block in values?.object?.members.prefix(50) ?? [] {
      for input in block.value.object?.members.prefix(10) ?? [] {
        let value =
          input.value["value"]?.string ?? input.value["selected_option"]?["value"]?.string
          ?? input.value["selected_options"]?.array?.first?["value"]?.string
        found[input.key] = (block.key, value.flatMap { $0.isEmpty ? nil : $0 })
      }
    }
    return found
  }
}

/// Which Slack app a request comes from.
enum SlackSignature {
  struct Refused: Error { var reply: Intake.Reply }

  /// - Returns: the app, or what to answer where none of those that are known signed it.
  static func app(
    of request: Callback.Request, _ book: ReplyBook, _ secrets: SecretResolver
  ) -> Result<ReplyBook.SlackApp, Refused> {
    guard !book.slackApps.isEmpty else {
      return .failure(
        Refused(
          reply: .told(
            404, "no Slack channel has a signingSecretRef, so nothing is taken; name the app's signing secret")))
    }
    let (signature, timestamp) = (
      request.headers["x-slack-signature"] ?? "", request.headers["x-slack-request-timestamp"] ?? ""
    )
    let app = book.slackApps.first { app in
      guard let secret = try? secrets.resolve(app.signingSecret) else { return false }
      return ReplySignature.isSlack(
        signature, timestamp: timestamp, body: request.body, secret: secret, now: request.now)
    }
    guard let app else {
      return .failure(
        Refused(reply: .told(401, "the signature is not that of this app, or older than five minutes")))
    }
    return .success(app)
  }
}
