/// The script: hover values, relative times, live regions, shortcuts, the reader's zone. Every page works without it.
enum Script {
  static let text = times + hover + output + live + keys
}

extension Script {
  static let times = #"""
    "use strict";
    (() => {
    const $ = (s, e) => (e || document).querySelector(s), $$ = (s, e) => [...(e || document).querySelectorAll(s)];
    const root = document.documentElement;

    // Relative times keep counting.
    function relative(then, now) {
      const s = Math.trunc((then - now) / 1000), n = Math.abs(s);
      if (n < 5) return "now";
      const w = n < 60 ? n + " s" : n < 5400 ? Math.floor((n + 30) / 60) + " min"
        : n < 129600 ? Math.floor((n + 1800) / 3600) + " h" : Math.floor((n + 43200) / 86400) + " d";
      return s < 0 ? w + " ago" : "in " + w;
    }
    // The server's clock counts, not the reader's.
    const skew = Date.parse(root.dataset.now) - Date.now();
    function tick() {
      for (const t of $$("time[data-relative]"))
        t.textContent = relative(Date.parse(t.dateTime), Date.now() + skew);
    }
    setInterval(tick, 10000);

    // The reader's zone, until they choose one.
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && !/(^|; )mainstay_zone=/.test(document.cookie))
      document.cookie = "mainstay_zone=" + encodeURIComponent(zone) + ";path=/;max-age=31536000;samesite=lax";
    for (const o of $$("option[data-own-zone]")) if (zone && !o.value) { o.value = zone; o.textContent = zone; }

    """#

  static let hover = #"""
    // Values on hover come from the table under the plot.
    function near(rows, x) {
      let best = null, d = Infinity;
      for (const r of rows) { const e = Math.abs(r.dataset.x - x); if (e < d) { d = e; best = r; } }
      return best;
    }
    function bind(fig) {
      const svg = $("svg", fig), rows = $$("tr[data-x]", fig), cursor = $(".cursor", fig);
      if (!rows.length || !cursor) return;
      const heads = $$("thead th", fig).map(h => h.textContent);
      const tip = document.createElement("div");
      tip.className = "tip"; tip.hidden = true; fig.append(tip);
      function show(ev) {
        const box = svg.getBoundingClientRect(), row = near(rows, (ev.clientX - box.left) / box.width * 1000);
        const at = row.dataset.x / 1000 * box.width;
        cursor.setAttribute("x1", at); cursor.setAttribute("x2", at);
        tip.replaceChildren(...[...row.cells].map((c, i) => {
          const line = document.createElement("div");
          line.textContent = i ? (heads.length > 2 ? heads[i] + ": " : "") + c.textContent : c.textContent;
          if (!i) line.style.fontWeight = "600";
          return line;
        }));
        tip.hidden = false; fig.classList.add("hover");
        const left = at + 12 + tip.offsetWidth > box.width ? at - 12 - tip.offsetWidth : at + 12;
        tip.style.left = Math.max(0, left) + "px";
        tip.style.top = (svg.getBoundingClientRect().top - fig.getBoundingClientRect().top + 24) + "px";
      }
      function hide() { tip.hidden = true; fig.classList.remove("hover"); }
      svg.addEventListener("pointermove", show);
      svg.addEventListener("pointerdown", show);
      svg.addEventListener("pointerleave", hide);
    }
    function bindAll(e) { for (const f of $$("figure[data-plot]", e)) bind(f); }
    bindAll(document);

    """#

  static let live = #"""
    // Live: an event in the journal, or half a minute, fetches the page again and swaps the regions that changed.
    const lost = $("#lost");
    let pending = 0, wait = 0, since = null, busy = false;
    function connection(ok) {
      if (ok) { since = null; if (lost) lost.hidden = true; return; }
      since = since || new Date();
      if (!lost) return;
      lost.textContent = "Connection lost at " + since.toTimeString().slice(0, 5)
        + ": what you see may be old. Trying again…";
      lost.hidden = false;
    }
    function inUse(region) {
      const a = document.activeElement;
      return region.contains(a) && /^(INPUT|TEXTAREA|SELECT)$/.test(a.tagName);
    }
    async function refresh() {
      if (busy || document.hidden) return;
      busy = true;
      try {
        const r = await fetch(location.href, { headers: { "x-mainstay-live": "1" }, credentials: "same-origin" });
        if (!r.ok) { if (r.status >= 500) connection(false); return; }
        connection(true);
        const next = new DOMParser().parseFromString(await r.text(), "text/html");
        for (const region of $$("[data-live]")) {
          const fresh = $(`[data-live="${region.dataset.live}"]`, next);
          if (!fresh || inUse(region)) continue;
          const open = $$("details", region).map(d => d.open);
          $$("details", fresh).forEach((d, i) => { d.open = open[i] || d.open; });
          const old = region.cloneNode(true);
          $$(".tip", old).forEach(t => t.remove());
          $$("[data-follow]", old).forEach(t => t.replaceChildren());
          if (text(old) === text(fresh)) continue;
          const focus = region.contains(document.activeElement) ? document.activeElement.id : "";
          region.replaceChildren(...fresh.childNodes);
          bindAll(region);
          followAll(region);
          if (focus && document.getElementById(focus)) document.getElementById(focus).focus();
        }
        // Rows stay where they are being read; where their order is another one by now, a line says so.
        for (const list of $$("[data-order]")) {
          const other = $("[data-order]", next), said = $("[data-reorder]");
          const keys = e => [...e.children].map(r => r.dataset.live).join(" ");
          if (said) said.hidden = !other || keys(list) === keys(other);
        }
        const title = next.title;
        if (title) document.title = title;
      } catch { connection(false); } finally { busy = false; }
    }
    // Relative times and form tokens differ on every rendering; they are no change.
    function text(e) {
      return e.innerHTML.replace(/(<time[^>]*data-relative[^>]*>)[^<]*/g, "$1")
        .replace(/(name="csrf" value=")[^"]*/g, "$1").replace(/ class="hover"| hover"/g, "");
    }
    function soon() { clearTimeout(pending); pending = setTimeout(refresh, 400); }
    if ($("[data-live]") && root.dataset.sequence) {
      const source = new EventSource("/api/v1/events?follow=1&after=" + root.dataset.sequence);
      for (const type of ["message", "journal"]) source.addEventListener(type, soon);
      source.onopen = () => { connection(true); };
      source.onerror = () => {
        clearTimeout(wait);
        wait = setTimeout(() => { if (source.readyState !== 1) connection(false); }, 1500);
      };
      setInterval(refresh, (root.dataset.refresh || 30) * 1000);
      document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
      addEventListener("pagehide", () => source.close());
    }

    """#

  static let keys = #"""
    // Shortcuts.
    const dialog = $("#shortcuts");
    let prefix = 0;
    addEventListener("keydown", e => {
      if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
      if (e.key === "?" && dialog) { e.preventDefault(); dialog.open ? dialog.close() : dialog.showModal(); return; }
      if (dialog && dialog.open) return;
      if (e.key === "g") { prefix = Date.now(); return; }
      if (Date.now() - prefix < 1500) {
        const link = $(`nav a[data-key="${CSS.escape(e.key)}"]`);
        prefix = 0;
        if (link) { e.preventDefault(); link.click(); return; }
      }
      const act = $(`[data-shortcut="${CSS.escape(e.key)}"]`);
      if (act) { e.preventDefault(); act.focus(); act.scrollIntoView({ block: "nearest" }); }
    });
    addEventListener("submit", e => {
      const asks = (e.submitter && e.submitter.dataset.confirm) || e.target.dataset.confirm;
      if (asks && !confirm(asks)) e.preventDefault();
    });
    for (const s of $$("select[data-submit]")) s.addEventListener("change", () => s.form.submit());
    })();

    """#
}
