/// The one stylesheet. Colours are defined once for light and once for dark; each text colour has a contrast of at
/// least 4.5 to 1 on the surfaces it stands on, and no state is told by colour alone.
enum Stylesheet {
  static let text =
    colors + base + layout + components + plots + objectives + fatigue + runbooks + incidents + reviews + figures
    + small
}

extension Stylesheet {
  static let colors = """
    :root{color-scheme:light dark;--bg:#f6f7f8;--card:#fff;--ink:#1a1f24;--soft:#57606a;--line:#d5dae0;--grid:#e6e9ec;
    --link:#0a56a3;--accent:#0a56a3;--on-accent:#fff;--hover:#eef2f6;
    --healthy:#00684a;--healthy-bg:#e3f4ed;--risk:#855500;--risk-bg:#fff3d6;--burning:#b0300f;--burning-bg:#fde9e2;
    --exhausted:#8a0f4b;--exhausted-bg:#fce4ef;--quiet:#57606a;--quiet-bg:#eceff2;--acknowledged:#0a56a3;
    --acknowledged-bg:#e3effb;--suppressed:#5a458c;--suppressed-bg:#eee9f8;
    --c1:#0b66b8;--c2:#c2410c;--c3:#00785a;--c4:#8b3a8b;--limit:#b0300f;
    --p1:#cfe3f7;--p2:#fbdcc4;--p3:#c9ecdc;--p4:#ecd5ee;--p5:#f6e7a9;--p6:#d5dbe2;--shadow:0 1px 2px #1a1f2414}
    @media screen and (prefers-color-scheme:dark){:root{--bg:#0f1215;--card:#181c20;--ink:#e7eaed;--soft:#a0a9b2;
    --line:#343a41;--grid:#262b30;--link:#7db9fb;--accent:#1f6fc4;--on-accent:#fff;--hover:#20262c;
    --healthy:#4fd2a3;--healthy-bg:#12302a;--risk:#f2bb4b;--risk-bg:#35290f;--burning:#ff9470;--burning-bg:#3b1d14;
    --exhausted:#ff85b8;--exhausted-bg:#3a1427;--quiet:#a0a9b2;--quiet-bg:#23282d;--acknowledged:#7db9fb;
    --acknowledged-bg:#14283d;--suppressed:#bfaef0;--suppressed-bg:#272040;
    --c1:#6cb2ff;--c2:#ff9a5c;--c3:#4fd2a3;--c4:#dd9bdd;--limit:#ff9470;
    --p1:#1d456b;--p2:#6b3a1a;--p3:#1b5442;--p4:#5a2f5c;--p5:#5c4c12;--p6:#3b444d;--shadow:none}}

    """

  static let base = """
    *{box-sizing:border-box}
    html{font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;background:var(--bg);
    color:var(--ink);-webkit-text-size-adjust:100%}
    body{margin:0;min-height:100vh;display:flex;flex-direction:column}
    h1{font-size:1.7rem;line-height:1.25;margin:0 0 .5rem;text-wrap:balance;letter-spacing:-.01em}
    h2{font-size:1.1rem;line-height:1.35;margin:0 0 .6rem}
    h3{font-size:1rem;margin:1rem 0 .35rem}
    p{margin:.4rem 0}
    a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px}
    a:hover{text-decoration-thickness:2px}
    :focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
    ::selection{background:var(--p1)}
    code,pre,kbd{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
    pre{background:var(--quiet-bg);padding:.75rem .9rem;border-radius:6px;overflow:auto;line-height:1.45}
    kbd{border:1px solid var(--line);border-bottom-width:2px;border-radius:4px;padding:.05rem .35rem;
    background:var(--card)}
    .muted{color:var(--soft)}.num{font-variant-numeric:tabular-nums;white-space:nowrap}
    .small{font-size:.875rem}.nowrap{white-space:nowrap}
    .visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    [hidden]{display:none!important}
    time{white-space:nowrap}

    """

  static let layout = """
    .skip{position:absolute;left:-999px;top:0;background:var(--card);padding:.75rem 1rem;z-index:9}
    .skip:focus{left:.5rem;top:.5rem}
    .top{background:var(--card);border-bottom:1px solid var(--line)}
    .top>div{max-width:76rem;margin:0 auto;padding:0 1.25rem;display:flex;align-items:center;gap:.25rem 1.25rem}
    .brand{font-weight:700;letter-spacing:-.01em;color:var(--ink);text-decoration:none;display:flex;gap:.5rem;
    align-items:center;min-height:44px;flex:none}
    .brand svg{width:20px;height:20px;fill:none;stroke:var(--accent);stroke-width:2.4;stroke-linecap:round}
    .top nav{position:relative;flex:1;min-width:0;overflow-x:auto;scrollbar-width:none}
    .top nav ul{display:flex;list-style:none;margin:0;padding:0 3px}
    .top nav a{display:flex;align-items:center;gap:.4rem;min-height:48px;padding:0 .4rem;color:var(--soft);
    font-size:.875rem;text-decoration:none;white-space:nowrap;
    border-bottom:2px solid transparent;border-top:2px solid transparent}
    .top nav a:hover{color:var(--ink)}
    .top nav a[aria-current]{color:var(--ink);border-bottom-color:var(--accent);font-weight:600}
    .top nav a:focus-visible{outline-offset:-4px}
    .count{background:var(--burning-bg);color:var(--burning);border-radius:9px;font-size:.75rem;font-weight:700;
    padding:0 .4rem;line-height:1.2rem}
    .who{flex:none;font-size:.875rem}.who form{display:inline}
    .notices{margin:0;padding:0;list-style:none}
    .notices li{padding:.6rem 1.25rem;background:var(--risk-bg);color:var(--risk);border-bottom:1px solid var(--line);
    display:flex;gap:.5rem;align-items:flex-start}
    .notices li.error{background:var(--exhausted-bg);color:var(--exhausted)}
    .notices a{color:inherit}.notices li.folded{display:block}.notices details>.notices{margin:.4rem -1.25rem 0}
    .notices .icon{margin-top:.25rem}
    main{max-width:76rem;width:100%;margin:0 auto;padding:1.5rem 1.25rem 3rem;flex:1}
    main>header{margin-bottom:1.25rem}
    main>header .crumbs{font-size:.875rem;margin-bottom:.35rem}
    .lead code{overflow-wrap:anywhere}.lead{font-size:1.02rem;color:var(--soft);max-width:60rem;margin:.25rem 0}
    footer{border-top:1px solid var(--line);color:var(--soft);font-size:.8125rem}
    footer>div{max-width:76rem;margin:0 auto;padding:.9rem 1.25rem;display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;
    align-items:center}
    footer form{display:inline}
    .card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.15rem;
    margin:0 0 1.1rem;box-shadow:var(--shadow)}
    .card>h2:first-child{margin-top:0}
    .card.urgent{border-color:var(--burning);border-left-width:5px}
    .split{display:grid;grid-template-columns:minmax(0,2fr) minmax(16rem,1fr);gap:0 1.1rem;align-items:start}
    .split.acts{grid-template-rows:auto 1fr}.split.acts>:nth-child(2){grid-column:2;grid-row:1/span 2}
    .split.acts>:nth-child(3){grid-column:1}
    .even{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:0 1.1rem;
    align-items:start}
    .row{display:flex;flex-wrap:wrap;gap:.5rem .9rem;align-items:center}
    .row.apart{justify-content:space-between}

    """
}
