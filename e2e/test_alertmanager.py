"""Alerts come in as Alertmanager's clients send them: a real Prometheus, amtool, and bodies good and bad."""

import time

import pytest
import requests

from support import alertmanager as am
from support.processes import eventually
from support.receivers import free_port

HEADERS = {"Authorization": f"Bearer {am.KEYS['AM_KEY']}"}


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def server(make_server, definitions, port):
    """A server with integrations, and Alertmanager's paths at the root of a listener of their own."""
    return make_server(
        am.write(definitions), env=am.KEYS, arguments=["--listen-alertmanager", f"127.0.0.1:{port}"]).start()


def post(server, body, **options):
    if isinstance(body, list):
        options["json"] = body
    else:
        options["data"] = body
        options.setdefault("headers", {**HEADERS, "Content-Type": "application/json"})
    options.setdefault("headers", HEADERS)
    return requests.post(server.url + am.ALERTS, timeout=30, **options)


def test_a_real_prometheus_pages_and_resolves(server, port, webhook, counters, tmp_path):
    counters.add("shop_broken", 1)
    prometheus = am.RuledPrometheus(
        tmp_path / "prometheus", counters.address,
        [{"alert": "ShopBroken", "expr": "shop_broken > 0", "labels": {"severity": "critical", "service": "shop"},
          "annotations": {"summary": "Orders fail", "runbook_url": "https://runbooks.example/shop"}}],
        f"http://127.0.0.1:{port}", am.KEYS["AM_KEY"])
    try:
        page = webhook.wait_for("fired", 40)
        assert "Orders fail" in page.json["title"]
        # It is repeated each second: one page, one event.
        time.sleep(4)
        api = server.api()
        fired = [e for e in api.events(type="alert.fired")]
        assert len(fired) == 1 and fired[0]["actor"] == "integration/main"
        signal = fired[0]["data"]["signal"]
        assert signal["service"] == "shop" and signal["runbook"] == "https://runbooks.example/shop"
        assert signal["link"].startswith(prometheus.url.rsplit(":", 1)[0][:4]) and signal["timeout"]
        counters.add("shop_broken", -1)
        webhook.wait_for("resolved", 40)
    finally:
        prometheus.stop()


def test_a_failure_of_many_series_is_one_page(server, port, webhook, counters, tmp_path):
    """A real Prometheus reports the alerts of a rule together, and their ends too."""
    shards = " or ".join(f'label_replace(vector(1), "shard", "{number}", "", "")' for number in range(12))
    counters.add("shop_broken", 1)
    prometheus = am.RuledPrometheus(
        tmp_path / "prometheus", counters.address,
        [{"alert": "ShardBroken", "expr": f"({shards}) and on() (shop_broken > 0)",
          "labels": {"severity": "critical", "service": "shop"},
          "annotations": {"summary": "Shard {{ $labels.shard }} is gone"}}],
        f"http://127.0.0.1:{port}", am.KEYS["AM_KEY"])
    try:
        webhook.wait_for("fired", 40)
        api = server.api()
        eventually(lambda: len(api.items("alerts", state="open")) == 12, 20, "all twelve alerts")
        held = [alert.get("suppressedAs") for alert in api.items("alerts", state="open")]
        assert held.count(None) == 1 and held.count("joined") == 11
        assert len(api.items("incidents", state="open")) == 1
        counters.add("shop_broken", -1)
        webhook.wait_for("resolved", 40)
        eventually(lambda: not api.items("alerts", state="open"), 20, "all of them to end")
        assert len(webhook.pages("fired")) == 1 and len(webhook.pages("resolved")) == 1
        assert len(api.events(type="alert.escalated")) == 1
    finally:
        prometheus.stop()


def test_amtool_adds_asks_and_silences(server, port):
    url = f"http://127.0.0.1:{port}"
    added = am.amtool(url, "alert", "add", "DiskFull", "service=shop", "severity=warning", "--annotation=summary=Disk")
    assert added.returncode == 0, added.stderr
    shown = am.amtool(url, "alert", "query", "service=shop")
    assert shown.returncode == 0 and "DiskFull" in shown.stdout and "active" in shown.stdout, shown
    assert "DiskFull" not in am.amtool(url, "alert", "query", "service=~other.*").stdout
    silenced = am.amtool(
        url, "silence", "add", "alertname=DiskFull", "--comment=known", "--author=ana", "--duration=1h")
    assert silenced.returncode == 0, silenced.stderr
    name = silenced.stdout.strip()
    assert name in am.amtool(url, "silence", "query").stdout
    assert "DiskFull" not in am.amtool(url, "alert", "query").stdout
    assert "suppressed" in am.amtool(url, "alert", "query", "--silenced").stdout
    ended = am.amtool(url, "silence", "expire", name)
    assert ended.returncode == 0, ended.stderr
    assert name not in am.amtool(url, "silence", "query").stdout
    assert "DiskFull" in am.amtool(url, "alert", "query").stdout
    assert am.amtool(url, "config", "show").returncode == 0
    assert am.amtool(url, "silence", "expire", "00000000000000000000000000").returncode != 0


