import Base
import Events
import Journal

extension TimelineEntry {
  /// The line of an event; `nil` for those that would only be noise.
  ///
  /// - Parameter event: its erasable texts resolved, as readers of the journal get it.
  public init?(_ event: Event) throws {
    guard let line = try Self.line(event) else { return nil }
    sequence = event.sequence
    at = line.at ?? event.time
    kind = line.kind
    actor = event.actor
    subject = event.subject
    type = event.type
    text = line.text
    body = line.body
    graph = line.graph
    link = line.link
  }

  /// What an event says in a timeline.
  struct Line: Sendable {
    var kind: Kind
    var text: String
    var body: String?
    var at: Instant?
    var graph: IncidentGraphPinned?
    var link: String?

    init(_ kind: Kind, _ text: String, body: String? = nil, at: Instant? = nil) {
      self.kind = kind
      self.text = text
      self.body = body
      self.at = at
    }
  }

  /// How the events of one type are read.
  struct Reader: Sendable {
    let type: EventType
    let read: @Sendable (Event) throws -> Line?

    /// - Parameter line: gets the payload, and the event for what stands beside it.
    init<Payload: EventPayload>(
      _: Payload.Type, _ line: @escaping @Sendable (_ payload: Payload, _ event: Event) -> Line?
    ) {
      type = Payload.type
      read = { event in try event.payload(Payload.self).flatMap { line($0, event) } }
    }

    /// For events whose data holds texts that can be erased: readers get those in place of their markers, and then the
    /// data does not have the payload's shape.
    init(resolved type: EventType, _ line: @escaping @Sendable (_ event: Event) -> Line?) {
      self.type = type
      read = line
    }
  }

  private static let readers: [EventType: Reader] = {
    let all = incidentReaders + peopleReaders + alertReaders + pageReaders + runReaders + aroundReaders
    return Dictionary(all.map { ($0.type, $0) }) { first, _ in first }
  }()

  /// The types of events that have a line, sorted.
  public static var readTypes: [EventType] { readers.keys.sorted { $0.text < $1.text } }

  private static func line(_ event: Event) throws -> Line? {
    if let reader = readers[event.type] { return try reader.read(event) }
    // Deployments say what they are in their own words.
    guard event.type.text.hasPrefix("deployment.") else { return nil }
    let verb = event.type.text.dropFirst("deployment.".count)
    let what = event.data["summary"]?.string ?? event.data["version"]?.string ?? ""
    return Line(.change, "deployment \(verb) of \(event.subject.id)\(what.isEmpty ? "" : ": \(what)")")
  }
}
