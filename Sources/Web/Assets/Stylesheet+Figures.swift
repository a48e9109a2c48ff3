extension Stylesheet {
  /// What only the page of figures has.
  static let figures = """
    .quads{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:0 1.1rem}
    figure.lengths h2{margin:0}
    g.lengths circle,g.lengths rect{fill:var(--c1)}
    .lengths line.reference{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:4 3}
    .lengths .labels text{fill:var(--ink)}
    .trend{border-top:1px solid var(--grid);padding-top:.45rem;font-size:.9375rem}

    """
}
