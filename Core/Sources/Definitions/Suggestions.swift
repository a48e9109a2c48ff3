/// The candidate that a misspelt name was most likely meant to be, or `nil` when none is near: at most a third of
/// its letters differ (optimal string alignment distance, so that a swap of two letters counts once).
public func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
  let wanted = Array(name.lowercased().unicodeScalars)
  guard !wanted.isEmpty, wanted.count <= 100 else { return nil }
  let allowed = max(1, wanted.count / 3)
  var best: (distance: Int, name: String)?
  for candidate in candidates where candidate != name {
    let letters = Array(candidate.lowercased().unicodeScalars)
    guard abs(letters.count - wanted.count) <= allowed, letters.count <= 100 else { continue }
    let distance = editDistance(wanted, letters)
    guard distance <= allowed else { continue }
    // Ties go to the name that sorts first, so that the advice does not depend on the order of files.
    if let found = best, (found.distance, found.name) <= (distance, candidate) { continue }
    best = (distance, candidate)
  }
  return best?.name
}

private func editDistance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...second.count)
  for row in 0..<first.count {
    var current = [row + 1]
    for column in 0..<second.count {
      let substitution = last[column] + (first[row] == second[column] ? 0 : 1)
      var cost = min(substitution, last[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
        cost = min(cost, beforeLast[column - 1] + 1)
      }
      current.append(cost)
    }
    beforeLast = last
    last = current
  }
  return last[second.count]
}

/// `; did you mean "x"?` or nothing.
func hint(for name: String, among candidates: some Sequence<String>) -> String {
  suggestion(for: name, among: candidates).map { "; did you mean `\($0)`?" } ?? ""
}
