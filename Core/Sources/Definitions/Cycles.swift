/// Finds circles among entities that refer to each other.
enum Cycles {
  struct Edge {
    var from: EntityRef
    var to: EntityRef
    /// Where `from` says so.
    var position: Position
  }

  struct Cycle {
    /// The entities in order; the last refers to the first.
    var path: [EntityRef]
    var position: Position

    var description: String { (path + path.prefix(1)).map(\.shortName).joined(separator: " → ") }
  }

  /// One circle for each group of entities that reach each other, told from the first of them in order of names.
  static func find(_ edges: [Edge]) -> [Cycle] {
    var targets: [EntityRef: [Edge]] = [:]
    for edge in edges { targets[edge.from, default: []].append(edge) }
    var state: [EntityRef: Bool] = [:]  // false: on the path; true: done
    var cycles: [Cycle] = []
    for start in Set(edges.map(\.from)).sorted() where state[start] == nil {
      // An explicit stack: a chain of ten thousand definitions must not exhaust the thread's.
      var path: [(ref: EntityRef, next: Int)] = [(start, 0)]
      state[start] = false
      while let (ref, next) = path.last {
        let outgoing = targets[ref] ?? []
        guard next < outgoing.count else {
          state[ref] = true
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let target = outgoing[next].to
        if state[target] == nil {
          state[target] = false
          path.append((target, 0))
        } else if state[target] == false, let first = path.firstIndex(where: { $0.ref == target }) {
          cycles.append(rotated(path[first...].map(\.ref), targets))
        }
      }
    }
    return cycles
  }

  private static func rotated(_ path: [EntityRef], _ targets: [EntityRef: [Edge]]) -> Cycle {
    let start = path.indices.min { path[$0] < path[$1] } ?? 0
    let turned = Array(path[start...] + path[..<start])
    let next = turned.count > 1 ? turned[1] : turned[0]
    let edge = targets[turned[0]]?.first { $0.to == next }
    return Cycle(path: turned, position: edge?.position ?? Position(file: ""))
  }
}
