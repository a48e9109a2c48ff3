"""Incidents as people work on them: declared from the shell, a page and Slack, updated, handed over, merged, private."""

import json
import time
import urllib.parse

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select
from slack_sdk.signature import SignatureVerifier

from support import browser as chromium
from support import definitions as small
from support.processes import eventually
from support.telephony import SlackDouble
from test_pages import feed, heading, press, shoot, soon

SEVERITIES = """\
apiVersion: mainstay.dev/v1
kind: Severity
metadata: {{name: sev-1}}
spec:
  level: SEV-1
  definition: Nobody can order, or orders are lost.
  examples: [The shop answers nothing]
  updates: {{internal: 30m, external: 1h}}
  public: true
  roles: [commander, communications]
---
apiVersion: mainstay.dev/v1
kind: Severity
metadata: {{name: sev-2}}
spec:
  level: SEV-2
  definition: Many orders fail and there is no way round.
  updates: {{internal: 1h}}
  roles: [commander]
---
apiVersion: mainstay.dev/v1
kind: Journey
metadata: {{name: order}}
spec:
  title: Order something
  owner: shop-team
  tier: 1
  steps:
    - {{name: fill the basket, service: basket}}
    - {{name: pay, service: shop, slos: [shop-availability]}}
---
apiVersion: mainstay.dev/v1
kind: Channel
metadata: {{name: chat}}
spec: {{type: slack, url: "{slack}/hook", signingSecretRef: "env:SLACK_SECRET"}}
---
apiVersion: mainstay.dev/v1
kind: Contact
metadata: {{name: cem}}
spec:
  user: cem
  methods: [{{name: chat, channel: chat, address: U0CEM}}]
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {{name: cem}}
spec: {{profile: {{displayName: Cem}}, memberOf: [shop-team]}}
"""


@pytest.fixture
def slack():
    double = SlackDouble()
    yield double
    double.stop()


@pytest.fixture
def shop(make_server, tmp_path, webhook, mail, slack):
    """The shop and its basket, with severities, a journey and Slack; not started."""
    directory = small.write(tmp_path / "definitions", webhook.url, mail.port, services=("shop", "basket"))
    catalog = directory / "catalog.yaml"
    # The basket needs the shop.
    head, basket = catalog.read_text().rsplit("owner: shop-team}", 1)[0], "owner: shop-team, dependsOn: [component:shop]}"
    catalog.write_text(head + basket)
    (directory / "incidents.yaml").write_text(SEVERITIES.format(slack=slack.url))
    return make_server(directory, env={"SLACK_SECRET": SlackDouble.secret})


def cli(run, server, *arguments, token=None, ok=True):
    env = {"MAINSTAY_URL": server.url, "MAINSTAY_TOKEN": token or ""}
    result = run("incident", *arguments, env=env)
    assert (result.returncode == 0) == ok, result.stdout + result.stderr
    return result.stdout + result.stderr


def notices(webhook):
    return [page.json for page in webhook.pages("notice")]


