"""Alerts that nobody wrote a policy or a route for: somebody has them all the same."""

import json
import re

import pytest
import requests
from selenium.webdriver.common.by import By

from support import alertmanager as am
from support.processes import eventually
from support.receivers import free_port
from test_pages import heading, shoot

CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: shop-team}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ana}
spec: {memberOf: [shop-team]}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: cem}
spec: {memberOf: []}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: shop}
spec: {type: service, lifecycle: production, owner: shop-team}
---
apiVersion: mainstay.dev/v1
kind: Integration
metadata: {name: main}
spec: {type: alertmanager, secretRef: env:AM_KEY}
"""


def contact(name, url):
    return f"""---
apiVersion: mainstay.dev/v1
kind: Channel
metadata: {{name: {name}-hook}}
spec: {{type: webhook, url: "{url}/{name}"}}
---
apiVersion: mainstay.dev/v1
kind: Contact
metadata: {{name: {name}}}
spec: {{user: {name}, methods: [{{name: hook, channel: {name}-hook}}]}}
"""


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def start(make_server, tmp_path, port):
    """A server whose definitions know services and people, and no policy, schedule or route."""

    def begin(*contacts):
        directory = tmp_path / "bare"
        directory.mkdir()
        (directory / "catalog.yaml").write_text(CATALOG + "".join(contacts))
        return make_server(
            directory, env=am.KEYS, arguments=["--listen-alertmanager", f"127.0.0.1:{port}"]).start()

    return begin


def paged(api):
    return [(page["person"], page["kind"]) for page in api.get("pages")["items"]]


def test_amtools_alert_without_a_service_calls_the_administrator(start, webhook, port):
    server = start(contact("ana", webhook.url), contact("cem", webhook.url))
    token = server.api().post("tokens", {"name": "cem", "role": "admin", "user": "cem"})["token"]
    api = server.api(token)
    added = am.amtool(
        f"http://main:{am.KEYS['AM_KEY']}@127.0.0.1:{port}", "alert", "add", "DiskFull", "severity=critical",
        "--annotation=summary=The disk is full")
    assert added.returncode == 0, added.stderr
    assert "The disk is full" in webhook.wait_for("fired", 10).json["title"]
    assert paged(api) == [("cem", "fired")]
    escalated = api.events(type="alert.escalated")
    assert [event["data"]["policy"] for event in escalated] == ["catch-all"]
    (alert,) = api.items("alerts", unrouted=1)
    assert alert["state"] == "firing" and alert["summary"] == "The disk is full"
    api.post(f"alerts/{alert['id']}/acknowledge")
    assert api.get(f"alerts/{alert['id']}")["state"] == "acknowledged"


def test_prometheus_alert_of_a_service_calls_the_team_that_owns_it(start, webhook, counters, port, tmp_path, browser):
    server = start(contact("ana", webhook.url), contact("cem", webhook.url))
    counters.add("shop_broken", 1)
    prometheus = am.RuledPrometheus(
        tmp_path / "prometheus", counters.address,
        [{"alert": "ShopBroken", "expr": "shop_broken > 0", "labels": {"severity": "critical", "service": "shop"},
          "annotations": {"summary": "Orders fail"}}],
        f"http://127.0.0.1:{port}", am.KEYS["AM_KEY"])
    try:
        assert "Orders fail" in webhook.wait_for("fired", 40).json["title"]
        assert paged(server.api()) == [("ana", "fired")]
        browser.get(f"{server.url}/alerts")
        tab = browser.find_element(By.PARTIAL_LINK_TEXT, "Unrouted")
        assert tab.text.split() == ["Unrouted", "1"]
        tab.click()
        assert "unrouted=1" in browser.current_url
        shoot(browser, "alerts-unrouted")
        browser.find_element(By.LINK_TEXT, "Orders fail").click()
        facts = browser.find_element(By.CSS_SELECTOR, "dl.facts").text
        assert "catch-all, since no route names one" in facts
        shoot(browser, "alert-catch-all")
        counters.add("shop_broken", -1)
        webhook.wait_for("resolved", 40)
    finally:
        prometheus.stop()


def test_a_pasted_event_is_told_who_has_it(start, webhook, run, tmp_path, browser):
    server = start(contact("ana", webhook.url), contact("cem", webhook.url))
    event = tmp_path / "event.json"
    event.write_text(json.dumps(am.alert()))
    told = run("route", "explain", event, "--definitions", server.definitions)
    assert told.returncode == 0, told.stderr
    assert "No route names a policy: the catch-all pages team shop-team" in told.stdout
    assert re.search(r"policy +catch-all", told.stdout) and re.search(r"paged now +ana", told.stdout)
    browser.get(f"{server.url}/routes")
    browser.find_element(By.NAME, "event").send_keys(json.dumps({"labels": {"alertname": "Odd"}}))
    browser.find_element(By.XPATH, "//button[text()='Explain']").click()
    assert "the catch-all pages whoever has a contact in turn" in browser.find_element(By.TAG_NAME, "main").text
    shoot(browser, "routes-catch-all")


def test_where_nobody_can_be_reached_it_is_said_everywhere(start, run, browser):
    server = start()
    api = server.api()
    alert = api.fire("shop", "a").json()["id"]
    found = api.get(f"alerts/{alert}")
    assert found["suppressedAs"] == "noPolicy" and "write a Contact" in found["suppressedBecause"], found
    for path in ("/", f"/alerts/{alert}", "/definitions"):
        browser.get(server.url + path)
        text = browser.find_element(By.TAG_NAME, "body").text
        assert "An open alert pages nobody: nobody has a contact; write a Contact" in text, path
    assert "no alert pages anybody" in text
    shoot(browser, "definitions-nobody")
    checked = run("validate", server.definitions)
    assert checked.returncode == 0
    assert "no alert pages anybody: nobody has a Contact" in checked.stdout + checked.stderr
    # Somebody is written down: the alert that waited pages.
    catalog = server.definitions / "catalog.yaml"
    catalog.write_text(catalog.read_text() + contact("ana", "http://127.0.0.1:9"))
    eventually(lambda: ("ana", "fired") in paged(api), 15, "the page once somebody has a contact")
    assert heading(browser)


def test_who_got_no_message_is_not_said_to_be_paged(start, webhook, browser):
    server = start(contact("ana", f"http://127.0.0.1:{free_port()}"), contact("cem", webhook.url))
    alert = server.api().fire("shop", "a").json()["id"]

    def said():
        browser.get(f"{server.url}/alerts/{alert}")
        return browser.find_element(By.TAG_NAME, "main").text

    eventually(lambda: "No message to ana has got through yet." in said(), 20, said)
