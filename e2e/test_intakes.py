"""PagerDuty's clients, Alertmanager as a sender, webhooks and heartbeats."""

import hashlib
import hmac
import json
import time

import pdpyras
import pytest
import requests
from selenium.webdriver.common.by import By

from support import alertmanager as am
from support.processes import eventually
from test_pages import heading, shoot

PD = am.KEYS["PD_KEY"]


@pytest.fixture
def server(make_server, definitions):
    return make_server(am.write(definitions), env=am.KEYS).start()


@pytest.fixture
def api(server):
    return server.api()


def session(server):
    events = pdpyras.EventsAPISession(PD)
    events.url = server.url + "/intake/pagerduty"
    return events


def changes(server):
    events = pdpyras.ChangeEventsAPISession(PD)
    events.url = server.url + "/intake/pagerduty"
    return events


def open_alerts(api):
    return [a for a in api.items("alerts") if a["state"] != "resolved"]


def test_pdpyras_triggers_acknowledges_resolves(server, api, webhook):
    events = session(server)
    key = events.trigger("Payments fail", "payments.example", severity="critical", custom_details={"code": 502})
    page = webhook.wait_for("fired", 10)
    assert "Payments fail" in page.json["title"]
    assert events.trigger("Payments fail", "payments.example", dedup_key=key) == key
    (alert,) = open_alerts(api)
    assert alert["service"] == "shop"
    events.acknowledge(key)
    assert open_alerts(api)[0]["state"] == "acknowledged"
    events.resolve(key)
    assert not open_alerts(api)
    # Of nothing open: taken and dropped.
    events.resolve(key)
    events.acknowledge("never-heard-of")
    again = events.trigger("Payments fail again", "payments.example", dedup_key=key)
    assert again == key and len(api.events(type="alert.fired")) == 2
    raw = requests.get(f"{server.url}/alerts/{open_alerts(api)[0]['id']}/raw", timeout=10).text
    assert "payments.example" in raw and PD not in raw


def test_each_report_that_changed_an_alert_is_kept_as_it_came(server, api, webhook, browser):
    events = session(server)
    key = events.trigger("Payments fail", "payments.example", severity="critical")
    events.trigger("Payments fail", "payments.example", dedup_key=key, custom_details={"try": 2})
    events.acknowledge(key)
    events.acknowledge(key)
    # What was answered is on the disk.
    server.kill()
    server.start()
    events = session(server)
    events.resolve(key)
    events.resolve(key)
    api = server.api()
    (alert,) = api.items("alerts")
    reports = api.get(f"alerts/{alert['id']}/reports")["items"]
    assert [report["change"] for report in reports] == ["fired", "acknowledged", "resolved"]
    assert sorted(report["at"] for report in reports) == [report["at"] for report in reports]
    bodies = [api.get(report["link"].removeprefix("/api/v1/")) for report in reports]
    assert [body["report"]["event_action"] for body in bodies] == ["trigger", "acknowledge", "resolve"]
    assert all(body["report"]["dedup_key"] == key for body in bodies[1:]) and PD not in json.dumps(bodies)
    for wrong in (f"alerts/{alert['id']}/reports/none-0", "alerts/00000000000000000000000000/reports"):
        assert api.call("GET", wrong).status_code == 404
    browser.get(f"{server.url}/alerts/{alert['id']}")
    browser.find_element(By.LINK_TEXT, "what ended it").click()
    assert heading(browser) == "The report that ended it: Payments fail"
    assert '"resolve"' in browser.find_element(By.TAG_NAME, "pre").text
    shoot(browser, "alert-report")
    browser.find_element(By.LINK_TEXT, "what fired it").click()
    assert '"trigger"' in browser.find_element(By.TAG_NAME, "pre").text


def test_reports_that_end_many_alerts_share_what_is_kept(server, api):
    """As Alertmanager's clients send them: one body ends 100 alerts, in commands of 64."""
    names = [f"Many{number}" for number in range(100)]
    headers = {"Authorization": f"Bearer {am.KEYS['AM_KEY']}"}

    def post(**fields):
        body = [am.alert(name, **fields) for name in names]
        assert requests.post(server.url + am.ALERTS, json=body, headers=headers, timeout=30).status_code == 200

    post()
    post(endsAt="2026-01-02T00:00:00Z", startsAt="2026-01-01T00:00:00Z")
    assert not open_alerts(api)
    ended = {event["data"]["raw"].rsplit("/", 1)[0] for event in api.events(type="alert.resolved", limit=200)}
    assert len(ended) == 2, ended
    for alert in list(api.items("alerts"))[:3]:
        reports = api.get(f"alerts/{alert['id']}/reports")["items"]
        assert [report["change"] for report in reports] == ["fired", "resolved"]
        last = api.get(reports[-1]["link"].removeprefix("/api/v1/"))["report"]
        assert last["endsAt"] == "2026-01-02T00:00:00Z" and last["labels"]["alertname"] in alert["summary"]


