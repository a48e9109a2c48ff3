"""What is private stays with those it is for: every route, asked by everybody, over a private incident in full bloom."""

import itertools
import json
import pathlib
import re
import secrets
import time

import pytest
import requests

from support.processes import eventually
from test_runner import book, finished

WORD = "Wolpertinger"
ROUTES = pathlib.Path(__file__).resolve().parent.parent / "Tests/WebTests/routes.golden"
STATUS_PAGE = """\
apiVersion: mainstay.dev/v1
kind: StatusPage
metadata: {name: public}
spec:
  title: Orders status
  url: https://status.example.org
  incidents: all
  components: [{name: Ordering, services: [shop]}]
"""
PEOPLE = """\
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: cem}
spec: {profile: {displayName: Cem Aydin}, memberOf: [shop-team]}
---
apiVersion: mainstay.dev/v1
kind: Contact
metadata: {name: cem}
spec:
  user: cem
  methods: [{name: hook, channel: hook}]
"""
# Who asks, their role, and whether they belong to the incident.
ASKERS = {"ana": ("responder", True), "ben": ("viewer", True), "cem": ("responder", False), "eve": ("viewer", False),
          "ed": ("editor", False), "root": ("admin", False)}


def routes(method):
    for line in ROUTES.read_text().splitlines():
        words = line.split(" ")
        if words[0] == method:
            yield words[1], dict(word.split("=", 1) for word in words[2:])


def ulid():
    return "01" + "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(24))


class Night:
    """A private incident of ana's and ben's, with the word in all that is written and printed about it."""

    def __init__(self, server):
        self.url = server.url
        self.tokens = {}
        self.apis = {}
        for name, (role, _) in sorted(ASKERS.items(), key=lambda item: item[0] != "root"):
            api = server.api(self.tokens.get("root"))
            self.tokens[name] = api.post("tokens", {"name": name, "role": role, "user": name})["token"]
            self.apis[name] = server.api(self.tokens[name])
        ana = self.apis["ana"]
        self.alert = ana.fire("shop", "harmless", "Orders are slow").json()["id"]
        # One that came in, whose report is kept as it was.
        came = self.ask(
            "root", "POST", "/intake/alertmanager/api/v2/alerts",
            json=[{"labels": {"alertname": "Harmless", "service": "shop"}}])
        assert came.status_code == 200, came.text
        self.reported = next(alert["id"] for alert in ana.items("alerts") if "Harmless" in alert["summary"])
        self.report = ana.items(f"alerts/{self.reported}/reports")[0]["name"]
        self.incident = ana.post("incidents", {
            "title": f"{WORD} in the vault", "severity": "SEV-1", "service": "shop", "private": True,
            "members": ["ben"], "commander": "ana"})["id"]
        work = f"incidents/{self.incident}"
        ana.post(f"{work}/notes", {"text": f"{WORD} was noted"})
        ana.post(f"{work}/updates", {"text": f"{WORD} was found", "phase": "identified", "audience": "internal"})
        ana.post(f"{work}/links", {"subject": "service/shop", "reason": f"{WORD} sits there"})
        ana.post(f"{work}/severity", {"severity": "SEV-2", "reason": f"{WORD} is smaller"})
        ana.post(f"{work}/roles", {"role": "scribe", "person": "ben"})
        self.runs = [self.run("print")["id"], self.run("halt")["id"]]
        self.runs.append(self.start("slow"))
        self.runs.append(self.start("gated"))
        eventually(lambda: ana.get(f"runs/{self.runs[3]}")["steps"][0]["state"] == "awaitingApproval", 20, "the gate")
        entries = ana.items(f"{work}/timeline")
        self.sequence = next(entry["sequence"] for entry in entries if WORD in json.dumps(entry))
        ana.post(f"{work}/timeline/{self.sequence}", {"text": f"{WORD} corrected"})
        ana.post(f"{work}/resolve", {"reason": f"{WORD} is gone"})
        review = f"reviews/{self.incident}"
        ana.post(f"{review}/sections/factors", {"text": f"A {WORD} got in", "base": 0})
        ana.post(f"{review}/causes", {"cause": f"security/{WORD.lower()}"})
        self.action = ana.post(f"{review}/actions", {
            "title": f"Fence the {WORD}", "kind": "prevent", "owner": "cem", "due": "2031-01-31"})["id"]
        # An ordinary incident beside it, so that what is shown to everybody is not empty for all.
        self.other = ana.post("incidents", {"title": "Search is slow", "severity": "SEV-3", "service": "shop"})["id"]
        ana.post(f"incidents/{self.other}/resolve", {"reason": "over"})

    def start(self, name):
        return self.apis["ana"].post(f"runbooks/{name}/runs", {
            "inputs": {"WHAT": WORD}, "about": f"incident/{self.incident}"})["id"]

    def run(self, name):
        return finished(self.apis["ana"], self.start(name))

    @property
    def hidden(self):
        return [self.incident, *self.runs, self.action]

    def ask(self, who, method, path, **options):
        headers = {"Authorization": f"Bearer {self.tokens[who]}", **options.pop("headers", {})}
        return requests.request(
            method, self.url + path, headers=headers, timeout=10, allow_redirects=False, **options)

    def follow(self, who, path):
        """What a stream says within a moment."""
        found = b""
        try:
            with requests.get(self.url + path, headers={"Authorization": f"Bearer {self.tokens[who]}"}, stream=True,
                              timeout=(5, 0.7)) as response:
                end = time.monotonic() + 1
                for chunk in response.iter_content(8_192):
                    found += chunk
                    if time.monotonic() > end:
                        break
        except requests.exceptions.RequestException:
            pass
        return found.decode(errors="replace")


