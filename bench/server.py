"""What the server itself costs on the example company: memory when idle, time to serve, CPU of each page."""

import os
import pathlib
import re
import tempfile
import time

from frame import OURS_CORE, ROOT, ROUNDS, pin_self, report
from support.processes import cpu_seconds, resident_bytes
from support.server import Mainstay

BINARY = pathlib.Path(os.environ.get("MAINSTAY_BINARY", ROOT / ".build/release/mainstay"))
REQUESTS = 200
RESIDENT_MB_MAX, PAGE_CPU_MS_MAX = 80, 10


def run():
    pin_self()
    with tempfile.TemporaryDirectory() as directory:
        server = Mainstay(BINARY, pathlib.Path(directory), ROOT / "examples/reel")
        try:
            starts = []
            for _ in range(ROUNDS):
                begun = time.monotonic()
                server.start()
                starts.append((time.monotonic() - begun) * 1000)
                os.sched_setaffinity(server.child.pid, {OURS_CORE})
                server.stop()
            server.start()
            os.sched_setaffinity(server.child.pid, {OURS_CORE})
            kept = [report("server-start", "ms to ready", {"mainstay": starts}, more_is_better=False)]
            time.sleep(10)
            idle = []
            for _ in range(ROUNDS):
                time.sleep(1)
                idle.append(resident_bytes(server.child.pid) / 2**20)
            kept.append(report(
                "server-idle-memory", "MB resident", {"mainstay": idle}, more_is_better=False, bound=RESIDENT_MB_MAX))
            api = server.api()
            for name, path in pages(api).items():
                kept.append(report(
                    f"page-{name}", "ms of server CPU", {"mainstay": page_costs(server, api, path)},
                    more_is_better=False, bound=PAGE_CPU_MS_MAX))
            return all(kept)
        finally:
            server.close()


def pages(api):
    """One of each kind of page. An incident is opened so that its page has something to show."""
    overview = api.call("GET", "/").text
    found = {"overview": "/", "alerts": "/alerts", "on-call": "/oncall", "journal": "/journal"}
    match = re.search(r'href="(/services/[^"?#]+)"', overview)
    if match:
        found["service"] = match.group(1)
        objective = re.search(r'href="(/slos/[^"?#]+)"', api.call("GET", match.group(1)).text)
        if objective:
            found["slo"] = objective.group(1)
    opened = api.call("POST", "incidents", json={
        "title": "Benchmark", "severity": "SEV-3", "service": found.get("service", "/playback").rsplit("/", 1)[1]})
    if opened.ok:
        found["incident"] = f"/incidents/{opened.json()['id']}"
    return found


def page_costs(server, api, path):
    """Milliseconds of user and system time a request, over many of them, less what the idle server uses meanwhile."""
    for _ in range(20):
        assert api.call("GET", path).status_code == 200, path
    time.sleep(1)
    before, begun = cpu_seconds(server.child.pid), time.monotonic()
    time.sleep(2)
    idle_share = (cpu_seconds(server.child.pid) - before) / (time.monotonic() - begun)
    costs = []
    for _ in range(ROUNDS):
        before, begun = cpu_seconds(server.child.pid), time.monotonic()
        for _ in range(REQUESTS):
            api.call("GET", path)
        used = cpu_seconds(server.child.pid) - before - idle_share * (time.monotonic() - begun)
        costs.append(max(0.0, used) * 1000 / REQUESTS)
    return costs
