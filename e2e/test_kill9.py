"""kill -9 at random instants under load: what was acknowledged is there afterwards, and each page arrived at least once
with the one key it was requested under. MAINSTAY_KILL_ROUNDS sets the number of rounds, MAINSTAY_KILL_SEED replays them.
"""

import os
import random
import threading
import time

import pytest
import requests

from support import definitions as small
from support.processes import eventually

ROUNDS = int(os.environ.get("MAINSTAY_KILL_ROUNDS", "5"))
SEED = int(os.environ.get("MAINSTAY_KILL_SEED", str(random.randrange(1 << 32))))
SERVICES = [f"service-{number}" for number in range(12)]
CLIENTS = 6


class Load:
    """Clients that raise, acknowledge and resolve alerts, and remember what they were told had happened."""

    def __init__(self, url):
        self.url = url
        self.raised = {}
        self.acknowledged = set()
        self.resolved = set()
        self.refused = []
        self._stopping = threading.Event()
        self._threads = []
        self._count = 0
        self._lock = threading.Lock()

    def start(self, api):
        self._stopping.clear()
        self._threads = [threading.Thread(target=self._client, args=(api, n), daemon=True) for n in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _client(self, make_api, number):
        api = make_api()
        # Each client has services of its own, so that its next alert is not joined to another's.
        services = SERVICES[number::CLIENTS]
        while not self._stopping.is_set():
            for service in services:
                try:
                    self._one(api, service)
                except requests.RequestException:
                    return

    def _one(self, api, service):
        with self._lock:
            self._count += 1
            key = f"load-{self._count}"
        answer = api.fire(service, key)
        if not answer.ok:
            self.refused.append((answer.status_code, answer.text[:300]))
            time.sleep(0.2)
            return
        alert = answer.json()["id"]
        self.raised[alert] = key
        time.sleep(0.05)
        if api.call("POST", f"alerts/{alert}/acknowledge", json={}).ok:
            self.acknowledged.add(alert)
        if api.call("POST", f"alerts/{alert}/resolve", json={"reason": "over"}).ok:
            self.resolved.add(alert)


@pytest.mark.timeout(3600)
def test_nothing_acknowledged_is_lost(make_server, tmp_path, webhook):
    print(f"MAINSTAY_KILL_SEED={SEED}")
    chance = random.Random(SEED)
    server = make_server(small.write(tmp_path / "definitions", webhook.url, services=SERVICES)).start()
    load = Load(server.url)
    for round_number in range(ROUNDS):
        load.start(server.api)
        time.sleep(chance.uniform(0.3, 2.5))
        server.kill()
        load.stop()
        server.start()
        check_journal(server.api(), load, f"round {round_number}, seed {SEED}")
    assert len(load.raised) > 20 * ROUNDS / 5, f"too little load to prove anything: {len(load.raised)} {load.refused[:3]}"
    check_pages(server.api(), webhook)


def check_journal(api, load, context):
    events = api.events()
    sequences = [event["sequence"] for event in events]
    assert sequences == list(range(1, len(events) + 1)), f"gaps in the journal ({context})"
    by_type = {}
    for event in events:
        by_type.setdefault(event["type"], set()).add(event["subject"].removeprefix("alert/"))
    for kind, told in (
        ("alert.fired", set(load.raised)), ("alert.acknowledged", load.acknowledged), ("alert.resolved", load.resolved),
    ):
        lost = told - by_type.get(kind, set())
        assert not lost, f"{len(lost)} acknowledged {kind} are gone ({context}): {sorted(lost)[:3]}"


def check_pages(api, webhook):
    """Each page that the journal calls sent has arrived, under its own id as key, and every other one came to an end."""

    def settled():
        open_pages = {}
        for event in api.events():
            data = event["data"]
            if event["type"] == "page.requested" and data["channel"]["kind"] == "webhook":
                open_pages[data["page"]] = "requested"
            elif event["type"] in ("page.sent", "page.failed", "page.cancelled") and data["page"] in open_pages:
                open_pages[data["page"]] = event["type"] if "retryAt" not in data else "retrying"
        waiting = [page for page, state in open_pages.items() if state in ("requested", "retrying")]
        return open_pages if not waiting else None

    pages = eventually(settled, 120, "every page to be sent or cancelled", every=1)
    arrived = {}
    for message in list(webhook.received):
        arrived.setdefault(message.key, []).append(message)
    sent = [page for page, state in pages.items() if state == "page.sent"]
    assert sent, "no page was sent at all"
    for page in sent:
        assert page in arrived, f"page {page} is called sent and never arrived"
    for key, messages in arrived.items():
        assert key in pages, f"a page arrived under a key that nobody requested: {key}"
        assert len({m.json["title"] for m in messages}) == 1, f"one key, two messages: {key}"
