import Base
import Engine
import Journal
import Outbound
import Reviews
import Runtime
import Web

/// Webhooks of GitHub and GitLab that tell of closed and reopened issues.
struct TrackerReplies: Sendable {
  var book: @Sendable () -> TrackerBook
  var state: @Sendable () -> State
  var close: @Sendable (ULID, _ via: String) async throws -> Void
  var reopen: @Sendable (ULID, _ via: String) async throws -> Void
  var secrets = SecretResolver.system

  var callbacks: [Callback] {
    [callback("/intake/webhook/github", .github), callback("/intake/webhook/gitlab", .gitlab)]
  }

  private func callback(_ path: String, _ kind: IssueTarget.Kind) -> Callback {
    Callback(path: path, bodyBytesMax: 1 << 20) { request in await answer(request, kind) }
  }

  private func answer(_ request: Callback.Request, _ kind: IssueTarget.Kind) async -> Intake.Reply {
    let entries = book().entries.filter { $0.target.kind == kind && $0.webhookSecret != nil }
    guard !entries.isEmpty else {
      return .told(404, "no Tracker of type \(kind.rawValue) has a webhookSecretRef, so no webhook is taken")
    }
    // Which key signed it says whose repository it may speak of.
    let proven = entries.filter { entry in
      guard let secret = entry.webhookSecret.flatMap({ try? secrets.resolve($0) }) else { return false }
      switch kind {
      case .github:
        return IssueHook.isSigned(request.body, request.headers["x-hub-signature-256"] ?? "", secret: secret)
      case .gitlab: return IssueHook.isToken(request.headers["x-gitlab-token"] ?? "", secret: secret)
      }
    }
    guard !proven.isEmpty else { return .told(401, "the signature is not that of a Tracker's webhookSecretRef") }
    let hook =
      kind == .github
      ? IssueHook.github(request.body, event: request.headers["x-github-event"] ?? "") : IssueHook.gitlab(request.body)
    guard let hook,
      let entry = proven.first(where: { $0.target.repository.lowercased() == hook.repository.lowercased() }),
      let action = state().actions.action(ofIssue: hook.number, in: entry.target.name)
    else { return .told(202, "nothing of ours") }
    do {
      let via = "tracker/\(entry.target.name)"
      if hook.isOpen { try await reopen(action.id, via) } else { try await close(action.id, via) }
      return .told(200, "taken")
    } catch {
      return .told(503, "not now; send it again")
    }
  }
}
