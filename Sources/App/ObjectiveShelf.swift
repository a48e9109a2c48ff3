import Base
import Objectives
import Runtime
import Synchronization
import Web

/// The newest evaluation in the form that pages read, made when the first page asks for it and shared until the next
/// evaluation or change of the definitions.
final class ObjectiveShelf: Sendable {
  struct Contents: Sendable {
    var list = ObjectiveList()
    var byID: [String: Objective] = [:]
    fileprivate var evaluatedAt: Instant?
    fileprivate var definitions = ""
  }

  private let contents = Mutex(Contents())

  func current(_ telemetry: Telemetry, _ compiled: Compiled) -> Contents {
    let catalog = compiled.current.catalog
    let evaluatedAt = telemetry.evaluatedAt
    return contents.withLock { contents in
      if contents.evaluatedAt != evaluatedAt || contents.definitions != catalog.hash {
        let (at, readings) = telemetry.readings
        let objectives = telemetry.objectives
        let read = Set(readings.map(\.0.id))
        // What has just been defined is there, without data, before it is judged for the first time.
        let unread = objectives.filter { !read.contains($0.id) }
        let services = Dictionary(catalog.services.map { ($0.name, $0) }) { first, _ in first }
        contents = Contents(
          list: ObjectiveList(
            (readings.map { ObjectiveViews.status($0, $1, of: services[$0.service], at: at) }
              + unread.map { ObjectiveViews.unread($0, of: services[$0.service], at: at) })
              .sorted { $0.name < $1.name }),
          byID: Dictionary(objectives.map { ($0.id, $0) }) { first, _ in first }, evaluatedAt: at,
          definitions: catalog.hash)
      }
      return contents
    }
  }
}
