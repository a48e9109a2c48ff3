/// The difference of two texts as `diff -u` writes it and `git apply` reads it.
public enum UnifiedDiff {
  private static let context = 3

  /// A patch that makes one file of another; empty where they are the same.
  ///
  /// - Parameters:
  ///   - path: relative to where it is applied.
  ///   - old: `nil` for a file that is new.
  ///   - new: `nil` for a file that goes.
  public static func patch(path: String, old: String?, new: String?) -> String {
    guard old != new else { return "" }
    let (before, after) = (lines(old ?? ""), lines(new ?? ""))
    // One stretch of change: patches of ours touch one place of a file.
    var head = 0
    while head < min(before.count, after.count), before[head] == after[head] { head += 1 }
    var tail = 0
    while tail < min(before.count, after.count) - head,
      before[before.count - 1 - tail] == after[after.count - 1 - tail]
    {
      tail += 1
    }
    let start = max(0, head - context)
    let (endBefore, endAfter) = (before.count - tail, after.count - tail)
    let trailing = min(context, tail)
    var text = "diff --git a/\(path) b/\(path)\n"
    if old == nil { text += "new file mode 100644\n" }
    if new == nil { text += "deleted file mode 100644\n" }
    text += "--- \(old == nil ? "/dev/null" : "a/\(path)")\n+++ \(new == nil ? "/dev/null" : "b/\(path)")\n"
    text += "@@ -\(range(start, endBefore + trailing)) +\(range(start, endAfter + trailing)) @@\n"
    for line in before[start..<head] { text += write(" ", line) }
    for line in before[head..<endBefore] { text += write("-", line) }
    for line in after[head..<endAfter] { text += write("+", line) }
    for line in before[endBefore..<(endBefore + trailing)] { text += write(" ", line) }
    return text
  }

  private static func range(_ start: Int, _ end: Int) -> String {
    // An empty range is named by the line before it.
    end == start ? "\(start),0" : "\(start + 1),\(end - start)"
  }

  private static func write(_ mark: String, _ line: Substring) -> String {
    line.utf8.last == UInt8(ascii: "\n") ? "\(mark)\(line)" : "\(mark)\(line)\n\\ No newline at end of file\n"
  }

  /// Each with its line feed, which the last may lack. Carriage returns stay where they are.
  private static func lines(_ text: String) -> [Substring] {
    var lines: [Substring] = []
    var start = text.utf8.startIndex
    while start < text.utf8.endIndex {
      let end = text.utf8[start...].firstIndex(of: UInt8(ascii: "\n")).map { text.utf8.index(after: $0) }
      lines.append(text[start..<(end ?? text.utf8.endIndex)])
      start = end ?? text.utf8.endIndex
    }
    return lines
  }
}
