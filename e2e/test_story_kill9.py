"""The story of an incident with a server that is killed at each of its stages: an alert fires, a diagnostic looks and
its output is pinned, a remediation waits for approval, is approved, heals the service; all is resolved and reviewed.
However often the server dies, there is one page, one incident, one review and one action item, and nothing is done twice
that may not be."""

import pytest

from support import definitions as small
from support.processes import eventually
from support.service_control import ServiceControl

LOOK = """\
---
title: Look at the shop
service: shop
class: diagnostic
inputs: [{{name: CONTROL, default: "{control}"}}]
invoke: [{{matchers: ['severity="critical"'], mode: automatic}}]
sandbox: {{network: host}}
---

# Look at the shop

```sh {{"name":"services","x-risk":"read-only","x-timeout":"50s"}}
curl -fsS "$CONTROL/services"
```
"""

# Stand-ins of JSON: the info strings of the blocks have no braces of their own.
HEAL = """\
---
title: Heal the shop
service: shop
class: remediation
inputs: [{{name: CONTROL, default: "{control}"}}]
invoke: [{{matchers: ['severity="critical"'], mode: automatic}}]
blastRadius: {{services: [shop]}}
sandbox: {{network: host}}
---

# Heal the shop

```sh {{"name":"rollback","x-risk":"destructive","x-approve":"shop-team:1","x-timeout":"50s","x-check":"recovered","x-undo":"roll-forward"}}
curl -fsS -X POST "$CONTROL/rollback"
```

```sh {{"name":"recovered","x-risk":"read-only","x-timeout":"6s"}}
curl -fsS "$CONTROL/recovered" | grep healthy
```

```sh {{"name":"roll-forward","x-risk":"destructive","x-timeout":"50s"{repeat}}}
curl -fsS -X POST "$CONTROL/roll-forward"
```

```sh {{"name":"verify","x-risk":"read-only","x-timeout":"50s"}}
curl -fsS "$CONTROL/verify" | grep {expected}
```
"""


class Story:
    """A company, its service's control, and people with logins: ana is on call, ben approves."""

    def __init__(self, make_server, directory, webhook, kills, expected="healthy", repeat=""):
        self.control = ServiceControl()
        self.webhook = webhook
        self.kills = kills
        self.killed = []
        definitions = small.write(directory / "definitions", webhook.url)
        (definitions / "runbooks").mkdir()
        for name, text in (("look-shop", LOOK), ("heal-shop", HEAL)):
            (definitions / "runbooks" / f"{name}.md").write_text(
                text.format(control=self.control.url, expected=expected, repeat=repeat))
        self.server = make_server(definitions).start()
        self.tokens = {"root": self.server.api().post("tokens", {"name": "root", "role": "admin"})["token"]}
        for name in ("ana", "ben"):
            self.tokens[name] = self.api("root").post(
                "tokens", {"name": name, "role": "responder", "user": name})["token"]

    def api(self, who="ana"):
        return self.server.api(self.tokens[who])

    def at(self, stage):
        """A stage of the story: the server dies here if it is to, and comes back."""
        if stage in self.kills:
            self.killed.append(stage)
            self.server.kill()
            self.control.let_go()
            self.server.start()

    def in_the_midst(self, stage, call, acts=True):
        """Has the next such call held if the server is to die while it waits for the answer."""
        if stage in self.kills:
            self.control.hold(call, acts)

    def midst(self, stage, call):
        if stage in self.kills:
            self.control.held(call)
            self.at(stage)

    def run(self, runbook):
        return next((run for run in self.api().items("runs") if run["runbook"] == runbook), None)

    def events(self, kind):
        return [event for event in self.api("root").events() if event["type"] == kind]

    def wait(self, look, what, seconds=40):
        return eventually(look, seconds, lambda: f"{what}: {self.api().items('runs')}", 0.1)

    def finished(self, runbook):
        def look():
            found = self.run(runbook)
            return found if found and found["state"] == "finished" else None

        found = self.wait(look, f"the end of {runbook}")
        return self.api().get(f"runs/{found['id']}")

    def waiting(self):
        def look():
            found = self.run("heal-shop")
            return found if found and found.get("waitsFor", {}).get("kind") == "approval" else None

        return self.wait(look, "a run that waits for approval")

    def break_shop(self):
        """The alert, and the diagnostic that looks at it."""
        self.in_the_midst("diagnosing", "services")
        assert self.api("root").fire("shop", "orders", "Orders fail in every region").status_code == 201
        self.at("alert")
        self.midst("diagnosing", "services")
        assert self.finished("look-shop")["outcome"] == "completed"
        self.wait(lambda: self.events("incident.output_pinned"), "what it printed")
        self.at("diagnosed")

    def approve(self):
        run = self.waiting()
        self.at("waiting")
        waits = self.waiting()["waitsFor"]
        self.api("ben").post(f"runs/{run['id']}/steps/{waits['index']}/approve", {"hash": waits["hash"]})
        self.at("approved")

    def once(self):
        """What there is one of, whatever happened."""
        events = self.api("root").events()
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
        kinds = [event["type"] for event in events]
        for kind in ("alert.fired", "incident.opened", "alert.resolved", "incident.resolved", "review.drafted",
                     "action.created", "action.closed"):
            assert kinds.count(kind) <= 1, kind
        assert sorted(e["data"]["runbook"] for e in events if e["type"] == "runbook.started") == ["heal-shop", "look-shop"]
        assert kinds.count("incident.output_pinned") == 1 and kinds.count("step.approved") == 1
        pages = {page.key for page in self.webhook.pages("fired") if "half-way" not in page.json["title"]}
        assert len(pages) == 1, [(e["time"], e["type"], e["data"]) for e in events if "page." in e["type"]]