def test_pdpyras_submits_a_change(server, api):
    changes(server).submit("Deployed 1.2", source="ci", custom_details={"build": 7})
    (event,) = api.events(type="change.recorded")
    assert event["subject"] == "service/shop" and event["data"]["summary"] == "Deployed 1.2"
    assert "Deployed 1.2" in requests.get(server.url + "/services/shop", timeout=10).text


def test_pagerduty_refusals(server, api):
    def post(body):
        return requests.post(
            server.url + "/intake/pagerduty/v2/enqueue", data=body if isinstance(body, str) else json.dumps(body), timeout=10)

    good = {"routing_key": PD, "event_action": "trigger",
            "payload": {"summary": "s", "source": "x", "severity": "error"}}
    for change in ({"routing_key": "f" * 32}, {"routing_key": ""}, {"event_action": "explode"}, {"payload": {}},
                   {"payload": {"summary": "x" * 1025, "source": "x", "severity": "error"}},
                   {"payload": {"summary": "s", "source": "x", "severity": "bad"}}, {"dedup_key": "x" * 256},
                   {"event_action": "resolve"}):
        answer = post({**good, **change})
        assert answer.status_code == 400, change
        assert answer.json()["status"] == "invalid event" and answer.json()["errors"], change
    for body in ("", "[]", "{", "[" * 10_000):
        assert post(body).status_code == 400
    assert post({**good, "client": "x" * (600 << 10)}).status_code == 413
    assert not open_alerts(api)
    assert post(good).status_code == 202 and len(open_alerts(api)) == 1


def test_alertmanager_sends_by_pagerduty_and_by_webhook(server, api, tmp_path):
    sender = am.Alertmanager(tmp_path / "am", {
        "pagerduty_configs": [{"routing_key": PD, "url": server.url + "/intake/pagerduty/v2/enqueue",
                               "send_resolved": True}],
        "webhook_configs": [{"url": server.url + "/intake/webhook/alertmanager", "send_resolved": True,
                             "http_config": {"authorization": {"credentials": am.KEYS["FORWARD_KEY"]}}}],
    })
    try:
        sender.post(am.alert("Both"))
        eventually(lambda: len(open_alerts(api)) == 2, 20, lambda: (open_alerts(api), sender.child.output()))
        actors = {e["actor"] for e in api.events(type="alert.fired")}
        assert actors == {"integration/payments", "integration/forwarded"}
        sender.post({**am.alert("Both"), "endsAt": "2026-01-01T00:00:00Z"})
        eventually(lambda: not open_alerts(api), 20, lambda: (open_alerts(api), sender.child.output()))
    finally:
        sender.stop()


GRAFANA = {
    "receiver": "My Super Webhook", "status": "firing", "orgId": 1,
    "alerts": [{
        "status": "firing", "labels": {"alertname": "High memory usage", "team": "blue", "zone": "us-1"},
        "annotations": {"description": "The system has high memory usage",
                        "runbook_url": "https://myrunbook.com/runbook/1234",
                        "summary": "This alert was triggered for zone us-1"},
        "startsAt": "2021-10-12T09:51:03.157076+02:00", "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://play.grafana.org/alerting/1afz29v7z/edit", "fingerprint": "c6eadffa33fcdf37",
        "silenceURL": "https://play.grafana.org/alerting/silence/new?x=y", "dashboardURL": "",
        "panelURL": "", "values": {"B": 44.23943737541908, "C": 1},
    }, {
        "status": "firing", "labels": {"alertname": "High CPU usage", "team": "blue", "zone": "eu-1"},
        "annotations": {"summary": "This alert was triggered for zone eu-1"},
        "startsAt": "2021-10-12T09:56:03.157076+02:00", "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://play.grafana.org/alerting/d1rdpdv7k/edit", "fingerprint": "bc97ff14869b13e3",
        "values": {"B": 44.23943737541908, "C": 1},
    }],
    "groupLabels": {}, "commonLabels": {"team": "blue"}, "commonAnnotations": {},
    "externalURL": "https://play.grafana.org/", "version": "1", "groupKey": "{}:{}", "truncatedAlerts": 0,
    "title": "[FIRING:2]  (blue)", "state": "alerting", "message": "**Firing**",
}


def test_grafana_with_the_key_in_the_path(server, api):
    def post(body, key):
        return requests.post(f"{server.url}/intake/webhook/boards{key}", json=body, timeout=10, headers={"Authorization": "Bearer x"})

    assert post(GRAFANA, "/wrong").status_code == 401 and post(GRAFANA, "").status_code == 401
    assert post(GRAFANA, "/" + am.KEYS["GRAFANA_KEY"]).json()["fired"] == 2
    signal = api.events(type="alert.fired")[0]["data"]["signal"]
    assert "B=44.239" in signal["detail"] and "silence/new" in signal["detail"] and signal["service"] == "shop"
    assert post(GRAFANA, "/" + am.KEYS["GRAFANA_KEY"]).json() == {
        "fired": 0, "repeated": 2, "acknowledged": 0, "resolved": 0, "ignored": 0}
    over = {**GRAFANA, "alerts": [{**a, "status": "resolved"} for a in GRAFANA["alerts"]]}
    assert post(over, "/" + am.KEYS["GRAFANA_KEY"]).json()["resolved"] == 2
    assert am.KEYS["GRAFANA_KEY"] not in server.log()


