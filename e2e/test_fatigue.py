"""Load, noise and hand-overs on a real server: with a past in its journal, and as they come about."""

import json
import shutil
import subprocess
import time
from datetime import datetime, timedelta, timezone

import pytest
from selenium.webdriver.common.by import By

from support import browser as chromium
from support.history import History
from support.processes import eventually
from test_pages import heading, shoot

DAY = 86_400


def past(now):
    """Four weeks of a company that is paged too much: one rule that ends by itself, one nobody finds worth it."""
    history = History()
    chance = history.random
    for index in range(40):
        at = now - 27.9 * DAY + index * 0.69 * DAY
        history.alert(at, "CacheMissHigh", "playback", ["ana"], lasts=130 + chance.random() * 60)
    for index in range(16):
        at = now - 27 * DAY + index * 1.6 * DAY
        history.alert(
            at, "DiskFillsUp", "search", ["dev"], taken=60 + chance.random() * 900, lasts=4000,
            actionable=False if index < 8 else None)
    for index in range(12):
        at = now - 26 * DAY + index * 2.1 * DAY
        history.alert(at, "CardsRefused", "billing", ["grace"], taken=30 + 40 * index, lasts=5400, actionable=True)
    return history


@pytest.fixture
def reel(make_server, root, tmp_path):
    """The example company with a past."""
    definitions = tmp_path / "reel"
    shutil.copytree(root / "examples/reel", definitions)
    server = make_server(definitions).start()
    server.stop()
    past(time.time()).append(server.data / "journal.db")
    return server.start()


def test_what_the_past_says_of_people_and_rules(reel, run):
    api = reel.api()
    people = {person["person"]: person for person in api.get("load")["people"]}
    assert people["ana"]["high"] == 40 and people["ana"]["timeToAcknowledge"]["count"] == 0
    grace = people["grace"]
    assert grace["timeToAcknowledge"]["count"] == 12 and grace["timeToAcknowledge"]["medianSeconds"] == 229.5
    assert sum(week["high"] for week in grace["weeks"]) == 12
    assert 0 < people["bruno"]["onCallShare"] <= 1
    rules = {rule["rule"]: rule for rule in api.items("noise")}
    cache = rules["CacheMissHigh"]
    assert (cache["fired"], cache["paged"], cache["resolvedItself"]) == (40, 40, 40) and cache["refired"] > 0
    assert {s["change"] for s in cache["suggestions"]} >= {"hold:5m", "ticket"}
    hold = next(s for s in cache["suggestions"] if s["change"] == "hold:5m")
    assert hold["pagedBefore"] == 40 and hold["pagedAfter"] == 0 and hold["missedActionable"] == []
    assert "remove" in {s["change"] for s in rules["DiskFillsUp"]["suggestions"]}
    assert rules["CardsRefused"]["suggestions"] == [] and rules["CardsRefused"]["actionable"] == 12
    env = {"MAINSTAY_URL": reel.url}
    shown = run("oncall", "load", "--from=-28d", env=env)
    assert shown.returncode == 0 and "ana" in shown.stdout
    noise = json.loads(run("alert", "noise", "--format", "json", env=env).stdout)
    assert {item["rule"] for item in noise["items"]} == set(rules)


def test_a_patch_applies_to_the_definitions(reel, run):
    rule = next(r for r in reel.api().items("noise") if r["rule"] == "DiskFillsUp")
    printed = run(
        "alert", "noise", "--rule", rule["key"], "--patch", "ticket", env={"MAINSTAY_URL": reel.url})
    assert printed.returncode == 0, printed.stderr
    applied = subprocess.run(
        ["git", "apply", "-"], input=printed.stdout, text=True, cwd=reel.definitions, capture_output=True)
    assert applied.returncode == 0, applied.stderr + printed.stdout
    checked = run("validate", reel.definitions)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert (reel.definitions / "oncall/route-quieter-diskfillsup-search.yaml").is_file()
    refused = run("alert", "noise", "--rule", rule["key"], "--patch", "hold:10m", env={"MAINSTAY_URL": reel.url})
    assert refused.returncode == 1 and "for: 10m" in refused.stderr


def test_the_pages_of_load_and_noise(reel, browser):
    browser.get(reel.url + "/load")
    assert heading(browser).startswith("ana had 40 of 68 pages in 4 weeks")
    assert len(browser.find_elements(By.CSS_SELECTOR, "figure.weeks")) == 3
    shoot(browser, "load")
    browser.find_element(By.LINK_TEXT, "Noise").click()
    assert "could page" in heading(browser)
    shoot(browser, "noise")
    browser.find_element(By.LINK_TEXT, "CacheMissHigh").click()
    assert heading(browser) == "CacheMissHigh paged for 40 alerts of 40 in 30 days"
    browser.find_element(By.TAG_NAME, "summary").click()
    shoot(browser, "noise-rule")
    browser.get(reel.url + "/load")
    ask = browser.find_elements(By.CSS_SELECTOR, ".judge button")
    before = len(ask)
    assert before > 1
    ask[1].click()
    assert len(browser.find_elements(By.CSS_SELECTOR, ".judge button")) <= before
    assert not chromium.console_errors(browser)


def test_a_hand_over_reaches_who_comes_on_call(server, api, webhook, browser, run):
    now = datetime.now(timezone.utc)
    api.post("schedules/shop/overrides", {
        "user": "ben", "start": (now + timedelta(seconds=4)).isoformat(), "end": (now + timedelta(hours=2)).isoformat()})
    api.post("alerts", {"summary": "Orders <b>fail</b>", "service": "shop", "severity": "critical"})
    note = eventually(lambda: next(iter(api.items("handovers")), None), 30, "a hand-over note")
    assert (note["schedule"], note["from"], note["to"]) == ("shop", "ana", "ben")
    eventually(lambda: any("Your shift in shop begins with an open alert" in str(r.body) for r in webhook.received), 20, "the notice")
    said = run("oncall", "handover", "note", "shop", "the cache is cold", env={"MAINSTAY_URL": server.url})
    assert said.returncode == 0, said.stderr
    shown = run("oncall", "handover", "show", "shop", env={"MAINSTAY_URL": server.url})
    assert "the cache is cold" in shown.stdout and "## Open now" in shown.stdout
    browser.get(f"{server.url}/handovers/{note['id']}")
    assert heading(browser) == "ana handed shop over to ben"
    assert "Orders <b>fail</b>" in browser.find_element(By.CSS_SELECTOR, ".prose").text
    shoot(browser, "handover")
    browser.get(f"{server.url}/handovers")
    shoot(browser, "handovers")


def test_the_third_incident_of_a_shift_is_told(server, api, webhook):
    for number in range(3):
        alert = api.post("alerts", {"summary": f"trouble {number}", "service": "shop", "key": f"k{number}"})
        eventually(lambda: api.get(f"alerts/{alert['id']}")["state"] == "firing" and any(
            page["state"] == "sent" for page in api.items("pages") if page["subject"] == f"alert/{alert['id']}"),
            30, "the page")
        api.post(f"alerts/{alert['id']}/acknowledge")
        api.post(f"alerts/{alert['id']}/resolve", {"reason": "done", "actionable": True})
    events = eventually(lambda: api.items("events", type="oncall.limit_exceeded"), 20, "the limit")
    assert len(events) == 1 and events[0]["data"]["counted"] == 3 and events[0]["data"]["told"] == ["ben"]
    eventually(lambda: any("has had 3 incidents" in str(r.body) for r in webhook.received), 20, "the notice")