@pytest.fixture(scope="module")
def night(binary, tmp_path_factory):
    from support import definitions as small
    from support.receivers import WebhookReceiver
    from support.server import Mainstay

    directory = tmp_path_factory.mktemp("privacy")
    hook = WebhookReceiver()
    definitions = small.write(directory / "definitions", hook.url)
    (definitions / "status.yaml").write_text(STATUS_PAGE)
    (definitions / "people.yaml").write_text(PEOPLE)
    front = "service: shop\ninputs: [{name: WHAT, type: string, required: true}]\n"
    book(definitions, "print", ("bash", "say", 'echo "$WHAT was printed"'), front=front, kind="diagnostic")
    book(definitions, "halt", ("bash", "act", "echo done", {"x-undo": "back"}),
         ("bash", "back", 'echo "$WHAT" >&2; exit 3'), ("bash", "fail", "exit 4", {"x-needs": "act"}), front=front)
    book(definitions, "slow", ("bash", "wait", 'echo "$WHAT comes"; sleep 300'), front=front)
    book(definitions, "gated", ("bash", "act", 'echo "$WHAT"', {"x-approve": "shop-team:1"}), front=front)
    server = Mainstay(
        binary, directory / "server", definitions, arguments=["--limits-requests-per-second", "100000"])
    server.directory.mkdir()
    try:
        night = Night(server.start())
        night.hook = hook
        night.server = server
        yield night
    finally:
        server.close()
        hook.stop()


def paths(template, night):
    """The paths of a route, with everything that could stand for its parameters."""
    names = {"services": ["shop"], "slos": ["shop-availability"], "people": ["ana"], "schedules": ["shop"],
             "runbooks": ["print", "halt"], "status": ["public"], "status-pages": ["public"]}
    values = {"id": [*night.hidden, night.alert, night.reported, night.other, "1"], "report": [night.report],
              "sequence": [str(night.sequence)],
              "index": ["0", "1"], "token": ["x"], "section": ["factors"], "schedule": ["shop"],
              "file": ["index.html", "feed.rss", "status.json", "history.html", "1.html"]}
    slots = re.findall(r"{(\w+)}", template)
    kind = next((word for word in template.split("/") if word and word not in ("api", "v1")), "")
    for chosen in itertools.product(*(names.get(kind, ["print"]) if slot == "name" else values[slot] for slot in slots)):
        path = template
        for slot, value in zip(slots, chosen, strict=True):
            path = path.replace("{%s}" % slot, value, 1)
        yield path


QUERIES = {"/reviews/{id}/edit": ["?section=factors"]}
LISTS = ["", f"?limit=1000&q={WORD}", "?state=all&limit=500", "?by=severity&days=365&format=csv"]


def test_no_route_tells_of_it(night):
    told = {name: set() for name in ASKERS}
    for template, _ in routes("GET"):
        for path in paths(template, night):
            for query in QUERIES.get(template, [""] if "{" in template else LISTS):
                for name in ASKERS:
                    response = night.ask(name, "GET", path + query)
                    seen = response.text + str(response.headers)
                    # What was asked for comes back in the field that it was asked in.
                    if query.count(WORD):
                        seen = seen.replace(f'value="{WORD}"', "").replace(f"q={WORD}", "").replace(f"“{WORD}”", "")
                    if WORD.lower() in seen.lower():
                        told[name].add(template)
                        assert ASKERS[name][1], f"{name} reads of it at {path}{query}: …{around(seen)}…"
                    if name in ("ana", "ben"):
                        assert response.status_code < 500, (path, response.text[:300])
    # The walk would not fail if it looked nowhere.
    for name in ("ana", "ben"):
        missing = {
            "/incidents", "/incidents/{id}", "/incidents/{id}/timeline", "/incidents/{id}/timeline.md", "/journal",
            "/incidents/{id}/timeline/{sequence}", "/reviews", "/reviews/{id}", "/reviews/{id}.md", "/reviews/{id}/edit",
            "/actions", "/actions/{id}", "/services/{name}", "/runs/{id}", "/api/v1/actions", "/api/v1/incidents",
            "/api/v1/incidents/{id}", "/api/v1/incidents/{id}/timeline", "/api/v1/reviews", "/api/v1/reviews/{id}",
            "/api/v1/runs", "/api/v1/runs/{id}", "/api/v1/runs/{id}/steps/{index}/output", "/api/v1/events",
        } - told[name]
        assert not missing, (name, missing)