def test_a_mapped_and_signed_webhook(server, api):
    def post(body, key=am.KEYS["HOOK_KEY"]):
        data = json.dumps(body).encode()
        signature = hmac.new(key.encode(), data, hashlib.sha256).hexdigest()
        return requests.post(f"{server.url}/intake/webhook/checks", data=data, timeout=10,
                             headers={"X-Signature": f"sha256={signature}"})

    check = {"id": "c-1", "name": "Checkout", "state": "down", "level": "red", "tags": ["shop"],
             "url": "https://checks.example/c-1"}
    body = {"region": "eu", "checks": [check, {**check, "id": "c-2", "level": "yellow"}]}
    assert post(body, "forged").status_code == 401 and not open_alerts(api)
    assert post(body).json()["fired"] == 2
    assert {a["summary"] for a in open_alerts(api)} == {"Checkout is down in eu"}
    assert sorted(a["severity"] for a in open_alerts(api)) == ["critical", "warning"]
    assert post({"region": "eu", "checks": [{**check, "state": "UP"}]}).json()["resolved"] == 1
    assert post({"region": "eu", "checks": [{"name": "x"}]}).status_code == 400
    # One that is wrong takes none of the others along, and its sender hears which it was.
    mixed = post({"region": "eu", "checks": [{"name": "x"}, {**check, "id": "c-3"}, {"id": "c-4", "tags": ["shop"]}]})
    assert mixed.status_code == 400 and mixed.json()["fired"] == 1 and mixed.json()["refused"] == 2
    assert mixed.json()["message"].startswith("checks[0] has nothing at {{id}}, its key")
    assert "c-3" in {a["key"].rsplit("/")[-1] for a in open_alerts(api)}
    assert post({"region": "eu"}).status_code == 400


def test_a_heartbeat_that_falls_silent(server, api, webhook):
    url = f"{server.url}/intake/heartbeat/backup"
    assert requests.get(url + "/wrong", headers={"Authorization": "Bearer x"}, timeout=10).status_code == 404
    # Also where anybody on this machine may send: a wrong key in a crontab has to show.
    assert requests.get(url + "/wrong", timeout=10).status_code == 404
    for _ in range(3):
        assert requests.get(f"{url}/{am.KEYS['BEAT_KEY']}", timeout=10).text == "OK\n"
    assert len(api.events(type="heartbeat.started")) == 1, "an event once, not one a ping"
    # The server's own downtime is not the sender's silence.
    server.kill()
    time.sleep(7)
    server.start()
    time.sleep(3)
    assert not open_alerts(server.api())
    page = webhook.wait_for("fired", 15)
    assert "No heartbeat of backup" in page.json["title"]
    assert requests.post(f"{url}/{am.KEYS['BEAT_KEY']}", timeout=10).ok
    webhook.wait_for("resolved", 10)
    assert requests.post(f"{url}/{am.KEYS['BEAT_KEY']}/fail", data="disk full", timeout=10).ok
    webhook.wait_for("fired", 10, lambda message: "disk full" in message["title"])


def test_prometheus_watchdog_is_a_heartbeat(server, api):
    headers = {"Authorization": f"Bearer {am.KEYS['AM_KEY']}"}
    beat = [am.alert("Watchdog", severity="none")]
    for _ in range(2):
        assert requests.post(server.url + am.ALERTS, json=beat, headers=headers, timeout=10).status_code == 200
    assert not open_alerts(api)
    eventually(lambda: open_alerts(api), 15, "an alert of silence")
    assert open_alerts(api)[0]["summary"].startswith("No heartbeat of watchdog")
    requests.post(server.url + am.ALERTS, json=beat, headers=headers, timeout=10)
    assert not open_alerts(api)


def test_explaining_a_route(server, run, tmp_path, definitions):
    event = tmp_path / "event.json"
    event.write_text(json.dumps([am.alert("NodeDown", service="x", labels={"cluster": "eu-7"})]))
    told = run("route", "explain", event, "--definitions", definitions)
    assert told.returncode == 0, told.stderr
    assert "route/clusters/eu-7" in told.stdout and "Route clusters matches" in told.stdout and "ana" in told.stdout
    event.write_text(json.dumps([am.alert("DiskFull")]))
    told = run("route", "explain", event, "--definitions", definitions, "--format", "json")
    assert json.loads(told.stdout)["items"][0]["route"] == "everything-else"
    event.write_text("{}")
    assert run("route", "explain", event, "--definitions", definitions).returncode == 1
    # The page has them all, in their order, with what each takes and changes.
    page = requests.get(server.url + "/routes", timeout=10).text
    assert 0 < page.index("cluster=~&quot;eu-.*&quot;") < page.index("everything-else"), page
    assert "key {{labels.cluster}}" in page
