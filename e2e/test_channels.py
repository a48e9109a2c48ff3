"""How people are reached and how they answer, on the real server: channels that fail, links, Slack, text messages,
push, acknowledgements that expire, shifts that change, alerts given away."""

import datetime
import re
import time

import pytest
import requests

from support import definitions as small
from support.processes import eventually
from support.receivers import WebhookReceiver, free_port
from support.telephony import NtfyDouble, SlackDouble, TwilioDouble

HOSTILE = 'playback <script>alert(1)</script> <!channel> & "x"\r\nBcc: eve@example.org \u202egpj\x07'


@pytest.fixture
def doubles():
    made = {"twilio": TwilioDouble(), "ntfy": NtfyDouble(), "slack": SlackDouble()}
    yield made
    for double in made.values():
        double.stop()


def channels(doubles):
    return f"""\
---
apiVersion: mainstay.dev/v1
kind: Channel
metadata: {{name: chat}}
spec: {{type: slack, url: "{doubles['slack'].url}/hook", signingSecretRef: "env:SLACK_SECRET"}}
---
apiVersion: mainstay.dev/v1
kind: Channel
metadata: {{name: push}}
spec: {{type: ntfy, url: "{doubles['ntfy'].url}", tokenRef: "env:NTFY_TOKEN"}}
---
apiVersion: mainstay.dev/v1
kind: Channel
metadata: {{name: text}}
spec:
  type: sms
  url: "{doubles['twilio'].url}"
  sms: {{account: {TwilioDouble.account}, tokenRef: "env:TWILIO_TOKEN", from: "{TwilioDouble.number}"}}
---
apiVersion: mainstay.dev/v1
kind: Channel
metadata: {{name: dead}}
spec: {{type: webhook, url: "http://127.0.0.1:{free_port()}/nobody"}}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {{name: cem}}
spec: {{profile: {{displayName: Cem}}, memberOf: [shop-team]}}
"""


ENV = {"SLACK_SECRET": SlackDouble.secret, "NTFY_TOKEN": "tk_1", "TWILIO_TOKEN": TwilioDouble.token}


def contact(user, methods, high=None, extra=""):
    listed = "\n".join(f"    - {{name: {m.split(':')[0]}, channel: {m.split(':')[0]}"
                       + (f', address: "{m.split(":", 1)[1]}"' if ":" in m else "") + "}" for m in methods)
    rules = high or [f"{{method: {methods[0].split(':')[0]}}}"]
    return f"""\
---
apiVersion: mainstay.dev/v1
kind: Contact
metadata: {{name: {user}}}
spec:
  user: {user}
  timeZone: UTC
{extra}  methods:
{listed}
  rules:
    high: [{", ".join(rules)}]
"""


@pytest.fixture
def start(make_server, tmp_path, webhook, mail, doubles):
    """Starts a server whose people are those contacts, and whose policy is that: start(contacts, policy)."""

    def begin(contacts, policy=None, extra=""):
        directory = small.write(tmp_path / "definitions", webhook.url, mail.port)
        text = (directory / "oncall.yaml").read_text()
        documents = [d for d in re.split(r"^---\n", text, flags=re.M) if "kind: Contact" not in d]
        if policy:
            documents = [d for d in documents if "kind: EscalationPolicy" not in d] + [policy]
        (directory / "oncall.yaml").write_text("---\n".join(documents) + channels(doubles) + contacts + extra)
        server = make_server(directory, env=ENV).start()
        return server, server.api()

    return begin


def policy(levels, extra=""):
    return f"""\
apiVersion: mainstay.dev/v1
kind: EscalationPolicy
metadata: {{name: shop}}
spec:
{extra}  levels:
""" + "".join(f"    - {{targets: {targets}, escalateAfter: 30s}}\n" for targets in levels)


def state(api, alert):
    return api.get(f"alerts/{alert}")["state"]


