"""The whole loop in real time, as a newcomer lives it: break a service, watch it burn, be paged, take it; find what a
runbook saw, approve on a phone what another would do, watch it heal; find the incident resolved and its review drafted,
make an action item of it, close that, and see it all in the figures."""

import re
import time

import pytest
import requests
from selenium.webdriver.common.by import By

from support import browser as chromium
from support.processes import Child, eventually
from support.server import READY, API
from test_pages import heading, press, shoot, soon

INBOX = "http://127.0.0.1:8090"


@pytest.fixture
def person(tmp_path):
    """Whoever has the pager: with Chromium on a phone where there is one, else with what the pages' forms would send."""
    if not chromium.available():
        yield Sender()
        return
    driver = chromium.start(str(tmp_path))
    yield Phone(driver)
    driver.quit()


@pytest.mark.timeout(1500)
def test_break_page_approve_heal_review(binary, run, root, tmp_path, person):
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
        link = eventually(lambda: inbox_link(rf"{re.escape(url)}/a/"), 60, "a page in the inbox", every=1)
        assert time.monotonic() - broken < 120, "the page came later than two minutes after the break"

        assert requests.get(link, timeout=5).ok, "a mail scanner opens links"
        assert api.get(f"alerts/{alert}")["state"] == "firing"
        person.take(link)
        eventually(lambda: api.get(f"alerts/{alert}")["state"] == "acknowledged", 5, "the acknowledgement")
        incident = eventually(lambda: incident_of(api, "playback"), 10, "an incident")

        # Nobody started these: one has looked, and one waits.
        pinned = eventually(
            lambda: next((e for e in api.events() if e["type"] == "incident.output_pinned"), None), 60, "what it saw")
        assert re.search(r"^playback: fail, \d+ of \d+ requests failed$", pinned["data"]["excerpt"], re.M)
        asked = eventually(lambda: inbox_link(rf"{re.escape(url)}/runs/"), 90, "the message that asks to approve")
        waits = api.get(f"runs/{asked.rpartition('/')[2]}")
        assert waits["runbook"] == "playback-errors" and waits["waitsFor"]["kind"] == "approval", waits
        assert mode(run) == "fail", "nothing was done before somebody approved it"
        person.read(f"{url}/incidents/{incident}", "playback: fail,", "loop-incident")
        person.approve(asked, waits)
        healed = eventually(
            lambda: (found := api.get(f"runs/{waits['id']}"))["state"] == "finished" and found, 60, "the rollback", every=1)
        assert healed["outcome"] == "completed" and healed["steps"][0]["approvals"][0]["by"] == "user/local", healed
        assert mode(run) == "healthy"
        person.read(asked, "Bring playback back is done", "loop-run-done")

        eventually(
            lambda: api.get(f"incidents/{incident}")["state"] == "resolved", 900,
            lambda: f"a resolved incident: {api.get(f'alerts/{alert}')}", every=3)
        review = eventually(lambda: api.get("reviews")["items"], 30, "a drafted review")[0]
        text = requests.get(f"{url}/reviews/{review['id']}.md", timeout=5).text
        assert re.search(r"^#+ .*[Tt]imeline", text, re.M) and "playback" in text
        assert "playback-look" in text and "playback-errors" in text, text
        person.follow_up(f"{url}/reviews/{review['id']}", "Roll playback out in steps", api)
        closed = api.items("actions", state="closed")
        assert [item["title"] for item in closed] == ["Roll playback out in steps"] and not api.items("actions")
        person.read(f"{url}/figures", "Time to resolve", "loop-figures")
        figures = api.get("figures")
        assert figures["incidents"] == 1 and figures["open"] == 0
        types = {event["type"] for event in api.events()}
        assert {
            "slo.burn_started", "alert.fired", "page.requested", "page.sent", "alert.acknowledged", "incident.opened",
            "runbook.offered", "runbook.started", "step.claimed", "incident.output_pinned", "step.approved",
            "procedure.finished", "alert.resolved", "incident.resolved", "review.drafted", "action.created",
            "action.closed"} <= types
        person.check()
    finally:
        demo.stop()


