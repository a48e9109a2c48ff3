import Base

/// An action item as a tracker is to show it.
public struct IssueDraft: Sendable, Hashable {
  /// Stands in the issue's text, so that it is found again after a failure: `action/01J…`.
  public var key: String
  public var title: String
  /// Markdown.
  public var body: String
  public var labels: [String]
  /// `2026-12-24`; only GitLab has a field for it.
  public var due: String?

  public init(key: String, title: String, body: String, labels: [String], due: String?) {
    self.key = key
    self.title = title
    self.body = body
    self.labels = labels
    self.due = due
  }
}

/// An issue as its tracker knows it.
public struct TrackedIssue: Sendable, Hashable {
  public var number: Int64
  public var url: String
  public var isOpen: Bool
}

/// Where issues are kept.
public struct IssueTarget: Sendable {
  public enum Kind: String, Sendable { case github, gitlab }

  public var name: String
  public var kind: Kind
  /// What the paths of the API follow.
  public var url: String
  public var repository: String
  public var token: SecretRef
  public var labels: [String]

  public init(name: String, kind: Kind, url: String, repository: String, token: SecretRef, labels: [String]) {
    self.name = name
    self.kind = kind
    self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.repository = repository
    self.token = token
    self.labels = labels
  }
}

/// Makes and reads issues through the REST APIs of GitHub (2022-11-28) and GitLab (v4).
///
/// Neither API takes an idempotency key. Each issue carries the label `mainstay` and its action's key in a comment of
/// its text; before one is made, the issues with that label are looked through for the key, so that an attempt whose
/// answer was lost is found again and not repeated.
public struct IssueTracker: Sendable {
  public static let label = "mainstay"
  /// Pages of 100 issues that are looked through, newest first.
  static let pagesMax = 10

  private let http: HTTPOut
  private let secrets: SecretResolver

  public init(http: HTTPOut, secrets: SecretResolver = .system) {
    self.http = http
    self.secrets = secrets
  }

  /// Why there is no issue.
  public struct Failure: Error, Sendable, Hashable {
    public var text: String
    /// Trying the same again cannot help.
    public var isPermanent: Bool

    public init(text: String, isPermanent: Bool) {
      self.text = text
      self.isPermanent = isPermanent
    }
  }

  /// Finds the issue of a draft, or makes it.
  public func make(_ draft: IssueDraft, at target: IssueTarget) async throws(Failure) -> TrackedIssue {
    if let found = try await find(draft.key, at: target) { return found }
    let labels = [Self.label] + target.labels + draft.labels
    let text = draft.body + "\n\n" + Self.marker(draft.key)
    let body: JSON
    switch target.kind {
    case .github:
      body = [
        "title": .string(draft.title), "body": .string(text), "labels": .array(labels.map(JSON.string)),
      ]
    case .gitlab:
      var object: JSONObject = [
        "title": .string(draft.title), "description": .string(text),
        "labels": .string(labels.joined(separator: ",")),
      ]
      if let due = draft.due { object["due_date"] = .string(due) }
      body = .object(object)
    }
    let json = try await call(.post, target, Self.issues(target), body)
    guard let issue = Self.issue(json, target.kind) else {
      throw Failure(text: "\(target.name): the answer is no issue; is url the address of its API?", isPermanent: true)
    }
    return issue
  }

  /// How an issue stands.
  public func read(_ number: Int64, at target: IssueTarget) async throws(Failure) -> TrackedIssue {
    let json = try await call(.get, target, "\(Self.issues(target))/\(number)", nil)
    guard let issue = Self.issue(json, target.kind) else {
      throw Failure(text: "\(target.name): issue \(number) cannot be read", isPermanent: true)
    }
    return issue
  }

  private func find(_ key: String, at target: IssueTarget) async throws(Failure) -> TrackedIssue? {
    let state = "state=all&labels=\(Self.label)"
    let order =
      target.kind == .github ? "sort=created&direction=desc" : "order_by=created_at&sort=desc&scope=all"
    for page in 1...Self.pagesMax {
      let path = "\(Self.issues(target))?\(state)&\(order)&per_page=100&page=\(page)"
      let list = try await call(.get, target, path, nil)
      guard let items = list.array else {
        throw Failure(text: "\(target.name): the answer is no list of issues", isPermanent: true)
      }
      let text = target.kind == .github ? "body" : "description"
      // GitHub lists pull requests among the issues.
      let mine = items.first { $0["pull_request"] == nil && ($0[text]?.string ?? "").contains(Self.marker(key)) }
      if let mine { return Self.issue(mine, target.kind) }
      if items.count < 100 { return nil }
    }
    return nil
  }

  static func marker(_ key: String) -> String { "<!-- mainstay: \(key) -->" }

  private static func issues(_ target: IssueTarget) -> String {
    switch target.kind {
    case .github: "/repos/\(target.repository)/issues"
    case .gitlab: "/projects/\(PercentEncoding.component(target.repository))/issues"
    }
  }

  private static func issue(_ json: JSON, _ kind: IssueTarget.Kind) -> TrackedIssue? {
    let (number, url) = kind == .github ? ("number", "html_url") : ("iid", "web_url")
    guard let number = json[number]?.int, let url = json[url]?.string, let state = json["state"]?.string else {
      return nil
    }
    return TrackedIssue(number: number, url: url, isOpen: state != "closed")
  }

  private func call(
    _ method: HTTPOut.Method, _ target: IssueTarget, _ path: String, _ body: JSON?
  ) async throws(Failure) -> JSON {
    let response: HTTPOut.Response
    do throws(OutboundError) {
      let token = try secrets.resolve(target.token).reveal()
      var headers: [HTTPOut.Header]
      switch target.kind {
      case .github:
        headers = [
          .init("Authorization", "Bearer \(token)"), .init("Accept", "application/vnd.github+json"),
          .init("X-GitHub-Api-Version", "2022-11-28"),
        ]
      case .gitlab: headers = [.init("PRIVATE-TOKEN", token), .init("Accept", "application/json")]
      }
      headers.append(.init("User-Agent", "mainstay"))
      if body != nil { headers.append(.init("Content-Type", "application/json")) }
      response = try await http.send(
        HTTPOut.Request(
          method, target.url + path, headers: headers, body: body?.bytes, timeout: .seconds(20),
          maxResponseBytes: 8 << 20))
    } catch {
      throw Failure(text: "\(target.name): \(error.text)", isPermanent: error.kind == .invalid)
    }
    guard response.isSuccess else {
      // 403 is how GitHub slows a client down, too; 404 is how it hides what a token may not see.
      let isPermanent = [400, 401, 404, 405, 410, 422].contains(response.status)
      throw Failure(
        text: "\(target.name): \(HTTPOut.unexpected(response, from: target.url).text)", isPermanent: isPermanent)
    }
    guard let json = try? JSON(parsing: response.body) else {
      throw Failure(text: "\(target.name): the answer is not JSON", isPermanent: true)
    }
    return json
  }
}
