"""A past for a server's journal: alerts that called people, as the server itself would have written them."""

import json
import random
import sqlite3

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class History:
    """Collects events and appends them to the journal of a server that is stopped."""

    def __init__(self, seed=1):
        self.random = random.Random(seed)
        self.events = []

    def id(self, at):
        number = int(at * 1000) << 80 | self.random.getrandbits(80)
        return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))

    def add(self, at, type, subject, data, actor="system/alerts"):
        self.events.append((at, type, subject, actor, data))

    def alert(self, at, name, service, people=(), lasts=None, taken=None, actionable=None, by="token/alertmanager"):
        """An alert of the rule `name`; `people` are called at once, the first takes it after `taken` seconds."""
        alert = self.id(at)
        subject = f"alert/{alert}"
        self.add(at, "alert.fired", subject, {"signal": {
            "key": f"{name}/{self.random.randrange(20)}", "service": service, "severity": "error", "urgency": "page",
            "summary": f"{name} on {service}", "labels": [{"name": "alertname", "value": name}]}}, by)
        for person in people:
            page = self.id(at)
            self.add(at, "page.requested", subject, {
                "page": page, "kind": "fired", "person": person, "channel": {"kind": "smtp", "name": f"{person}/mail"},
                "level": 1, "title": name, "body": "", "notBefore": stamp(at)})
            self.add(at + 0.5, "page.sent", subject, {"page": page, "attempt": 1, "receipt": "250"})
        if taken is not None:
            self.add(at + taken, "alert.acknowledged", subject, {"via": "page"}, f"user/{people[0]}")
        if lasts is not None:
            data = {"reason": "over"} | ({} if actionable is None else {"actionable": actionable})
            self.add(at + lasts, "alert.resolved", subject, data, by if actionable is None else f"user/{people[0]}")
        return alert

    def append(self, journal):
        with sqlite3.connect(journal) as db:
            last = db.execute("SELECT coalesce(max(sequence), 0) FROM events").fetchone()[0]
            rows = []
            for number, (at, type, subject, actor, data) in enumerate(sorted(self.events, key=lambda e: e[0]), last + 1):
                rows.append((
                    number, self.id(at), int(at * 1e9), type, 1, subject, actor, None,
                    json.dumps(data, separators=(",", ":"))))
            db.executemany("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)", rows)


def stamp(at):
    from datetime import datetime, timezone
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
