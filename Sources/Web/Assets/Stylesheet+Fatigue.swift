extension Stylesheet {
  /// What only the pages of load, noise and hand-overs have.
  static let fatigue = """
    .multiples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));gap:1.1rem 1.6rem}
    .multiples figure.plot+figure.plot{margin-top:0}
    .weeks .high{fill:var(--c1)}.weeks .low{fill:var(--p1);stroke:var(--c1);stroke-width:1}
    .weeks .night{fill:var(--card);font-size:11px}
    .legend li.high::before{width:.8rem;height:.8rem;background:var(--c1)}
    .legend li.low::before{width:.8rem;height:.8rem;background:var(--p1);border:1px solid var(--c1)}
    .legend li.moon::before{display:none}
    table.spread{max-width:34rem}
    .judge{display:inline-flex;gap:.5rem;flex-wrap:wrap}.judge form{margin:0}
    .resolve{display:flex;flex-wrap:wrap;gap:.5rem;align-items:flex-end}
    .resolve label{margin:0 0 .2rem}.resolve select{width:auto}
    pre.patch{max-width:100%;white-space:pre;overflow:auto}
    pre.patch .add{color:var(--healthy)}pre.patch .del{color:var(--exhausted)}
    .advice{border-top:1px solid var(--grid);padding-top:.6rem;margin-top:.9rem}
    .advice:first-of-type{border-top:0;margin-top:0;padding-top:0}

    """
}