def test_a_dead_channel_falls_over_at_once_and_a_link_answers(start, webhook):
    server, api = start(
        contact("ana", ["dead", "hook"], ["{method: dead}", "{after: 10m, method: hook}"])
        + contact("ben", ["hook"]))
    began = time.time()
    alert = api.fire("shop", "a").json()["id"]
    page = webhook.wait_for("fired", 10)
    assert page.time - began < 5, "the next rule waits ten minutes only while the first channel works"
    pages = api.get("pages")["items"]
    assert any(p["channel"] == "ana/dead" and "connection refused" in p["attempts"][0]["result"] for p in pages)
    assert any(e["type"] == "page.advanced" for e in api.events())
    shown = requests.get(f"{server.url}/pages", timeout=5).text
    assert "connection refused" in shown and "attempt" in shown

    link = page.json["links"]["acknowledge"]
    assert requests.get(link, timeout=5).ok and state(api, alert) == "firing"
    for _ in range(2):
        assert requests.post(link, timeout=5).ok
    assert state(api, alert) == "acknowledged"
    resolve = page.json["links"]["resolve"]
    assert "Was there something to do?" in requests.get(resolve, timeout=5).text
    assert state(api, alert) == "acknowledged"
    for _ in range(2):
        assert requests.post(link, data={"action": "resolve", "actionable": "no"}, timeout=5).ok
    assert state(api, alert) == "resolved"
    over = next(e for e in api.events() if e["type"] == "alert.resolved")
    assert over["data"]["actionable"] is False and over["actor"] == "user/ana"
    forged = requests.post(link[:-3] + "eve", timeout=5)
    assert forged.status_code == 403 and "not ours" in forged.text


def test_slack_clicks_acknowledge_and_resolve(start, doubles):
    slack = doubles["slack"]
    server, api = start(contact("ana", ["chat:U024BE7LH"]) + contact("ben", ["hook"]))
    alert = api.fire("shop", "a", summary=HOSTILE).json()["id"]
    message = slack.wait_for(10)
    # Slack reads commands in mrkdwn and in the text alone; a header is plain text and shows them as they are.
    assert message["blocks"][0]["text"]["type"] == "plain_text"
    assert "<!channel>" not in str(message["blocks"][1:]) and "&lt;!channel&gt;" in message["text"]
    assert "<!channel>" not in message["text"]
    url = f"{server.url}/intake/slack/interactive"

    for wrong in ({"secret": "guess"}, {"age": 600}):
        body, headers = slack.click(message, "acknowledge", **wrong)
        assert requests.post(url, data=body, headers=headers, timeout=5).status_code == 401
    body, headers = slack.click(message, "acknowledge", user="U0STRANGER")
    told = requests.post(url, data=body, headers=headers, timeout=5).json()
    assert told["response_type"] == "ephemeral" and "U0STRANGER" in told["text"]
    assert state(api, alert) == "firing"

    body, headers = slack.click(message, "acknowledge")
    began = time.time()
    answered = requests.post(url, data=body, headers=headers, timeout=5)
    assert answered.ok and time.time() - began < 3
    assert state(api, alert) == "acknowledged"
    shown = eventually(lambda: slack.replacements, 3, "the new message")[-1]
    assert shown["replace_original"] is True and "Acknowledged by ana" in shown["text"]
    assert next(e for e in api.events() if e["type"] == "alert.acknowledged")["data"]["via"] == "slack"
    # The same click again changes nothing.
    assert requests.post(url, data=body, headers=headers, timeout=5).ok

    body, headers = slack.click(shown, "resolve")
    asked = requests.post(url, data=body, headers=headers, timeout=5).json()
    assert state(api, alert) == "acknowledged" and "something for you to do" in asked["text"]
    body, headers = slack.click(asked, "resolve_noise")
    assert "Resolved" in requests.post(url, data=body, headers=headers, timeout=5).json()["text"]
    assert next(e for e in api.events() if e["type"] == "alert.resolved")["data"]["actionable"] is False


