/// The stylesheet of status pages: system fonts, light and dark, from 320 px on. Each text has a contrast of at least
/// 4.5 to 1 with what it stands on.
enum StatusStyle {
  /// The icon of the tab says how things are: a tick, a bar or a cross besides the colour.
  static func icon(_ state: ComponentState) -> String {
    let (colour, path): (String, String) =
      switch state {
      case .operational: ("#00684a", "M9 17l5 5 9-11")
      case .maintenance: ("#0a56a3", "M16 9v8M16 22v1")
      case .degraded: ("#7d5000", "M16 9v8M16 22v1")
      case .partialOutage: ("#b0300f", "M9 16h14")
      case .majorOutage: ("#8a0f4b", "M10 10l12 12M22 10L10 22")
      }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="\(colour)"/>\
      <path d="\(path)" fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" \
      stroke-linejoin="round"/></svg>

      """
  }

  static let text = """
    :root{color-scheme:light dark;--bg:#f6f7f8;--card:#fff;--ink:#1a1f24;--soft:#57606a;--line:#d5dae0;--link:#0a56a3;
    --operational:#00684a;--operational-bg:#e3f4ed;--maintenance:#0a56a3;--maintenance-bg:#e3effb;--degraded:#7d5000;
    --degraded-bg:#fff3d6;--partialOutage:#b0300f;--partialOutage-bg:#fde9e2;--majorOutage:#8a0f4b;
    --majorOutage-bg:#fce4ef;--bar:#7fbfa6;--unknown:#d5dae0}
    @media (prefers-color-scheme:dark){:root{--bg:#0f1215;--card:#181c20;--ink:#e7eaed;--soft:#a0a9b2;--line:#343a41;
    --link:#7db9fb;--operational:#4fd2a3;--operational-bg:#12302a;--maintenance:#7db9fb;--maintenance-bg:#14283d;
    --degraded:#f2bb4b;--degraded-bg:#35290f;--partialOutage:#ff9470;--partialOutage-bg:#3b1d14;--majorOutage:#ff85b8;
    --majorOutage-bg:#3a1427;--bar:#2f8265;--unknown:#343a41}}
    *{box-sizing:border-box}
    html{font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;background:var(--bg);
    color:var(--ink);-webkit-text-size-adjust:100%}
    body{max-width:52rem;margin:0 auto;padding:1.5rem 1.1rem 2rem;overflow-wrap:break-word}
    h1{font-size:1.75rem;line-height:1.2;margin:.2rem 0 .3rem;letter-spacing:-.01em;text-wrap:balance}
    h2{font-size:1.1rem;line-height:1.35;margin:0 0 .6rem}h3{font-size:1rem;margin:0}
    p{margin:.35rem 0}a{color:var(--link);text-underline-offset:.15em}
    a:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
    .brand{font-weight:700;margin:0}.soft{color:var(--soft)}.small{font-size:.875rem}
    section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.15rem;margin:1rem 0}
    .banner{padding:.8rem 1.15rem;border-radius:10px;font-weight:600;margin:1rem 0}
    .banner.operational{background:var(--operational-bg);color:var(--operational)}
    .banner.maintenance{background:var(--maintenance-bg);color:var(--maintenance)}
    .banner.degraded{background:var(--degraded-bg);color:var(--degraded)}
    .banner.partialOutage{background:var(--partialOutage-bg);color:var(--partialOutage)}
    .banner.majorOutage{background:var(--majorOutage-bg);color:var(--majorOutage)}
    .incident{border-left-width:5px}.incident.degraded{border-left-color:var(--degraded)}
    .incident.partialOutage{border-left-color:var(--partialOutage)}
    .incident.majorOutage{border-left-color:var(--majorOutage)}
    ul,ol{list-style:none;margin:0;padding:0}
    .updates li{padding:.5rem 0;border-top:1px solid var(--line)}.updates strong{color:var(--ink)}
    .updates li:target{background:var(--maintenance-bg)}
    .incidents li{padding:.45rem 0;border-top:1px solid var(--line)}.incidents li:first-child{border-top:0}
    .components>li{padding:.8rem 0;border-top:1px solid var(--line)}
    .components>li:first-child{border-top:0;padding-top:.2rem}
    .line{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.1rem 1rem;align-items:baseline}
    .state{font-weight:600}.state.operational{color:var(--operational)}.state.maintenance{color:var(--maintenance)}
    .state.degraded{color:var(--degraded)}.state.partialOutage{color:var(--partialOutage)}
    .state.majorOutage{color:var(--majorOutage)}
    .days{display:block;width:100%;height:38px;margin:.5rem 0 .2rem}
    .days .operational{fill:var(--bar)}.days .unknown{fill:var(--unknown)}.days .maintenance{fill:var(--maintenance)}
    .days .degraded{fill:var(--degraded)}.days .partialOutage{fill:var(--partialOutage)}
    .days .majorOutage{fill:var(--majorOutage)}
    .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
    th,td{text-align:left;padding:.4rem .8rem .4rem 0;border-top:1px solid var(--line);vertical-align:top}
    thead th{border-top:0;color:var(--soft);font-weight:600}tbody th{font-weight:400}
    footer{margin-top:1.5rem}footer ul{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem}
    footer a{display:inline-block;padding:.6rem 0}
    @media print{section,.banner{break-inside:avoid}}

    """
}
