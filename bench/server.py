"""What the server itself costs: memory when idle, time to serve and CPU of each page on the example company, and CPU
of the pages of objectives with a thousand of them."""

import os
import pathlib
import re
import tempfile
import time

from frame import OURS_CORE, ROOT, ROUNDS, pin_self, report
from support.processes import cpu_seconds, eventually, resident_bytes
from support.server import Mainstay

BINARY = pathlib.Path(os.environ.get("MAINSTAY_BINARY", ROOT / ".build/release/mainstay"))
REQUESTS = 200
RESIDENT_MB_MAX, PAGE_CPU_MS_MAX = 80, 10
IDLE_SECONDS, IDLE_CPU_MS_MAX = 60, 20
OBJECTIVES, SERVICES, TEAMS = 1000, 50, 10
THOUSAND_CPU_MS_MAX, PAGE_BYTES_MAX = 50, 100_000


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
            kept += idle_costs(server.child.pid)
            api = server.api()
            for name, path in pages(api).items():
                kept.append(report(
                    f"page-{name}", "ms of server CPU", {"mainstay": page_costs(server.child.pid, api, path)},
                    more_is_better=False, bound=PAGE_CPU_MS_MAX))
        finally:
            server.close()
        return all(kept + thousand(pathlib.Path(directory) / "thousand"))


def idle_costs(pid):
    """CPU and wake-ups of a server that is sent nothing and asked nothing, by what the kernel counted."""
    spent, wakes, seconds = [], [], IDLE_SECONDS / ROUNDS
    # The clock of the process's CPU time, threads that have ended included (clock_getcpuclockid).
    clock = ~pid << 3 | 2
    for _ in range(ROUNDS):
        cpu, runs = time.clock_gettime_ns(clock), thread_runs(pid)
        time.sleep(seconds)
        spent.append((time.clock_gettime_ns(clock) - cpu) / 1e6 * 60 / seconds)
        wakes.append(sum(count - runs.get(thread, 0) for thread, count in thread_runs(pid).items()) / seconds)
    return [
        report("server-idle-cpu", "ms CPU a minute", {"mainstay": spent}, more_is_better=False, bound=IDLE_CPU_MS_MAX),
        report("server-idle-wakes", "wake-ups a second", {"mainstay": wakes}, more_is_better=False)]


def thread_runs(pid):
    """How often each thread began to run (the third number of the kernel's schedstat)."""
    threads = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
    return {path.parent.name: int(path.read_text().split()[2]) for path in threads}


# --- A thousand objectives ------------------------------------------------------------------------------------------

def thousand(directory):
    """The pages of objectives with 1,000 of them and 30 days of samples behind each, 3 in 100 failing."""
    server = Mainstay(BINARY, directory, definitions(directory / "definitions"))
    directory.mkdir(exist_ok=True)
    try:
        server.start()
        os.sched_setaffinity(server.child.pid, {OURS_CORE})
        api = server.api()
        feed(api)
        eventually(lambda: any(item.get("budgetLeft") is not None for item in api.get("slos", limit=500)["items"]), 60,
                   "an evaluation with data")
        kept = []
        for name, path in {
            "slos": "/slos", "slos-sorted": "/slos?sort=-burn&team=team-3", "wall": "/wall", "overview": "/",
            "service": "/services/service-7", "slo": "/slos/objective-7", "telemetry": "/telemetry",
        }.items():
            size = len(api.call("GET", path).content)
            assert size < PAGE_BYTES_MAX, f"{path} has {size} bytes"
            kept.append(report(
                f"page-{name}-{OBJECTIVES}", "ms of server CPU", {"mainstay": page_costs(server.child.pid, api, path)},
                more_is_better=False, bound=THOUSAND_CPU_MS_MAX))
        return kept
    finally:
        server.close()


def definitions(directory):
    directory.mkdir(parents=True)
    parts = []
    for team in range(TEAMS):
        parts.append(f"""\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {{name: team-{team}}}
spec: {{type: team, children: []}}
""")
    for level in range(4):
        parts.append(f"""\
apiVersion: mainstay.dev/v1
kind: Tier
metadata: {{name: tier-{level}}}
spec: {{level: {level}, paging: notify, opensIncident: false}}
""")
    for service in range(SERVICES):
        parts.append(f"""\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: service-{service}
  annotations: {{mainstay.dev/tier: "{service % 4}"}}
spec: {{type: service, lifecycle: production, owner: team-{service % TEAMS}}}
""")
    for number in range(OBJECTIVES):
        selector = f'job="service-{number % SERVICES}",route="/r{number}"'
        parts.append(f"""\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: objective-{number}, displayName: Journey {number} is answered}}
spec:
  service: service-{number % SERVICES}
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 30d, isRolling: true}}]
  objectives: [{{displayName: Answered, target: 0.999}}]
  indicator:
    metadata: {{name: indicator-{number}}}
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource: {{type: Prometheus, spec: {{query: 'requests_total{{{selector},code="500"}}'}}}}
        total:
          metricSource: {{type: Prometheus, spec: {{query: 'requests_total{{{selector}}}'}}}}
""")
    (directory / "all.yaml").write_text("---\n".join(parts))
    return directory


def feed(api):
    """Every series at every time before the next time, as senders do: the past each 6 hours, the last hour each 30 s."""
    now = time.time()
    ages = [*range(30 * 86400, 3600, -6 * 3600), *range(3600, -1, -30)]
    counts = [[0, 0] for _ in range(OBJECTIVES)]
    for age in ages:
        at, series = int((now - age) * 1000), []
        for number, count in enumerate(counts):
            failing = number % 33 == 0 and age < 600
            count[0] += 1000 if age > 3600 else 50
            count[1] += (20 if failing else 0) if age <= 3600 else number % 3
            labels = {"__name__": "requests_total", "job": f"service-{number % SERVICES}", "route": f"/r{number}"}
            series += [({**labels, "code": code}, [(value, at)]) for code, value in zip(("200", "500"), count)]
        answer = api.write(series)
        assert answer.ok, answer.text


# --- The example company --------------------------------------------------------------------------------------------

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


def page_costs(pid, api, path):
    """Milliseconds of user and system time a request, over many of them, less what the idle server uses meanwhile."""
    for _ in range(20):
        assert api.call("GET", path).status_code == 200, path
    time.sleep(1)
    before, begun = cpu_seconds(pid), time.monotonic()
    time.sleep(2)
    idle_share = (cpu_seconds(pid) - before) / (time.monotonic() - begun)
    costs = []
    for _ in range(ROUNDS):
        before, begun = cpu_seconds(pid), time.monotonic()
        for _ in range(REQUESTS):
            api.call("GET", path)
        used = cpu_seconds(pid) - before - idle_share * (time.monotonic() - begun)
        costs.append(max(0.0, used) * 1000 / REQUESTS)
    return costs