def test_text_messages_are_answered_by_text(start, doubles):
    twilio = doubles["twilio"]
    server, api = start(contact("ana", ["text:+351210000001"]) + contact("ben", ["hook"]))
    alert = api.fire("shop", "a", summary=HOSTILE).json()["id"]
    message = twilio.wait_for(10)
    assert message["To"] == "+351210000001" and message["From"] == twilio.number and len(message["Body"]) <= 1600
    assert "\u202e" not in message["Body"] and "\x07" not in message["Body"] and "\r" not in message["Body"]
    code = re.search(r"Reply ACK (\d{4})", message["Body"]).group(1)
    url = f"{server.url}/intake/twilio/sms"

    def reply(text, sender="+351210000001", **options):
        form, headers = twilio.reply(url, sender, text, **options)
        return requests.post(url, data=form, headers=headers, timeout=5)

    assert reply(f"ACK {code}", token="guess").status_code == 403
    assert "does not know this number" in reply(f"ACK {code}", sender="+351210000009").text
    other = f"{(int(code) + 1) % 10000:04}"
    assert "No open alert" in reply(f"ACK {other}").text
    assert state(api, alert) == "firing"
    answer = reply(f"ack {code}")
    assert answer.headers["content-type"].startswith("text/xml") and "Acknowledged" in answer.text
    assert "<script>" not in answer.text
    assert state(api, alert) == "acknowledged"
    assert "No alert waits" in reply("4").text
    asked = reply("6").text
    assert "Resolved" in asked and f"Reply YES {code} or NO {code}" in asked
    assert state(api, alert) == "resolved"
    assert "No alert that you resolved" in reply("YES 0000" if code != "0000" else "YES 0001").text
    assert "nothing to do" in reply("no").text
    judged = [e for e in api.events() if e["type"] == "alert.judged"]
    assert [(e["data"]["actionable"], e["actor"]) for e in judged] == [(False, "user/ana")]
    assert "No alert that you resolved" in reply("no").text

    second = api.fire("shop", "b", summary="Orders fail").json()["id"]
    eventually(lambda: len(twilio.received) >= 3, 10, "the second text")
    assert state(api, second) == "firing"
    assert "there was something to do" in reply("RES yes").text
    ended = [e for e in api.events() if e["type"] == "alert.resolved"]
    assert ended[-1]["data"]["actionable"] is True
    noise = api.get("noise")["items"]
    assert (sum(rule["judged"] for rule in noise), sum(rule["actionable"] for rule in noise)) == (2, 1)


def test_push_carries_a_button_that_acknowledges(start, doubles):
    ntfy = doubles["ntfy"]
    server, api = start(contact("ana", ["push:ana-alerts"]) + contact("ben", ["hook"]))
    alert = api.fire("shop", "a", summary=HOSTILE).json()["id"]
    message = ntfy.wait_for(10)
    headers = ntfy.received[0][1]
    assert headers["authorization"] == "Bearer tk_1" and "bcc" not in headers
    assert message["topic"] == "ana-alerts" and message["priority"] == 5 and "\n" not in message["title"]
    button = next(a for a in message["actions"] if a["action"] == "http")
    assert button["method"] == "POST"
    assert requests.post(button["url"], timeout=5).ok
    assert state(api, alert) == "acknowledged"
    assert len(message["actions"]) <= 3


def test_mail_cannot_be_made_to_carry_headers(start, mail):
    _, api = start(contact("ana", ["mail:ana@example.org"]) + contact("ben", ["hook"]))
    api.fire("shop", "a", summary=HOSTILE)
    message = mail.wait_for(10)
    assert message["Bcc"] is None and "Bcc: eve" in message["Subject"]
    html = message.get_body(("html",)).get_content()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_an_acknowledgement_that_expires_pages_again(start, webhook):
    _, api = start(
        contact("ana", ["hook"]) + contact("ben", ["hook"]),
        policy(["[{schedule: shop}]"], extra="  acknowledgeTimeout: 10s\n"))
    alert = api.fire("shop", "a").json()["id"]
    webhook.wait_for("fired", 10)
    api.post(f"alerts/{alert}/acknowledge")
    eventually(lambda: len(webhook.pages()) == 2, 20, "the page after the acknowledgement expired")
    assert state(api, alert) == "firing"
    assert any(e["type"] == "alert.acknowledgement_expired" for e in api.events())


