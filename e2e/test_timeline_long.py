"""A timeline of ten thousand entries: shown a page at a time, exported whole, read by the API to its end."""

import json
import time

import pytest
import requests

from support import browser as chromium
from support.history import History, stamp
from support.processes import eventually
from test_pages import shoot

ENTRIES, ALERTS, GRAPHS = 10_000, 150, 20
# The time a server that was built for use takes is a fifth of this at most; tests run one built for debugging.
SECONDS_MAX = 1.5


def graph(at):
    points = [{"at": stamp(at - 3600 + second), "value": 1 + second % 50} for second in range(0, 3600, 8)]
    return {"title": "Burn rate of shop", "slo": "shop-availability", "from": stamp(at - 3600), "to": stamp(at),
            "unit": "×", "isLogarithmic": True, "series": [{"name": "1 h", "points": points}], "thresholds": [14.4]}


def past(start):
    """One incident: alerts that are paged for and acknowledged again and again, notes, graphs."""
    history, at = History(), start
    subject = f"incident/{history.id(at)}"
    alerts = []

    def add(type, on, data, actor="system/alerts"):
        nonlocal at
        at += 0.001
        history.add(at, type, on, data, actor)

    for index in range(ALERTS):
        alerts.append(history.id(at))
        add("alert.fired", f"alert/{alerts[-1]}", {"signal": {
            "key": f"k{index}", "service": "shop", "severity": "error", "urgency": "page",
            "summary": f"Errors on {index}", "labels": []}}, "token/alertmanager")
    add("incident.opened", subject, {
        "number": 1, "title": "Everything at once", "service": "shop", "services": ["shop"], "severity": "SEV-1",
        "severityReason": "by its tier", "alerts": alerts[:1], "automatic": False})
    for alert in alerts[1:]:
        add("incident.joined", subject, {"alert": alert, "service": "shop"})
    for index in range(GRAPHS):
        add("incident.graph_pinned", subject, graph(at), "user/ana")
    count = 2 * ALERTS + GRAPHS
    for index in range(ENTRIES - count):
        if index % 100 == 0:
            add("incident.mitigated", subject, {"reason": "Words. " * 250}, "user/ana")
        else:
            add("alert.acknowledged", f"alert/{alerts[index % ALERTS]}", {"via": f"cli {index}"}, "user/ana")
    return history, subject.split("/")[1]


@pytest.fixture
def long(make_server, tmp_path, webhook, mail):
    from support import definitions as small
    server = make_server(small.write(tmp_path / "definitions", webhook.url, mail.port)).start()
    server.stop()
    history, incident = past(time.time())
    history.append(server.data / "journal.db")
    server.start()
    return server, incident


def timed(url, **options):
    """The answer, and the shortest of three times: the tests beside this one want the machine too."""
    best = None
    for _ in range(3):
        start = time.monotonic()
        answer = requests.get(url, timeout=30, **options)
        best = min(best or 99, time.monotonic() - start)
    assert answer.ok, answer.text[:300]
    return answer, best


def test_ten_thousand_entries(long, run):
    server, incident = long
    api = server.api()
    base = f"{server.url}/incidents/{incident}"
    took = {}
    for name, url in {
            "incident": base, "newest": f"{base}/timeline", "oldest": f"{base}/timeline?after=0",
            "kind": f"{base}/timeline?kind=evidence"}.items():
        answer, took[name] = timed(url)
        assert len(answer.content) < 400_000 if name == "kind" else len(answer.content) < 150_000, (
            f"{name} is {len(answer.content)} bytes")
        assert took[name] < SECONDS_MAX, f"{name} took {took[name]:.2f} s"
    print("seconds:", {name: round(value, 3) for name, value in took.items()})
    newest = timed(f"{base}/timeline")[0].text
    assert newest.count('<li class="') == 100 and "Earlier entries" in newest and "Later entries" not in newest
    # A kind that is rare among the ten thousand is found all the same: its graphs are drawn or linked to.
    kind = timed(f"{base}/timeline?kind=evidence")[0].text
    assert kind.count("<figure") == 4 and kind.count("Show the graph") == GRAPHS - 4

    # The pages follow each other without a gap or a repeat, forwards and backwards.
    seen, cursor = [], None
    while True:
        page = api.get(f"incidents/{incident}/timeline", limit=500, **({"cursor": cursor} if cursor else {}))
        seen += [entry["sequence"] for entry in page["items"]]
        cursor = page.get("next")
        if not cursor:
            break
    assert len(seen) >= ENTRIES and seen == sorted(set(seen))
    whole, seconds = timed(f"{base}/timeline.json")
    document = json.loads(whole.text)
    assert [entry["sequence"] for entry in document["entries"]] == seen and document["truncated"] is False
    print("export:", round(seconds, 2), "s,", len(whole.content), "bytes")
    assert seconds < 15
    markdown = run("incident", "timeline", "1", "--format", "md", "--url", server.url)
    assert markdown.returncode == 0 and markdown.stdout.count("\n- [") >= ENTRIES - 1


def test_a_long_timeline_in_a_browser(browser, long):
    server, incident = long
    browser.get(f"{server.url}/incidents/{incident}/timeline")
    earlier = browser.find_element("link text", "Earlier entries")
    first = browser.find_element("css selector", ".timeline li").get_attribute("id")
    earlier.click()
    eventually(lambda: "before=" in browser.current_url, 10, "the page before")
    rows = browser.find_elements("css selector", ".timeline li")
    assert len(rows) == 100 and int(rows[-1].get_attribute("id")[1:]) < int(first[1:])
    shoot(browser, "timeline-long")
    browser.get(f"{server.url}/incidents/{incident}")
    shoot(browser, "incident-long")
    assert not chromium.console_errors(browser)