class Phone:
    """Somebody with a phone of 360 by 740 pixels in their hand."""

    def __init__(self, browser):
        self.browser = browser

    def open(self, address):
        self.browser.get(address)
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True})

    def take(self, link):
        self.open(link)
        self.browser.find_element(By.XPATH, "//button[starts-with(text(), 'Acknowledge as')]").click()
        soon(lambda: "cknowledged" in self.browser.find_element(By.TAG_NAME, "body").text, 10)

    def read(self, address, words, name):
        self.open(address)
        soon(lambda: words in self.browser.find_element(By.TAG_NAME, "main").text, 20)
        shoot(self.browser, name)

    def approve(self, link, run):
        """Reads what would be performed, and presses the one button under it."""
        self.open(link)
        assert "rollback waits for approval" in heading(self.browser)
        asks = self.browser.find_element(By.CSS_SELECTOR, ".asks").text
        for words in ("services/playback/heal", "destructive", "playback", "Mainstay asks", run["waitsFor"]["hash"][:12]):
            assert words in asks, (words, asks)
        shoot(self.browser, "loop-run-waits")
        self.open(link)
        button = self.browser.find_element(By.XPATH, "//button[text()='Approve']")
        assert button.size["height"] >= 44 and button.size["width"] >= 280, button.size
        assert button.rect["y"] + button.rect["height"] <= 740, "the button is where the thumb is, without scrolling"
        button.click()
        self.browser.switch_to.alert.accept()
        soon(lambda: "waits for approval" not in heading(self.browser), 10)
        shoot(self.browser, "loop-run-approved")

    def follow_up(self, address, title, api):
        self.open(address)
        self.browser.find_element(By.ID, "title").send_keys(title)
        press(self.browser, "Add action item")
        soon(lambda: title in self.browser.find_element(By.ID, "actions").text, 10)
        shoot(self.browser, "loop-review")
        self.open(address)
        press(self.browser, "Close")
        eventually(lambda: api.items("actions", state="closed"), 10, "a closed item")

    def check(self):
        assert chromium.console_errors(self.browser) == []


class Sender:
    """The same without a browser: what the forms of the pages would send."""

    def take(self, link):
        assert requests.post(link, timeout=5, headers={"Origin": link.partition("/a/")[0]}).ok

    def read(self, address, words, _name):
        assert words in requests.get(address, timeout=5).text

    def approve(self, link, run):
        self.read(link, "waits for approval", "")
        waits = run["waitsFor"]
        API(link.partition("/runs/")[0]).post(
            f"runs/{run['id']}/steps/{waits['index']}/approve", {"hash": waits["hash"]})

    def follow_up(self, address, title, api):
        review = address.rpartition("/")[2]
        made = api.post(f"reviews/{review}/actions", {
            "title": title, "kind": "prevent", "owner": "ana", "due": "2031-01-31"})
        api.post(f"actions/{made['id']}/close", {})

    def check(self):
        pass


def overview(url):
    return requests.get(url + "/", timeout=10).text


def burning_services(api):
    return {
        slo["service"] for slo in api.items("slos") if (slo.get("health") or slo.get("state")) in ("burning", "exhausted")}


def open_alert(api):
    return next((a["id"] for a in api.items("alerts") if a["service"] == "playback" and a["state"] == "firing"), None)


def incident_of(api, service):
    return next((i["id"] for i in api.items("incidents") if i["service"] == service), None)


def mode(run):
    """What the demo says of playback."""
    return re.search(r"playback +(\w+)", run("demo", "status").stdout).group(1)


def inbox_link(pattern):
    """A link in the demo's inbox, of the newest message that has it."""
    page = requests.get(INBOX, timeout=5).text
    found = re.search(r'href="(' + pattern + r'[^"]+)"', page)
    return found.group(1).replace("&amp;", "&") if found else None