def test_what_is_not_repeated_resolves_and_a_restart_is_no_silence(server, api, webhook):
    assert post(server, [am.alert()]).status_code == 200
    page = webhook.wait_for("fired", 10)
    assert page
    # Killed in the middle, it comes back with the alert, which gets its whole time again.
    server.kill()
    time.sleep(3.5)
    server.start()
    (alert,) = [a for a in server.api().items("alerts") if a["state"] != "resolved"]
    webhook.wait_for("resolved", 15)
    reason = server.api().events(type="alert.resolved")[0]["data"]["reason"]
    assert "not repeated" in reason, alert


def test_each_refusal_has_alertmanagers_shape(server, api):
    def refusal(body, **headers):
        return post(server, body, headers={**HEADERS, "Content-Type": "application/json", **headers})

    assert post(server, []).status_code == 200 and post(server, []).content == b""
    assert refusal("{}").status_code == 400 and refusal("{}").json()["code"] == 400
    assert refusal("[{").json()["code"] == 400
    missing = refusal('[{"annotations": {}}]')
    assert missing.status_code == 422 and missing.json() == {"code": 602, "message": "alerts.0.labels in body is required"}
    assert refusal("[]", **{"Content-Type": "text/plain"}).status_code == 415
    for bad in ('[{"labels": {}}]', '[{"labels": {"a b": "c"}}]', '[{"labels": {"a": ""}}]',
                '[{"labels": {"a": "b"}, "startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"}]'):
        answer = refusal(bad)
        assert answer.status_code == 400 and isinstance(answer.json(), str), bad
    assert refusal('[{"labels": {"a": "b"}, "startsAt": "tomorrow"}]').status_code == 400
    assert refusal("[" * 100_000).status_code == 400
    mixed = refusal('[{"labels": {"alertname": "Good", "service": "shop"}}, {"labels": {"bad name": "x"}}]')
    assert mixed.status_code == 400
    assert [a["summary"] for a in api.items("alerts")] == ["Good"], "the good one of a mixed body is kept"
    many = {"labels": {f"l{n}": "v" for n in range(1_000_000)}}
    assert post(server, [many]).status_code in (400, 413)
    huge = am.alert("Huge", annotations={"summary": "x" * (1 << 20)})
    assert post(server, [huge]).status_code == 400
    assert [a["summary"] for a in api.items("alerts")] == ["Good"]
    old = requests.post(server.url + "/intake/alertmanager/api/v1/alerts", json=[], timeout=10)
    assert old.status_code == 410 and old.json()["status"] == "deprecated"
    assert requests.post(server.url + am.ALERTS, json=[], timeout=10, headers={"Authorization": "Bearer no"}).status_code == 401


def test_times_of_the_past_and_the_future_and_repeats_in_one_body(server, api):
    now = time.time()

    def at(seconds):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + seconds))

    body = [
        am.alert("Past", startsAt=at(-90_000), endsAt="0001-01-01T00:00:00.000Z"),
        am.alert("Future", startsAt=at(90_000)),
        am.alert("Over", startsAt=at(-100), endsAt=at(-50)),
        am.alert("Past", startsAt=at(-90_000)),
    ]
    assert post(server, body).status_code == 200
    open_now = sorted(a["summary"] for a in api.items("alerts"))
    assert open_now == ["Future on shop", "Past on shop"]
    fired = api.events(type="alert.fired")
    assert len(fired) == 2
    assert post(server, body).status_code == 200
    assert len(api.events(type="alert.fired")) == 2, "a replay is the same alert"


def test_a_route_gathers_a_cluster_under_one_key(server, api):
    nodes = [am.alert("NodeDown", service="none", labels={"cluster": "eu-1", "node": f"n{n}"}) for n in range(5)]
    assert post(server, nodes).status_code == 200
    (alert,) = api.items("alerts")
    signal = api.events(type="alert.fired")[0]["data"]["signal"]
    assert signal["key"] == "route/clusters/eu-1" and signal["service"] == "shop" and signal["route"] == "clusters"
    over = [{**node, "endsAt": "2026-01-01T00:00:00Z"} for node in nodes]
    assert post(server, over[:4]).status_code == 200
    assert api.items("alerts"), "one node is still down"
    assert post(server, over[4:]).status_code == 200
    assert not [a for a in api.items("alerts") if a["state"] != "resolved"]


def test_nothing_that_was_answered_is_lost(server, webhook):
    accepted = []
    for n in range(40):
        if post(server, [am.alert(f"Lost{n}", service="none")]).status_code == 200:
            accepted.append(f"Lost{n} on none")
    server.kill()
    server.start()
    kept = {e["data"]["signal"]["summary"] for e in server.api().events(type="alert.fired")}
    assert set(accepted) <= kept and len(accepted) == 40


def test_the_report_is_kept_as_it_came(server, api):
    assert post(server, [am.alert("A"), am.alert("B", annotations={"summary": "<script>"})]).status_code == 200
    by_summary = {a["summary"]: a["id"] for a in api.items("alerts")}
    answer = requests.get(f"{server.url}/alerts/{by_summary['<script>']}/raw", timeout=10)
    assert answer.status_code == 200 and "<script>" not in answer.text and "&lt;script&gt;" in answer.text
    assert eventually(lambda: requests.get(server.url + "/integrations", timeout=10).text.count("main"), 5, "integrations")
