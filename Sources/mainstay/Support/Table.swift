/// Aligned columns. A state is written in its word and, on a terminal, coloured as well.
struct Table {
  enum Alignment { case left, right }
  enum Tone: Int { case bad = 31, good = 32, warning = 33, faint = 2 }

  struct Cell: ExpressibleByStringLiteral {
    var text: String
    var tone: Tone?

    init(_ text: String?, _ tone: Tone? = nil) {
      self.text = Terminal.printable(text ?? "–")
      self.tone = tone
    }

    init(stringLiteral value: String) { self.init(value) }

    /// A word of state in its colour.
    static func state(_ word: String?) -> Cell {
      switch word {
      case "firing", "burning", "exhausted", "open": Cell(word, .bad)
      case "acknowledged", "at risk": Cell(word, .warning)
      case "healthy", "resolved": Cell(word, .good)
      case "suppressed", "no data", "revoked", "expired": Cell(word, .faint)
      default: Cell(word)
      }
    }
  }

  private let head: [(title: String, alignment: Alignment)]
  private var rows: [[Cell]] = []

  init(_ head: (String, Alignment)...) { self.head = head.map { ($0.0, $0.1) } }

  mutating func add(_ cells: Cell...) { add(cells) }

  mutating func add(_ cells: [Cell]) { rows.append(cells) }

  /// - Parameters:
  ///   - width: the last column is cut there; `nil` cuts nothing.
  ///   - colour: whether tones are written.
  func lines(width: Int?, colour: Bool) -> [String] {
    let widths = head.indices.map { column in
      max(head[column].title.count, rows.map { $0[column].text.count }.max() ?? 0)
    }
    let titles = head.map { Cell($0.title, .faint) }
    return ([titles] + rows).map { cells in
      var line = ""
      var used = 0
      for (column, cell) in cells.enumerated() {
        var text = cell.text
        let isLast = column == cells.count - 1
        if isLast, let width, used + text.count > width, width - used > 8 { text = text.prefix(width - used - 1) + "…" }
        let padding = String(repeating: " ", count: max(0, widths[column] - text.count))
        let painted = colour ? cell.tone.map { "\u{1B}[\($0.rawValue)m\(text)\u{1B}[0m" } ?? text : text
        if head[column].alignment == .right {
          line += padding + painted
        } else {
          line += isLast ? painted : painted + padding
        }
        used += widths[column] + 2
        if !isLast { line += "  " }
      }
      return line
    }
  }

  /// - Parameter empty: what to say, and what to do next, where there is nothing to list.
  func show(empty: String) {
    guard !rows.isEmpty else { return print(empty) }
    let width = Terminal.isInteractive ? Terminal.width : nil
    for line in lines(width: width, colour: Terminal.hasColour) { print(line) }
  }
}