def test_from_the_shell_to_the_end(shop, run, webhook):
    server = shop.start()
    api = server.api()
    told = cli(run, server, "declare", "Orders hang", "--severity", "SEV-2", "--service", "shop", "--commander", "ana")
    assert told == "declared incident 1: Orders hang\n"
    # Somebody else gave ana the role.
    assert "You are commander of incident 1" in webhook.wait_for("notice", 10).json["title"]
    one = api.items("incidents")[0]
    assert one["via"] == "cli" and one["phase"] == "investigating" and one["services"] == ["shop"]
    assert one["nextUpdateDue"].keys() == {"internal"}, "SEV-2 promises the public nothing"

    # A promised update is due in two seconds; the server dies before and comes back after.
    assert "next update internal in" in cli(run, server, "update", "1", "Looking", "--next", "2s")
    server.kill()
    time.sleep(2.5)
    server.start()
    due = lambda: [n for n in notices(webhook) if "update of incident 1" in n["title"]]
    eventually(due, 10, lambda: f"a reminder; got {notices(webhook)}")
    cli(run, server, "update", "1", "The queue is full", "--phase", "identified", "--next", "none")
    time.sleep(1.5)
    assert len(due()) == 1, "each reminder comes once"

    assert "ben is commander of incident 1" in cli(run, server, "handover", "1", "commander", "ben")
    assert "ben is commander" in cli(run, server, "handover", "1", "commander", "cem", "--from", "ana", ok=False)
    cli(run, server, "role", "1", "scribe", "cem")
    cli(run, server, "severity", "1", "SEV-1", "--reason", "all regions")
    assert api.items("incidents")[0]["nextUpdateDue"].keys() == {"internal", "external"}
    cli(run, server, "link", "1", "service/basket", "--reason", "it waits for the shop")
    assert "no service nope" in cli(run, server, "link", "1", "service/nope", ok=False)

    cli(run, server, "declare", "Baskets are empty", "--severity", "SEV-3", "--service", "basket")
    assert "cannot be merged into itself" in cli(run, server, "merge", "2", "2", ok=False)
    cli(run, server, "merge", "2", "1")
    assert "was merged into incident 1" in cli(run, server, "resolve", "2", ok=False)
    cli(run, server, "unmerge", "2")
    cli(run, server, "merge", "2", "1")

    cli(run, server, "ack", "1")
    cli(run, server, "mitigate", "1", "--reason", "moved to eu-north")
    cli(run, server, "update", "1", "Orders work again", "--audience", "external", "--phase", "resolved")
    shown = cli(run, server, "show", "1")
    assert "commander ben, scribe cem" in shown and "basket" in shown and "external update, resolved" in shown
    one = api.get(f"incidents/{one['id']}")
    assert one["state"] == "resolved" and one["mitigatedAt"] < one["resolvedAt"]
    assert [u["text"] for u in one["updates"]] == ["Looking", "The queue is full", "Orders work again"]
    cli(run, server, "reopen", "1", "--reason", "not yet")
    assert api.get(f"incidents/{one['id']}")["state"] == "acknowledged"


def test_declared_and_worked_on_from_a_phone(shop, browser):
    server = shop.start()
    api = server.api()
    feed(api, failing=True)
    first = soon(lambda: next(iter(api.items("incidents", state="open")), None), 60)
    assert first["automatic"] and first["via"] == "system"

    chromium.appearance(browser, "phone")
    browser.get(server.url + "/incidents")
    browser.find_element(By.LINK_TEXT, "Declare an incident").click()
    text = browser.find_element(By.TAG_NAME, "main").text
    assert "Nobody can order, or orders are lost." in text and "The shop answers nothing" in text
    for choice in browser.find_elements(By.CSS_SELECTOR, ".choices label"):
        assert choice.size["height"] >= 44
    shoot(browser, "incident-declare")
    chromium.appearance(browser, "phone")
    browser.find_element(By.ID, "title").send_keys("Baskets lose what is in them")
    browser.find_element(By.CSS_SELECTOR, "input[value='SEV-1']").click()
    Select(browser.find_element(By.ID, "service")).select_by_value("shop")
    press(browser, "Declare the incident")
    soon(lambda: heading(browser) == "Baskets lose what is in them", 10)

    failed = [2_400]

    def costs():
        """Orders go on failing, and what that costs is told."""
        failed[0] += 60
        now = int(time.time() * 1000)
        for code, count in (("200", 19_260), ("500", failed[0])):
            labels = {"__name__": "shop_requests_total", "code": code, "job": "shop", "instance": "a"}
            api.write([(labels, [(count, now)])])
        time.sleep(0.5)
        return [c for c in api.get(f"incidents/{first['id']}/impact")["costs"] if c["bad"] > 600]

    cost = soon(costs, 60)[0]
    assert cost["slo"] == "shop-availability" and cost["bad"] == cost["total"] and cost["burnNow"] > 10
    # Nothing but failure since it began: as many bad minutes as have gone by, and that share of the month's orders.
    assert 0.1 < cost["badMinutes"] < 3 and cost["budgetSpent"] > 0.01
    impact = api.get(f"incidents/{first['id']}/impact")
    assert [j["journey"] for j in impact["journeys"]] == ["order"] and impact["dependants"] == ["basket"]
    browser.get(f"{server.url}/incidents/{first['id']}")
    page = browser.find_element(By.TAG_NAME, "main").text
    assert "Bad minutes" in page and "Order something" in page and "SEV-2 asks for one" in page

    browser.find_element(By.ID, "update").send_keys("The payment service refuses us.\nWe call them.")
    Select(browser.find_element(By.ID, "phase")).select_by_value("identified")
    press(browser, "Send the update")
    soon(lambda: "We call them." in browser.find_element(By.CSS_SELECTOR, ".updates").text, 10)
    assert "The next internal update is due" in browser.find_element(By.TAG_NAME, "main").text
    shoot(browser, "incident-work")
    chromium.appearance(browser, "phone")
    browser.find_element(By.XPATH, "//summary[text()='Merge or split']").click()
    press(browser, "Merge this one into it")
    browser.switch_to.alert.accept()
    soon(lambda: "Merged into another incident" in browser.find_element(By.TAG_NAME, "main").text, 10)
    assert api.get(f"incidents/{first['id']}")["mergedInto"]
    assert not chromium.console_errors(browser)


