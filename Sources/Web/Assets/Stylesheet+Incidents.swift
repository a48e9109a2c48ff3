extension Stylesheet {
  /// Choices with their meaning beside them: the whole line is the target.
  static let incidents = """
    .choices{border:0;padding:0;margin:.9rem 0}
    .choices label{display:flex;gap:.65rem;align-items:flex-start;min-height:44px;padding:.5rem .6rem;margin:.3rem 0;
    border:1px solid var(--line);border-radius:8px;cursor:pointer;font-weight:400}
    .choices label:has(input:checked){border-color:var(--link);box-shadow:inset 0 0 0 1px var(--link)}
    .choices input{flex:none;width:1.15rem;height:1.15rem;min-height:0;margin:.15rem 0 0}
    .choices .example{display:block;color:var(--soft);font-size:.875rem;margin-top:.15rem}
    .updates{list-style:none;margin:0;padding:0}.updates li+li{border-top:1px solid var(--line)}
    .updates p{margin:.35rem 0;overflow-wrap:anywhere;white-space:pre-line}
    .overdue{padding:.6rem .8rem;border-radius:8px;background:var(--exhausted-bg);color:var(--exhausted);
    font-weight:600}
    ul.plain{list-style:none;margin:0;padding:0}ul.plain li{margin:.35rem 0;overflow-wrap:anywhere}
    """
}
