extension Stylesheet {
  /// What only the page of figures has.
  static let figures = """
    figure.lengths h2{margin:0}
    g.lengths circle,g.lengths rect{fill:var(--c1)}
    .lengths line.reference{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:4 3}
    .lengths .labels text{fill:var(--ink)}
    .trend{border-top:1px solid var(--grid);padding-top:.45rem;font-size:.9375rem}

    """
}
