import Base
import Outbound

/// What most verbs of a running server do: list, and delete.
extension ServerOptions {
  /// Prints the items of a list as JSON or as a table.
  ///
  /// - Parameters:
  ///   - table: an empty table, with its head.
  ///   - empty: what to say, and what to do next, where there is nothing to list.
  func list(
    _ path: String, limit: Int = 10_000, _ output: FormatOptions, _ table: Table, empty: String,
    row: (JSON) -> [Table.Cell]
  ) async throws {
    let items = try await connect { try await $0.items(path, limit: limit) }
    if output.printed(.list(items)) { return }
    var table = table
    for item in items { table.add(row(item)) }
    table.show(empty: empty)
  }

  /// Deletes what is at a path, and says so.
  func delete(_ path: String, saying done: String) async throws {
    _ = try await connect { try await $0.api.delete(path) }
    print(done)
  }
}