def signed(body, secret=SlackDouble.secret, age=0):
    stamp = str(int(time.time()) - age)
    return {
        "Content-Type": "application/x-www-form-urlencoded", "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)}


def slash(server, text, user="U0CEM", trigger="1.2", **options):
    body = urllib.parse.urlencode({
        "token": "old", "team_id": "T1", "channel_id": "C1", "user_id": user, "user_name": "cem", "trigger_id": trigger,
        "command": "/incident", "text": text, "response_url": "https://hooks.slack.com/commands/1"})
    return requests.post(f"{server.url}/intake/slack/command", data=body, headers=signed(body, **options), timeout=5)


def test_declared_from_slack(shop):
    server = shop.start()
    api = server.api()
    for wrong in ({"secret": "guess"}, {"age": 600}):
        assert slash(server, "list", **wrong).status_code == 401
    assert "U0STRANGER" in slash(server, "declare SEV-1 x", user="U0STRANGER").json()["text"]
    for text in ("", "declare", "dance"):
        assert slash(server, text).json()["response_type"] == "ephemeral"
    assert api.items("incidents") == []

    told = slash(server, "declare SEV-2 shop: nobody can pay <!channel>").json()
    assert told["response_type"] == "in_channel" and "incident 1, SEV-2" in told["text"]
    assert "<!channel>" not in told["text"]
    one = api.items("incidents")[0]
    assert (one["service"], one["title"], one["via"]) == ("shop", "nobody can pay <!channel>", "slack")
    assert one["openedBy"] == "user/cem" and one["roles"] == [{"role": "commander", "person": "cem"}]
    slash(server, "ack 1")
    assert "on incident 1" in slash(server, "update 1 we call the bank").json()["text"]
    assert api.get(f"incidents/{one['id']}")["updates"][0]["text"] == "we call the bank"
    assert "no incident 9" in slash(server, "resolve 9").json()["text"]

    def dialog(title, severity):
        values = {
            "b1": {"title": {"type": "plain_text_input", "value": title}},
            "b2": {"severity": {"type": "static_select", "selected_option": {"value": severity}}},
            "b3": {"service": {"type": "static_select", "selected_option": {"value": "basket"}}},
            "b4": {"private": {"type": "checkboxes", "selected_options": []}}}
        body = urllib.parse.urlencode({"payload": json.dumps({
            "type": "view_submission", "user": {"id": "U0CEM", "username": "cem"}, "team": {"id": "T1"},
            "view": {"id": "V1", "type": "modal", "callback_id": "mainstay_declare", "state": {"values": values}}})})
        return requests.post(
            f"{server.url}/intake/slack/interactive", data=body, headers=signed(body), timeout=5)

    assert dialog("x", "SEV-9").json()["errors"].keys() == {"b2"}
    assert dialog("y" * 2_000, "SEV-3").json()["errors"].keys() == {"b1"}
    answer = dialog("Baskets lose things", "SEV-3")
    assert answer.status_code == 200 and answer.content == b""
    assert api.items("incidents")[0]["title"] == "Baskets lose things"


def test_slack_opens_the_dialog_for_who_types_no_more(shop, slack):
    definitions = shop.definitions / "incidents.yaml"
    definitions.write_text(definitions.read_text().replace(
        'signingSecretRef: "env:SLACK_SECRET"}',
        f'signingSecretRef: "env:SLACK_SECRET", tokenRef: "env:SLACK_TOKEN", apiURL: "{slack.url}/api/"}}'))
    shop.env["SLACK_TOKEN"] = "xoxb-wrong"
    server = shop.start()
    # A refusal is told to the person, with what to type.
    told = slash(server, "", trigger=slack.trigger).json()
    assert told["response_type"] == "ephemeral" and "invalid_auth" in told["text"]
    assert "/incident declare SEV-2" in told["text"] and slack.refused == ["invalid_auth"]
    server.stop()
    shop.env["SLACK_TOKEN"] = SlackDouble.token
    server = shop.start()
    assert "invalid_trigger_id" in slash(server, "declare", trigger="gone").json()["text"]
    assert "U0STRANGER" in slash(server, "declare", user="U0STRANGER", trigger=slack.trigger).json()["text"]
    assert slack.views == []

    opened = slash(server, "declare", trigger=slack.trigger)
    assert (opened.status_code, opened.content) == (200, b"")
    view = slack.views[0]
    by_action = {b["element"]["action_id"]: b for b in view["blocks"] if b["type"] == "input"}
    assert by_action.keys() == {"title", "severity", "service", "private"}
    services = [o["value"] for o in by_action["service"]["element"]["options"]]
    assert services == ["basket", "shop"]
    severity = by_action["severity"]["element"]
    assert [o["value"] for o in severity["options"]] == ["SEV-1", "SEV-2", "SEV-3", "SEV-4"]
    assert severity["initial_option"]["value"] == "SEV-2"
    # The severities stand there with their definitions.
    assert "*SEV-4*" in next(b for b in view["blocks"] if b["type"] == "section")["text"]["text"]

    def send(title):
        filled = {
            "title": {"type": "plain_text_input", "value": title},
            "severity": {"type": "static_select", "selected_option": severity["options"][0]},
            "service": {"type": "static_select", "selected_option": by_action["service"]["element"]["options"][1]},
            "private": {"type": "checkboxes", "selected_options": []}}
        values = {by_action[action]["block_id"]: {action: value} for action, value in filled.items()}
        body = urllib.parse.urlencode({"payload": json.dumps({
            "type": "view_submission", "user": {"id": "U0CEM", "username": "cem"}, "team": {"id": "T1"},
            "view": {**view, "id": "V1", "state": {"values": values}}})})
        return requests.post(f"{server.url}/intake/slack/interactive", data=body, headers=signed(body), timeout=5)

    assert send(None).json()["errors"].keys() == {by_action["title"]["block_id"]}
    assert send("Nobody can pay").content == b""
    one = server.api().items("incidents")[0]
    assert (one["title"], one["severity"], one["service"]) == ("Nobody can pay", "SEV-1", "shop")
    # Words after it are a command as before.
    assert "incident 2" in slash(server, "declare SEV-3 the basket forgets").json()["text"]


def test_a_private_incident_is_for_its_members(shop, run):
    server = shop.start()
    tokens = {}
    for person, role in (("root", "admin"), ("ana", "responder"), ("ben", "admin"), ("cem", "responder")):
        api = server.api(tokens.get("root"))
        tokens[person] = api.post("tokens", {"name": person, "role": role, "user": person})["token"]
    cli(run, server, "declare", "Wolpertinger keys leaked", "--severity", "SEV-1", "--private", "--member", "cem",
        token=tokens["ana"])
    cli(run, server, "update", "1", "Wolpertinger was rotated", token=tokens["cem"])
    assert "Wolpertinger" in cli(run, server, "show", "1", token=tokens["cem"])
    assert "no incidents" in cli(run, server, "list", token=tokens["ben"])
    assert "no incident 1" in cli(run, server, "show", "1", token=tokens["ben"], ok=False)
    assert "Wolpertinger" not in slash(server, "list", user="U0STRANGER").text
    assert "Wolpertinger" in slash(server, "list").text
    assert "is private" in cli(
        run, server, "update", "1", "x", "--audience", "external", token=tokens["ana"], ok=False)
    for path in ("/", "/incidents", "/journal", "/api/v1/events?limit=1000", "/metrics", "/pages", "/services/shop"):
        for person, sees in (("ben", False), ("cem", path not in ("/metrics", "/pages", "/services/shop"))):
            answer = requests.get(
                server.url + path, headers={"Authorization": f"Bearer {tokens[person]}"}, timeout=5)
            assert answer.ok and ("Wolpertinger" in answer.text) == sees, (path, person)
    cli(run, server, "public", "1", token=tokens["cem"])
    assert "Wolpertinger" in cli(run, server, "list", token=tokens["ben"])
