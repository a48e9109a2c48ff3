"""How long incidents take, on a real server with a past in its journal."""

import csv
import io
import json
import shutil
import time

import pytest
from selenium.webdriver.common.by import By

from support import browser as chromium
from support.history import History, stamp
from test_pages import heading, shoot

DAY, MINUTE = 86_400, 60


def incident(history, number, at, service, severity, title, taken=None, mitigated=None, resolved=None, noticed=None):
    """An incident as the server writes it down; lengths in seconds after its alert, `noticed` after its beginning."""
    alert = history.id(at)
    signal = {"key": f"{service}/{number}", "service": service, "severity": "error", "urgency": "page",
              "summary": title, "labels": [{"name": "alertname", "value": "Errors"}]}
    if noticed is not None:
        signal["startsAt"] = stamp(at - noticed)
    history.add(at, "alert.fired", f"alert/{alert}", {"signal": signal}, "token/alertmanager")
    subject = f"incident/{history.id(at)}"
    history.add(at + 0.01, "incident.opened", subject, {
        "number": number, "title": title, "service": service, "services": [service], "severity": severity,
        "severityReason": "by its tier", "alerts": [alert], "automatic": True})
    if taken is not None:
        history.add(at + taken, "incident.acknowledged", subject, {}, "user/ana")
    if mitigated is not None:
        history.add(at + mitigated, "incident.mitigated", subject, {"reason": "rolled back"}, "user/ana")
    if resolved is not None:
        history.add(at + resolved, "alert.resolved", f"alert/{alert}", {"reason": "over"}, "token/alertmanager")
        history.add(at + resolved + 0.01, "incident.resolved", subject, {"reason": "over"}, "user/ana")
    return subject


def past(now):
    """Half a year: playback was slow to heal and is not any more; search has few incidents; one is still open."""
    history, number = History(), 0
    chance = history.random
    for index in range(26):
        number += 1
        at = now - 178 * DAY + index * 3.2 * DAY
        incident(history, number, at, "playback", "SEV-1", f"Playback fails in region {index % 3}",
                 taken=60 + chance.random() * 400, mitigated=(60 + 9 * index) * MINUTE,
                 resolved=(90 + 12 * index) * MINUTE, noticed=90 + index * 7)
    for index in range(31):
        number += 1
        at = now - 88 * DAY + index * 2.8 * DAY
        incident(history, number, at, "playback", "SEV-2", f"Start-up is slow on {index % 4} devices",
                 taken=60 + chance.random() * 400, mitigated=(12 + 2 * index) * MINUTE,
                 resolved=(25 + 3 * index) * MINUTE, noticed=60 + index * 5)
    for index in range(4):
        number += 1
        incident(history, number, now - (20 + 9 * index) * DAY, "search", "SEV-3", "Search finds nothing",
                 taken=900, resolved=4 * 3600 + index * 1800)
    number += 1
    incident(history, number, now - 40 * MINUTE, "billing", "SEV-2", "Cards are refused", taken=200)
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


def test_what_the_past_says(reel, run):
    figures = reel.api().get("figures?by=service")
    assert figures["incidents"] == 36 and figures["open"] == 1
    measures = {m["measure"]: m for m in figures["measures"]}
    mitigate = measures["mitigate"]
    # 31 of playback and 4 of search, whose resolution stands in: the 18th of 35 is 12 + 2 × 17 minutes and the notice.
    assert (mitigate["n"], mitigate["pending"], mitigate["resolutionStandsIn"]) == (35, 1, 4)
    assert mitigate["medianSeconds"] == pytest.approx((12 + 34) * MINUTE + 60 + 17 * 5, abs=1)
    assert mitigate["p90Seconds"] == pytest.approx(4 * 3600, abs=1)
    assert measures["detect"]["n"] == 31 and measures["detect"]["unknown"] == 5
    assert mitigate["trend"]["verdict"] == "shorter" and mitigate["trend"]["p"] < 0.001
    assert measures["acknowledge"]["trend"]["verdict"] == "noDifference"
    groups = {g.get("name"): g for g in figures["groups"]}
    assert {name: g["incidents"] for name, g in groups.items()} == {"billing": 1, "playback": 31, "search": 4}
    few = next(m for m in groups["search"]["measures"] if m["measure"] == "resolve")
    assert few["n"] == 4 and "medianSeconds" not in few and "p90Seconds" not in few and "trend" not in few
    env = {"MAINSTAY_URL": reel.url}
    shown = run("figures", "--by", "service", env=env)
    assert shown.returncode == 0 and "shorter (p < 0.001" in shown.stdout and "no difference (p" in shown.stdout
    said = json.loads(run("figures", "--from=-90d", "--service", "search", "--format", "json", env=env).stdout)
    assert said["incidents"] == 4 and said["filter"] == {"service": "search"}
    table = list(csv.DictReader(io.StringIO(run("figures", "--by", "tier", "--format", "csv", env=env).stdout)))
    assert {row["by"] for row in table} == {"all", "tier"} and all("mean" not in row for row in table)
    each = list(csv.DictReader(io.StringIO(run("figures", "--incidents", "--format", "csv", env=env).stdout)))
    assert len(each) == 36 and sum(row["resolved_at"] == "" for row in each) == 1
    wrong = run("figures", "--severity", "SEV-1", "--from=-1d", "--to=-2d", env=env)
    assert wrong.returncode != 0 and "not before" in wrong.stderr


def test_figures_outlive_a_restart(reel):
    before = reel.api().get("figures?by=team&days=365")
    reel.stop()
    reel.start()
    after = reel.api().get("figures?by=team&days=365")
    assert (before["measures"], before["groups"]) == (after["measures"], after["groups"])


def test_the_page_of_figures(reel, browser):
    browser.get(reel.url)
    browser.find_element(By.LINK_TEXT, "Figures").click()
    assert heading(browser) == "Half of 35 incidents were mitigated within 48 min"
    assert len(browser.find_elements(By.CSS_SELECTOR, "figure.lengths")) == 4
    assert "shorter than in the 90 days before" in browser.find_element(By.TAG_NAME, "main").text
    shoot(browser, "figures")
    for element in browser.find_elements(By.CSS_SELECTOR, "figure.lengths")[3:]:
        browser.execute_script("arguments[0].scrollIntoView()", element)
    browser.find_element(By.XPATH, "//a[text()='365 days']").click()
    assert heading(browser).startswith("Half of 61 incidents")
    browser.find_element(By.TAG_NAME, "summary").click()
    browser.find_element(By.XPATH, "//details//a[text()='search']").click()
    assert heading(browser) == "4 incidents: too few to say more than each one"
    shoot(browser, "figures-few")
    browser.find_element(By.XPATH, "//a[text()='Any service']").click()
    browser.find_element(By.XPATH, "//a[text()='Severity']").click()
    browser.find_element(By.XPATH, "//table//a[text()='SEV-1']").click()
    assert "severity SEV-1" in browser.find_element(By.CSS_SELECTOR, ".lead").text
    browser.find_element(By.XPATH, "//p[contains(., 'The longest')]/a").click()
    assert "/incidents/" in browser.current_url
    assert not chromium.console_errors(browser)