def test_open_alerts_are_handed_over(start, webhook):
    """The schedule hands over by an override that begins in a few seconds."""
    _, api = start(contact("ana", ["hook"]) + contact("ben", ["hook"]))
    alert = api.fire("shop", "a", summary="Orders fail").json()["id"]
    webhook.wait_for("fired", 10)
    api.post(f"alerts/{alert}/acknowledge")
    eventually(lambda: any(e["type"] == "oncall.changed" for e in api.events()), 10, "the first look at the shifts")
    now = datetime.datetime.now(datetime.timezone.utc)
    api.post("schedules/shop/overrides", {
        "user": "ben", "start": (now + datetime.timedelta(seconds=3)).isoformat(),
        "end": (now + datetime.timedelta(hours=1)).isoformat()})
    notice = webhook.wait_for("notice", 15)
    assert "Orders fail" in notice.json["body"] and "shift" in notice.json["title"]
    handed = next(e for e in api.events() if e["type"] == "alert.handed_over")
    assert handed["data"]["from"] == ["ana"] and handed["data"]["to"] == ["ben"]


def test_an_alert_is_given_away_by_hand(start, webhook, run):
    server, api = start(
        contact("ana", ["hook"]) + contact("ben", ["hook"]) + contact("cem", ["mail:cem@example.org"]))
    alert = api.fire("shop", "a").json()["id"]
    webhook.wait_for("fired", 10)
    env = {"MAINSTAY_URL": server.url}
    done = run("alert", "escalate", alert, "--to", "user/ben", env=env)
    assert done.returncode == 0 and "user/ben is paged" in done.stdout, done.stderr
    eventually(lambda: len(webhook.pages()) == 2, 10, "ben's page")
    refused = run("alert", "escalate", alert, "--to", "user/nobody", env=env)
    assert refused.returncode != 0 and "no contact" in refused.stderr
    assert api.call("POST", f"alerts/{alert}/escalate", json={"to": "team/none"}).status_code == 404
    page = requests.get(f"{server.url}/alerts/{alert}", timeout=5).text
    assert 'value="user/cem"' in page and 'value="team/shop-team"' in page and 'value="policy/shop"' in page


def test_turns_go_round_over_a_restart(start, webhook):
    server, api = start(
        contact("ana", ["hook"]) + contact("ben", ["hook"]), policy(["[{roundRobin: [ana, ben]}]"]))

    def paged(key):
        alert = api.fire("shop", key).json()["id"]
        person = eventually(
            lambda: [p["person"] for p in api.get("pages")["items"] if p["subject"] == f"alert/{alert}"], 5, "a page")
        api.post(f"alerts/{alert}/resolve")
        return person[-1]

    assert paged("a") == "ana"
    server.kill()
    server.start()
    assert [paged("b"), paged("c")] == ["ben", "ana"]


def test_nobody_on_call_is_said_loudly(start, webhook):
    server, api = start(
        contact("ben", ["hook"]), policy(["[{schedule: shop}]", "[{user: ben}]"]), extra="""\
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: tills, annotations: {mainstay.dev/escalation-policy: shop}}
spec: {type: service, lifecycle: production, owner: user:ben}
""")
    alert = api.fire("shop", "a").json()["id"]
    webhook.wait_for("fired", 10)
    assert "reached nobody" in requests.get(f"{server.url}/alerts/{alert}", timeout=5).text
    assert "reached nobody" in requests.get(server.url, timeout=5).text
    # Said once of all that the gap concerns.
    api.post("alerts", {"summary": "Tills are stuck", "key": "b", "service": "tills"})
    overview = eventually(
        lambda: (text := requests.get(server.url, timeout=5).text).count("2 alerts: level 1 of shop") and text, 10,
        "one notice")
    assert overview.count("reached nobody") == 1