@pytest.fixture
def story(make_server, tmp_path, webhook):
    made = []

    def make(*kills, **options):
        made.append(Story(make_server, tmp_path, webhook, kills, **options))
        return made[0]

    yield make
    for each in made:
        each.control.let_go()
        each.control.stop()


STAGES = ["alert", "diagnosing", "diagnosed", "waiting", "rolling back", "checking", "verifying", "healed",
          "resolved", "drafted", "action created", "action closed"]


@pytest.mark.parametrize("kills", [*([stage] for stage in STAGES), STAGES], ids=lambda kills: "+".join(kills)[:20])
def test_killed_at_a_stage_the_story_goes_on(story, kills):
    told = story(*kills)
    told.break_shop()
    # The service rolls back, and the server dies before it hears of it: the check says that it was done.
    for stage, call in (("rolling back", "rollback"), ("checking", "recovered"), ("verifying", "verify")):
        told.in_the_midst(stage, call)
    told.approve()
    for stage, call in (("rolling back", "rollback"), ("checking", "recovered"), ("verifying", "verify")):
        told.midst(stage, call)
    healed = told.finished("heal-shop")
    assert healed["outcome"] == "completed", healed
    assert [step["state"] for step in healed["steps"]] == ["done", "done"]
    told.at("healed")

    alert = told.api().items("alerts")[0]["id"]
    told.api().post(f"alerts/{alert}/resolve", {"reason": "orders are taken"})
    told.at("resolved")
    incident = told.wait(
        lambda: next((i for i in told.api().items("incidents") if i["state"] == "resolved"), None), "a resolved incident")
    review = told.wait(lambda: told.api().items("reviews"), "a draft")[0]
    assert review["id"] == incident["id"]
    told.at("drafted")
    text = told.api().call("GET", f"/reviews/{review['id']}.md").text
    assert "look-shop" in text and "heal-shop" in text and "Orders fail" in text

    action = told.api().post(f"reviews/{review['id']}/actions", {
        "title": "Roll out in steps", "kind": "prevent", "owner": "ana", "due": "2031-01-31"})
    told.at("action created")
    assert [item["id"] for item in told.api().items("actions")] == [action["id"]]
    told.api().post(f"actions/{action['id']}/close", {})
    told.at("action closed")
    assert told.api().items("actions") == [] and len(told.api().items("actions", state="closed")) == 1
    assert told.api().get("figures")["incidents"] == 1

    calls = told.control.settled()
    assert calls.count("rollback") == 1 and calls.count("roll-forward") == 0, calls
    assert calls.count("services") == (2 if "diagnosing" in kills else 1), calls
    assert told.killed == list(kills)
    told.once()


def test_killed_as_soon_as_it_is_approved_it_is_done_once_or_undone(story):
    """Whether the rollback has left by then nobody can say; whether the service works can be."""
    told = story("approved")
    told.break_shop()
    told.approve()
    over = told.finished("heal-shop")
    calls = told.control.settled()
    if calls.count("rollback"):
        assert over["outcome"] == "completed" and told.control.works, over
        assert calls.count("rollback") == 1 and calls.count("roll-forward") == 0, calls
    else:
        assert over["outcome"] == "failed" and over["steps"][0]["state"] == "undone", over
        assert calls.count("roll-forward") == 1 and calls.count("verify") == 0, calls
    told.once()


def test_killed_before_the_service_acted_the_rollback_is_not_tried_again(story):
    """Nobody can know that it did not act: its check never says yes, so it is undone."""
    told = story("rolling back")
    told.break_shop()
    told.in_the_midst("rolling back", "rollback", acts=False)
    told.approve()
    told.midst("rolling back", "rollback")
    failed = told.finished("heal-shop")
    assert failed["outcome"] == "failed" and failed["steps"][0]["state"] == "undone", failed
    assert failed["steps"][1]["state"] == "skipped" and told.control.count("verify") == 0
    calls = told.control.settled()
    assert calls.count("rollback") == 1 and calls.count("roll-forward") == 1, calls
    told.once()


@pytest.mark.parametrize("kills", [(), ("undoing",), ("undone",)], ids=lambda kills: "".join(kills) or "never")
def test_what_heals_nothing_is_undone(story, kills):
    """The undo may be performed twice, and its runbook says so."""
    told = story(*kills, expected="impossible", repeat=',"x-repeat":"safe"')
    told.break_shop()
    told.in_the_midst("undoing", "roll-forward")
    told.approve()
    told.midst("undoing", "roll-forward")
    failed = told.finished("heal-shop")
    told.at("undone")
    assert failed["outcome"] == "failed" and "verify" in failed["reason"], failed
    assert [step["state"] for step in failed["steps"]] == ["undone", "failed"]
    calls = told.control.settled()
    assert calls.count("rollback") == 1 and calls.count("roll-forward") == (2 if kills == ("undoing",) else 1), calls
    assert [run["id"] for run in told.api().items("runs") if run["runbook"] == "heal-shop"] == [failed["id"]]
    told.once()


def test_an_undo_that_may_not_be_repeated_halts_and_pages(story, webhook):
    told = story("undoing", expected="impossible")
    told.break_shop()
    told.in_the_midst("undoing", "roll-forward")
    told.approve()
    told.midst("undoing", "roll-forward")
    halted = told.finished("heal-shop")
    assert halted["outcome"] == "halted" and halted["steps"][0]["state"] == "undoFailed", halted
    page = webhook.wait_for("fired", 20, lambda page: "stopped half-way" in page["title"])
    assert "Heal the shop" in page.json["title"]
    assert told.control.settled().count("roll-forward") == 1
    half_way = {p.key for p in webhook.pages("fired") if "stopped half-way" in p.json["title"]}
    assert len(half_way) == 1 and len(told.api().items("alerts")) == 2
