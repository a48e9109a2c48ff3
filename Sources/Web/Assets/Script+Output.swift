extension Script {
  /// What a step prints, as it prints it: text is added to the end, and the end stays in view while it is looked at.
  static let output = #"""
    async function follow(pre) {
      const stop = new AbortController(), decoder = new TextDecoder();
      try {
        const r = await fetch(pre.dataset.follow, { signal: stop.signal, credentials: "same-origin" });
        if (!r.ok || !r.body) return;
        for (const reader = r.body.getReader();;) {
          const { done, value } = await reader.read();
          if (done) return;
          if (!pre.isConnected) { stop.abort(); return; }
          const atEnd = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 24;
          pre.append(decoder.decode(value, { stream: true }));
          // What ran out of the top is kept by the server; a page does not grow without end.
          while (pre.textContent.length > 200000 && pre.childNodes.length > 1) pre.firstChild.remove();
          if (atEnd) pre.scrollTop = pre.scrollHeight;
        }
      } catch { /* the live page tells of a lost connection */ }
    }
    function followAll(e) { for (const pre of $$("[data-follow]", e)) follow(pre); }
    followAll(document);

    """#
}
