"""Alerts of SLOs go where their alert policies say, with the labels and words of their authors."""

import pytest

from support.processes import eventually
from test_pages import feed

POLICY = """\
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {{name: slow-burn}}
spec:
  alertWhenBreaching: true
  conditions:
    - kind: AlertCondition
      metadata: {{name: slow}}
      spec:
        severity: {severity}
        condition: {{kind: burnrate, op: gte, threshold: 2, lookbackWindow: 1h}}
  notificationTargets: [{{targetRef: team-chat}}]
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {{name: team-chat}}
spec: {{target: chat}}
---
apiVersion: mainstay.dev/v1
kind: Channel
metadata: {{name: chat}}
spec: {{type: webhook, url: "{url}"}}
"""

SLOTH = """\
version: prometheus/v1
service: shop
labels: {team: shop}
slos:
  - name: orders
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(shop_requests_total{code="500"}[{{.window}}]))
        total_query: sum(rate(shop_requests_total[{{.window}}]))
    alerting:
      name: OrdersFail
      annotations: {summary: Orders fail., runbook_url: "https://wiki.example/orders"}
      page_alert: {labels: {routing_key: shop-team}}
      ticket_alert: {disable: true}
"""


def start(make_server, definitions, url, severity):
    (definitions / "policy.yaml").write_text(POLICY.format(url=url, severity=severity))
    slo = definitions / "slo.yaml"
    slo.write_text(slo.read_text().replace(
        "  objectives:", "  alertPolicies: [{alertPolicyRef: slow-burn}]\n  objectives:"))
    return make_server(definitions).start()


@pytest.mark.parametrize("severity", ["page", "ticket"])
def test_a_channel_hears_of_the_alert_and_of_its_end(make_server, definitions, webhook, severity):
    server = start(make_server, definitions, webhook.url, severity)
    api = server.api()
    feed(api, failing=True)
    fired = eventually(lambda: list(webhook.received), 60, "a message")[0].json
    alert = eventually(lambda: next(iter(api.items("alerts")), None), 20, "an alert")
    pages = [e for e in api.events(type="page.requested") if e["data"]["channel"]["name"] == "chat"]
    assert [(e["data"]["person"], e["data"]["level"], e["data"]["kind"]) for e in pages] == [("channel/chat", 0, "fired")]
    assert "Orders are taken" in str(fired)
    before = len(webhook.received)
    assert api.call("POST", f"alerts/{alert['id']}/resolve", json={"reason": "healed"}).ok
    eventually(lambda: len(webhook.received) > before, 30, "the resolve notice")
    assert "esolved" in str(webhook.received[-1].json)
    sent = [e for e in api.events(type="page.requested") if e["data"]["channel"]["name"] == "chat"]
    assert [e["data"]["kind"] for e in sent] == ["fired", "resolved"]


def test_alerts_carry_what_sloth_says(make_server, definitions):
    (definitions / "slo.yaml").unlink()
    (definitions / "sloth.yaml").write_text(SLOTH)
    server = make_server(definitions).start()
    api = server.api()
    feed(api, failing=True)
    event = eventually(lambda: next(iter(api.events(type="alert.fired")), None), 60, "an alert")
    signal = event["data"]["signal"]
    labels = {label["name"]: label["value"] for label in signal["labels"]}
    assert labels == {"slo": "shop-orders", "service": "shop", "team": "shop", "routing_key": "shop-team"}
    assert "Orders fail." in signal["detail"] and signal["link"] == "https://wiki.example/orders"
    assert "Orders fail." in server.api().call("GET", f"/alerts/{event['subject'].split('/')[1]}").text


def test_a_target_that_leads_nowhere_is_named(run, definitions):
    (definitions / "policy.yaml").write_text(POLICY.format(url="http://127.0.0.1:9", severity="page").replace(
        "target: chat", "target: chad"))
    result = run("validate", definitions)
    assert result.returncode == 0, result.stdout
    assert "policy.yaml:17:16: warning: alert notification target team-chat: there is no Channel" in result.stdout
    assert "did you mean `chat`?" in result.stdout