def around(text):
    place = text.lower().find(WORD.lower())
    return text[max(0, place - 120):place + 60]


def test_streams_do_not_tell_of_it(night):
    streams = ["/api/v1/events?follow=1", f"/api/v1/runs/{night.runs[2]}/steps/0/output?follow=1&attempt=1"]
    for path, (name, (_, belongs)) in itertools.product(streams, ASKERS.items()):
        assert (WORD in night.follow(name, path)) == belongs, (name, path)


def test_what_is_hidden_is_refused_as_what_never_was(night):
    """A difference between "there is none" and "not for you" would tell that there is one."""
    differences = []
    for method in ("GET", "POST", "DELETE"):
        for template, facts in routes(method):
            if "{id}" not in template or "overrides" in template:
                continue
            for hidden in night.hidden:
                nothing = ulid()
                answers = []
                for id in (hidden, nothing):
                    path = template.replace("{id}", id)
                    for slot, value in {"index": "0", "sequence": str(night.sequence), "section": "factors",
                                        "name": "shop"}.items():
                        path = path.replace("{%s}" % slot, value)
                    body = {"json": {}} if facts["kind"] == "api" and method == "POST" else {}
                    found = night.ask("root", method, path, **body)
                    text = re.sub(r'name="csrf" value="[^"]*"', "", found.text).replace(id, "ID")
                    answers.append((found.status_code, text))
                if answers[0] != answers[1] and not answers[0][0] == answers[1][0] == 200:
                    differences.append((method, template, hidden == night.incident, answers))
    assert not differences, differences[0]


def test_nobody_else_acts_on_it(night):
    """With bodies that would do something, of somebody who may do it elsewhere."""
    bodies = {
        "text": "x", "audience": "internal", "severity": "SEV-4", "role": "scribe", "person": "cem", "to": "cem",
        "subject": "service/shop", "into": "2", "alerts": [], "title": "x", "reason": "x", "members": [], "slo":
        "shop-availability", "base": 0, "cause": "design", "kind": "prevent", "owner": "cem", "due": "2031-01-31",
        "answer": "x", "hash": "x", "tracker": "x", "actionable": True,
    }
    before = len(night.apis["ana"].events(subject=f"incident/{night.incident}"))
    acted = []
    for template, facts in routes("POST"):
        if facts["kind"] != "api" or "{id}" not in template:
            continue
        for hidden in night.hidden:
            path = template.replace("{id}", hidden).replace("{index}", "0").replace("{section}", "factors")
            path = path.replace("{sequence}", str(night.sequence)).replace("{name}", "shop")
            answer = night.ask("root", "POST", path, json=bodies)
            if answer.status_code not in (404, 422):
                acted.append((path, answer.status_code, answer.text[:200]))
    assert not acted, acted[:3]
    for about in (f"incident/{night.incident}", f"incident/{night.incident.lower()}"):
        started = night.ask("cem", "POST", "/api/v1/runbooks/print/runs", json={"inputs": {"WHAT": "x"}, "about": about})
        assert started.status_code == 404, started.text
    for subject in (f"incident/{night.incident}", f"procedure/{night.runs[0]}"):
        linked = night.ask("cem", "POST", f"/api/v1/incidents/{night.other}/links", json={"subject": subject})
        assert linked.status_code == 404 and WORD not in linked.text, linked.text
    assert len(night.apis["ana"].events(subject=f"incident/{night.incident}")) == before


def test_messages_and_files_do_not_tell_of_it(night):
    time.sleep(1)
    sent = json.dumps([message.json for message in night.hook.received], default=str)
    assert re.search(r"incident \d+ \(private\)", sent), "ben was given a role"
    assert WORD not in sent and WORD.lower() not in sent
    assert "Approve act" in sent and "cem" not in [
        message.json.get("person") for message in night.hook.received if "Approve" in json.dumps(message.json)]
    files = [path for path in (night.server.data / "status").rglob("*") if path.is_file()]
    assert files and all(WORD not in path.read_text() for path in files)
    assert WORD not in night.server.log()


def test_what_is_private_does_not_cut_the_journal_short(night):
    """Pages of one event each lead over all that lies between."""
    seen, after = [], 0
    while True:
        page = night.ask("eve", "GET", f"/api/v1/events?limit=1&after={after}").json()
        if not page["items"]:
            break
        after = page["items"][0]["sequence"]
        seen.append(after)
    whole = night.ask("eve", "GET", "/api/v1/events?limit=1000").json()["items"]
    # The server goes on: what came after the last page is not of these.
    assert [event["sequence"] for event in whole if event["sequence"] <= seen[-1]] == seen
    assert any(event["subject"] == f"incident/{night.other}" for event in whole)
