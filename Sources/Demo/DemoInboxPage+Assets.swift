extension DemoInboxPage {
  static let stylesheet = """
    :root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --paper: #fff; --card: #f6f8fa; --line: #d0d7de;
      --bad: #b42318; --good: #1a7f37; --taken: #7a5200; --act: #0b5cad; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9aa4ae; --paper: #0d1117; --card: #161b22;
      --line: #30363d; --bad: #ff7b72; --good: #56d364; --taken: #e3b341; --act: #1f6feb; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 44rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink);
      background: var(--paper); }
    h1 { font-size: 1.5rem; margin: 0; }
    h2 { font-size: 1.1rem; margin: .25rem 0; overflow-wrap: anywhere; }
    header p, .meta span, .meta time { color: var(--dim); margin: 0; }
    article { background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--dim);
      border-radius: 6px; padding: .75rem 1rem; margin: 1rem 0; }
    article.fired { border-left-color: var(--bad); } .fired strong { color: var(--bad); }
    article.resolved { border-left-color: var(--good); } .resolved strong { color: var(--good); }
    article.acknowledged { border-left-color: var(--taken); } .acknowledged strong { color: var(--taken); }
    .meta { margin: 0; display: flex; flex-wrap: wrap; gap: .25rem .75rem; }
    .body { white-space: pre-line; overflow-wrap: anywhere; margin: .5rem 0; }
    .links { display: flex; flex-wrap: wrap; align-items: center; gap: 1rem; margin: .5rem 0 0; }
    a { color: inherit; }
    .links a { display: inline-flex; align-items: center; min-height: 44px; }
    a.button { background: var(--act); color: #fff; padding: 0 1.5rem; border-radius: 6px; font-weight: 600;
      text-decoration: none; }
    button { min-height: 44px; padding: 0 1rem; font: inherit; }
    :focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
    pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; overflow: auto; }
    #lost { color: var(--bad); }

    """

  static let script = """
    const list = document.getElementById("list"), lost = document.getElementById("lost");
    let shown = list.innerHTML;
    async function refresh() {
      try {
        const answer = await fetch("/list");
        if (!answer.ok) throw new Error(answer.status);
        const html = await answer.text();
        lost.hidden = true;
        if (html !== shown && !list.contains(document.activeElement)) { list.innerHTML = html; shown = html; }
      } catch (error) { lost.hidden = false; }
    }
    setInterval(refresh, 2000);

    """
}
