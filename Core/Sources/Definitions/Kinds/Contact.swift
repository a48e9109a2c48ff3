import Base

/// `Contact`: how a User is reached. Joined to the User it names.
public struct ContactSpec: DefinitionSpec {
  public static let kind = KindName.mainstay("Contact")

  public var user: EntityRef
  /// For the times in messages; IANA.
  public var timeZone: String?
  public var methods: [Method]
  /// When this person is not to be woken, local to the zone; 22:00 to 07:00 where it is not written.
  public var night: Night?
  /// What happens when this person is paged, in order of time.
  public var high: [Rule]
  /// The same for what can wait until they look.
  public var low: [Rule]
  /// When what can wait is not sent; it goes out when they end.
  public var quietHours: QuietHours?

  /// Local to the contact's `timeZone`.
  public struct QuietHours: Hashable, Sendable {
    /// The days on which they begin; every day where none are named. In order of the week.
    public var days: [Weekday]
    public var from: CivilTime
    /// The same as `from` or before it: on the next day.
    public var to: CivilTime
  }

  /// A way to reach the person: one of the Channels, and their address on it.
  public struct Method: Hashable, Sendable {
    public var name: String
    public var channel: EntityRef
    /// A mail address, a Slack member, a path: what the channel needs to single out this person. `nil` where the
    /// channel reaches them as it is.
    public var address: String?
  }

  public struct Night: Hashable, Sendable {
    public var from: CivilTime
    /// The same as `from` or before it: on the next day.
    public var to: CivilTime
  }

  public struct Rule: Hashable, Sendable {
    /// After the page; zero is at once.
    public var after: Interval
    /// The name of the method.
    public var method: String
  }

  public init(_ fields: Fields) {
    user = fields.reference("user", to: "User")
    timeZone = fields.timeZone(ifPresent: "timeZone")
    methods = fields.objects("methods") { fields in
      Method(
        name: fields.string("name"), channel: fields.reference("channel", to: "Channel"),
        address: fields.string(ifPresent: "address"))
    }
    night = fields.object(ifPresent: "night") { fields in
      Night(from: fields.localTime("from") ?? .midnight, to: fields.localTime("to") ?? .midnight)
    }
    if fields.node("methods")?.sequence?.isEmpty == true {
      fields.error("methods", "is empty; name at least one way to reach the person")
    }
    let names = methods.map(\.name)
    let rules = fields.object(ifPresent: "rules") { fields in
      (high: Self.rules(fields, "high", names), low: Self.rules(fields, "low", names))
    }
    let standard = names.first.map { [Rule(after: .zero, method: $0)] } ?? []
    high = rules?.high ?? standard
    low = rules?.low ?? standard
    quietHours = fields.object(ifPresent: "quietHours") { fields in
      QuietHours(
        days: fields.choices(ifPresent: "days", Weekday.self).sorted(), from: fields.localTime("from") ?? .midnight,
        to: fields.localTime("to") ?? .midnight)
    }
    if quietHours != nil, timeZone == nil {
      fields.error("quietHours", "needs the person's timeZone beside it, such as Europe/Lisbon")
    }
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      fields.error("methods", "name \(quoted(name)) twice; give each method a name of its own")
    }
  }

  private static func rules(_ fields: Fields, _ key: String, _ names: [String]) -> [Rule]? {
    guard fields.has(key) else { return nil }
    let rules = fields.objects(key) { fields -> Rule in
      let method = fields.string("method")
      if !method.isEmpty, !names.contains(method) {
        fields.error("method", "\(quoted(method)) is not one of the methods\(hint(for: method, among: names))")
      }
      return Rule(after: fields.interval(ifPresent: "after") ?? .zero, method: method)
    }
    return rules.enumerated().sorted { ($0.element.after, $0.offset) < ($1.element.after, $1.offset) }.map(\.element)
  }

  public static func check(_ snapshot: Snapshot, _ report: Report) {
    checkSomebody(snapshot, report)
    var seen: [EntityRef: Entity<ContactSpec>] = [:]
    for contact in snapshot.all(ContactSpec.self) {
      if let other = seen[contact.spec.user] {
        report.error(
          at: contact.position,
          "\(contact.spec.user.shortName) has a Contact already, \(other.name) at \(other.position); keep one of them")
      }
      seen[contact.spec.user] = contact
      for method in contact.spec.methods {
        guard let channel = snapshot.find(ChannelSpec.self, method.channel) else { continue }
        if channel.spec.type == .smtp, !Formats.isMailAddress(method.address ?? "") {
          report.error(
            at: contact.position,
            "method \(method.name) of contact \(contact.name) uses the mail channel \(channel.name) and needs an "
              + "address such as ana@example.org")
        }
        if channel.spec.type == .sms, !Formats.isPhoneNumber(method.address ?? "") {
          report.error(
            at: contact.position,
            "method \(method.name) of contact \(contact.name) uses the SMS channel \(channel.name) and needs a number "
              + "in international form as address, such as +351210000000")
        }
        if channel.spec.type == .ntfy, !Formats.isTopic(method.address ?? channel.spec.topic ?? "") {
          report.error(
            at: contact.position,
            "method \(method.name) of contact \(contact.name) uses the push channel \(channel.name) and needs a topic "
              + "as address: letters, digits, _ and -, at most 64")
        }
      }
    }
  }
}