def test_a_policy_that_ends_without_an_answer_is_said_loudly(start, webhook, run):
    server, api = start(
        contact("ana", ["hook"]) + contact("ben", ["hook"]), policy(["[{user: ana}]"]))
    alert = api.fire("shop", "a").json()["id"]
    page = f"{server.url}/alerts/{alert}"
    eventually(
        lambda: "This is the last level; nobody further is paged" in requests.get(page, timeout=5).text, 8, "the wait")
    assert "escalationNextAt" not in api.get(f"alerts/{alert}")
    eventually(lambda: api.get(f"alerts/{alert}").get("escalationExhausted"), 40, "the end of the policy")
    assert "nobody further will be: escalate it" in requests.get(page, timeout=5).text
    assert "every level has been paged and nobody answered" in requests.get(server.url, timeout=5).text
    shown = run("alert", "show", alert, env={"MAINSTAY_URL": server.url}).stdout
    assert "every level was paged, and nobody further will be" in shown
    api.post(f"alerts/{alert}/acknowledge")
    assert "nobody answered" not in requests.get(server.url, timeout=5).text
    assert "escalationExhausted" not in api.get(f"alerts/{alert}")


def test_channels_are_tried_out(start, run, webhook):
    server, api = start(contact("ana", ["hook", "dead"]) + contact("ben", ["hook"]))
    env = {"MAINSTAY_URL": server.url}
    good = run("channel", "test", "hook", env=env)
    assert good.returncode == 0 and "sent" in good.stdout, good.stderr
    assert webhook.wait_for("test", 5)
    both = run("channel", "test", "--person", "ana", env=env)
    assert both.returncode == 1 and "ana/dead" in both.stdout and "connection refused" in both.stdout
    assert run("channel", "test", "nowhere", env=env).returncode != 0


def test_quiet_hours_hold_a_notice_and_not_a_page(start, webhook):
    """Around the clock, so that the time of day does not matter: what can wait is held, a page is not."""
    _, api = start(
        contact("ana", ["hook"])
        + contact("ben", ["hook"], extra='  quietHours: {from: "00:00", to: "00:00"}\n'))
    alert = api.fire("shop", "a").json()["id"]
    api.post(f"alerts/{alert}/acknowledge")
    eventually(lambda: any(e["type"] == "oncall.changed" for e in api.events()), 10, "the first look at the shifts")
    now = datetime.datetime.now(datetime.timezone.utc)
    api.post("schedules/shop/overrides", {
        "user": "ben", "start": now.isoformat(), "end": (now + datetime.timedelta(hours=1)).isoformat()})
    notice = eventually(
        lambda: next((p for p in api.get("pages")["items"] if p["kind"] == "notice"), None), 15, "the notice")
    assert notice["state"] == "requested" and notice["due"] > (now + datetime.timedelta(minutes=1)).isoformat()
    api.post(f"alerts/{alert}/escalate", {"to": "user/ben"})
    eventually(lambda: len(webhook.pages()) == 2, 10, "ben's page")
    assert not webhook.pages("notice")


def test_a_slow_channel_holds_up_no_other(start, webhook):
    slow = WebhookReceiver()
    slow.delay = 8
    try:
        chatty = f'''---
apiVersion: mainstay.dev/v1
kind: Channel
metadata: {{name: slow}}
spec: {{type: webhook, url: "{slow.url}"}}
'''
        _, api = start(
            contact("ana", ["slow"]) + contact("ben", ["hook"]),
            policy(["[" + "{user: ana}, {user: ben}]"]), extra=chatty)
        # More than one lane has places for, so that the slow one is full.
        for number in range(48):
            alert = api.fire("shop", f"k{number}").json()["id"]
            api.post(f"alerts/{alert}/escalate", {"to": "user/ana"})
        began = time.time()
        last = api.fire("shop", "last").json()["id"]
        api.post(f"alerts/{last}/escalate", {"to": "user/ben"})
        webhook.wait_for("fired", 3, lambda page: page["thread"] == f"alert/{last}")
        assert time.time() - began < 3
    finally:
        slow.stop()
