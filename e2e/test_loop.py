"""The whole loop in real time, as a newcomer lives it: break a service, watch it burn, be paged, take it, heal it, and
find the incident resolved and its review drafted."""

import re
import time

import pytest
import requests

from support.processes import Child, eventually
from support.server import READY, API


@pytest.mark.timeout(1500)
def test_break_page_acknowledge_heal_review(binary, run, root, tmp_path):
    demo = Child(
        [binary, "demo", "up", "--definitions", root / "examples/reel", "--data-dir", tmp_path / "data", "--listen",
         "127.0.0.1:0"], tmp_path / "demo.log")
    try:
        url = eventually(
            lambda: READY.search(demo.output()), 90, lambda: f"ready line:\n{demo.output()[-3000:]}").group(1)
        api = API(url)
        time.sleep(20)
        assert "burning" not in overview(url).lower() or "playback" not in burning_services(api)

        broken = time.monotonic()
        assert run("demo", "break", "playback").returncode == 0
        eventually(lambda: "playback" in burning_services(api), 120, "playback to burn", every=1)
        eventually(lambda: "burning" in overview(url).lower(), 10, "the overview to say so", every=1)
        alert = eventually(lambda: open_alert(api), 120 - (time.monotonic() - broken), "an alert", every=1)
        link = eventually(lambda: inbox_link(url), 60, "a page in the inbox", every=1)
        assert time.monotonic() - broken < 120, "the page came later than two minutes after the break"

        assert requests.get(link, timeout=5).ok
        assert requests.post(link, timeout=5, headers={"Origin": url}).ok
        eventually(lambda: api.get(f"alerts/{alert}")["state"] == "acknowledged", 5, "the acknowledgement")
        incident = eventually(lambda: incident_of(api, "playback"), 10, "an incident")

        assert run("demo", "heal", "playback").returncode == 0
        resolved = eventually(
            lambda: (found := api.get(f"incidents/{incident}"))["state"] == "resolved" and found, 900,
            lambda: f"a resolved incident: {api.get(f'alerts/{alert}')}", every=3)
        assert resolved
        review = eventually(lambda: api.get("reviews")["items"], 30, "a drafted review")[0]
        text = requests.get(f"{url}/reviews/{review['id']}.md", timeout=5).text
        assert re.search(r"^#+ .*[Tt]imeline", text, re.M) and "playback" in text
        types = {event["type"] for event in api.events()}
        assert {
            "slo.burn_started", "alert.fired", "page.requested", "page.sent", "alert.acknowledged", "incident.opened",
            "alert.resolved", "incident.resolved", "review.drafted"} <= types
    finally:
        demo.stop()


def overview(url):
    return requests.get(url + "/", timeout=10).text


def burning_services(api):
    return {
        slo["service"] for slo in api.items("slos") if (slo.get("health") or slo.get("state")) in ("burning", "exhausted")}


def open_alert(api):
    return next((a["id"] for a in api.items("alerts") if a["service"] == "playback" and a["state"] == "firing"), None)


def incident_of(api, service):
    return next((i["id"] for i in api.items("incidents") if i["service"] == service), None)


def inbox_link(url):
    """The acknowledge link of the first page in the demo's inbox."""
    page = requests.get("http://127.0.0.1:8090/", timeout=5).text
    found = re.search(r'href="(' + re.escape(url) + r'/a/[^"]+)"', page)
    return found.group(1).replace("&amp;", "&") if found else None
