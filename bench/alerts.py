"""Alert intake beside Debian's Alertmanager: CPU for each alert with 100,000 of them open, and the time from an alert's
intake to the request at the channel; and what Mainstay's own pages cost meanwhile.

Both take the same bodies at their Alertmanager API, on a core of their own, and notify the same webhook. Mainstay has
journalled every new alert and synced it before it answers; Alertmanager keeps alerts in memory. `unique` alerts are new
ones; `repeated` ones are open already and sent again, which is what a Prometheus does all day.
"""

import asyncio
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time

import frame
from server import PAGE_CPU_MS_MAX, page_costs
from support.processes import Child, cpu_seconds, eventually, resident_bytes
from support.receivers import free_port
from support.server import Mainstay

BINARY = pathlib.Path(os.environ.get("MAINSTAY_BINARY", frame.ROOT / ".build/release/mainstay"))
OPEN = int(os.environ.get("MAINSTAY_OPEN_ALERTS", "100000"))
# Alerts a scenario: single ones are slower, and as many seconds say as much.
BATCHED, SINGLE = 19_200, 4_000
SERVICES, CONNECTIONS = 100, 4
RATES, LATENCY_SECONDS = (20, 100, 500), int(os.environ.get("MAINSTAY_LATENCY_SECONDS", "10"))
CPU_SHARE_MAX, P99_MS_MAX = 0.5, 100
OURS, PEER = "mainstay", "alertmanager"
# What somebody looks at in a storm.
PAGES = {
    "overview": "/", "alerts": "/alerts", "service": "/services/service-0", "noise": "/noise", "load": "/load",
    "api": "/api/v1/alerts?limit=100"}
JSON = {"Content-Type": "application/json"}
PATHS = {OURS: "/intake/alertmanager/api/v2/alerts", PEER: "/api/v2/alerts"}

DEFINITIONS = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {{name: team}}
spec: {{type: team, children: []}}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {{name: ana}}
spec: {{memberOf: [team]}}
---
apiVersion: mainstay.dev/v1
kind: Tier
metadata: {{name: tier-1}}
spec: {{level: 1, paging: page, opensIncident: false}}
---
apiVersion: mainstay.dev/v1
kind: Channel
metadata: {{name: sink}}
spec: {{type: webhook, url: "{url}"}}
---
apiVersion: mainstay.dev/v1
kind: Contact
metadata: {{name: ana}}
spec: {{user: ana, methods: [{{name: sink, channel: sink}}]}}
---
apiVersion: mainstay.dev/v1
kind: EscalationPolicy
metadata: {{name: all}}
spec: {{levels: [{{targets: [{{user: ana}}], escalateAfter: 1h}}]}}
---
apiVersion: mainstay.dev/v1
kind: Route
metadata: {{name: all}}
spec: {{policy: all}}
"""
COMPONENT = """\
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{name: {name}, annotations: {{mainstay.dev/tier: "1"}}}}
spec: {{type: service, lifecycle: production, owner: team}}
"""
ALERTMANAGER = """\
route: {{receiver: sink, group_by: {group_by}, group_wait: {group_wait}}}
receivers: [{{name: sink, webhook_configs: [{{url: "{url}"}}]}}]
"""


# --- The two servers ------------------------------------------------------------------------------------------------

class Servers:
    """One of each, fresh, pinned to the same core; only one of them has anything to do at a time."""

    def __init__(self, home, url, services, group_by, group_wait):
        self.home, self.url = home, url
        self.services, self.group_by, self.group_wait = services, group_by, group_wait

    def start(self, name):
        directory = pathlib.Path(tempfile.mkdtemp(dir=self.home))
        return self._mainstay(directory) if name == OURS else self._alertmanager(directory)

    def _mainstay(self, directory):
        (directory / "definitions").mkdir()
        text = DEFINITIONS.format(url=self.url) + "".join(
            COMPONENT.format(name=f"service-{number}") for number in range(self.services))
        (directory / "definitions/all.yaml").write_text(text)
        self.mainstay = Mainstay(BINARY, directory, directory / "definitions", pin=frame.OURS_CORE).start()
        return self.mainstay.child, int(self.mainstay.url.rsplit(":", 1)[1])

    def _alertmanager(self, directory):
        port = free_port()
        (directory / "config.yml").write_text(
            ALERTMANAGER.format(url=self.url, group_by=self.group_by, group_wait=self.group_wait))
        child = Child(
            frame.pinned([shutil.which("prometheus-alertmanager"), f"--config.file={directory}/config.yml",
                          f"--storage.path={directory}/data", f"--web.listen-address=127.0.0.1:{port}",
                          "--cluster.listen-address=", "--log.level=error"]), directory / "log")
        eventually(lambda: answers(port), 30, child.output)
        return child, port


def answers(port):
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


# --- CPU for each alert ---------------------------------------------------------------------------------------------

def alert(number, service):
    return {
        "labels": {
            "alertname": "RequestsFail", "service": f"service-{service}", "severity": "critical",
            "instance": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}:9100", "job": "node", "env": "prod"},
        "annotations": {
            "summary": f"lat-{number}. Requests fail", "description": "More than 5% of requests failed for 5 minutes."},
        "generatorURL": "http://prometheus.example.org/graph?g0.expr=rate"}


def bodies(numbers, batch):
    alerts = [alert(number, number % SERVICES) for number in numbers]
    return [json.dumps(alerts[at:at + batch]).encode() for at in range(0, len(alerts), batch)]


def send(port, path, parts):
    """All bodies over a few connections, each waiting for its answer; returns the seconds it took."""
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(lambda n: frame.post_all(port, path, JSON, parts[n::CONNECTIONS], 200), range(CONNECTIONS)))
    return time.monotonic() - begun


def scenarios():
    """What is sent with all alerts open: name, bodies, alerts in them."""
    new = iter(range(OPEN, OPEN + 2 * BATCHED + 2 * SINGLE))
    take = lambda count: [next(new) for _ in range(count)]  # noqa: E731
    return [
        ("alerts-repeated-64", bodies(range(BATCHED), 64), BATCHED),
        ("alerts-repeated-1", bodies(range(SINGLE), 1), SINGLE),
        ("alerts-unique-64", bodies(take(BATCHED), 64), BATCHED),
        ("alerts-unique-1", bodies(take(SINGLE), 1), SINGLE),
    ]


def cpu(home, url):
    standing, measured = bodies(range(OPEN), 64), scenarios()
    servers = Servers(home, url, SERVICES, "[service]", "1s")
    costs = {name: {OURS: [], PEER: []} for name, _, _ in measured}
    rates = {name: {OURS: [], PEER: []} for name, _, _ in measured}
    memory = {OURS: [], PEER: []}
    kept = []
    for turn in range(frame.ROUNDS):
        for who in (OURS, PEER):
            child, port = servers.start(who)
            try:
                send(port, PATHS[who], standing)
                settle(child.pid)
                if turn == 0 and who == OURS:
                    kept += pages(child.pid, servers.mainstay.api())
                for name, parts, count in measured:
                    before = cpu_seconds(child.pid)
                    took = send(port, PATHS[who], parts)
                    settle(child.pid)
                    costs[name][who].append((cpu_seconds(child.pid) - before) * 1e6 / count)
                    rates[name][who].append(count / took)
                memory[who].append(resident_bytes(child.pid) / 2**20)
            finally:
                child.kill()
    for name in costs:
        frame.report(name, "µs of CPU an alert", costs[name], ours=OURS, more_is_better=False)
        frame.report(f"{name}-rate", "alerts a second", rates[name], ours=OURS)
        if name.endswith("-64"):
            share = statistics.median(costs[name][OURS]) / statistics.median(costs[name][PEER])
            kept.append(share <= CPU_SHARE_MAX)
            print(f"  {'kept' if kept[-1] else 'MISSED'}: {share:.2f} of Alertmanager's CPU, at most {CPU_SHARE_MAX}")
    frame.report("alerts-memory", f"MB resident with {OPEN:,} alerts", memory, ours=OURS, more_is_better=False)
    return all(kept)


def pages(pid, api):
    """What a page costs with all alerts open."""
    return [
        frame.report(f"alerts-page-{name}", f"ms of server CPU with {OPEN:,} alerts open",
                     {OURS: page_costs(pid, api, path)}, ours=OURS, more_is_better=False, bound=PAGE_CPU_MS_MAX)
        for name, path in PAGES.items()]


def settle(pid, quiet=0.02):
    """Waits until the server has done what follows from what it took: less than 2% of a core over a second."""
    for _ in range(60):
        before = cpu_seconds(pid)
        time.sleep(1)
        if cpu_seconds(pid) - before <= quiet:
            return


# --- From intake to the channel -------------------------------------------------------------------------------------

class Sink:
    """Takes webhooks and notes when each alert's number arrived first."""

    MARK = re.compile(rb"lat-(\d+)\.")

    def __init__(self):
        self.arrived = {}
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait()

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 24))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        ready.set()
        self.loop.run_forever()

    async def _serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: *(\d+)", head, re.I)
                body = await (reader.readexactly(int(length[1])) if length else self._chunks(reader))
                now = time.monotonic()
                for number in self.MARK.findall(body):
                    self.arrived.setdefault(int(number), now)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _chunks(self, reader):
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return body


def latency(home, sink):
    """Each alert is of a service of its own, so that each pages; at most `services` of them."""
    count = sum(RATES) * LATENCY_SECONDS
    servers = Servers(home, sink.url, count, "['...']", "0s")
    p50 = {rate: {OURS: [], PEER: []} for rate in RATES}
    p99 = {rate: {OURS: [], PEER: []} for rate in RATES}
    for _ in range(frame.ROUNDS):
        for who in (OURS, PEER):
            child, port = servers.start(who)
            sink.arrived.clear()
            try:
                first = 0
                for rate in RATES:
                    times = waits(sink, port, PATHS[who], range(first, first + rate * LATENCY_SECONDS), rate)
                    first += rate * LATENCY_SECONDS
                    p50[rate][who].append(statistics.median(times))
                    p99[rate][who].append(statistics.quantiles(times, n=100)[98])
            finally:
                child.kill()
    kept = True
    for rate in RATES:
        frame.report(f"alerts-page-p50-{rate}", f"ms to the channel at {rate} alerts/s", p50[rate], ours=OURS,
                     more_is_better=False)
        kept = frame.report(f"alerts-page-p99-{rate}", f"ms to the channel at {rate} alerts/s", p99[rate], ours=OURS,
                            more_is_better=False, bound=P99_MS_MAX) and kept
    return kept


def waits(sink, port, path, numbers, rate):
    """Milliseconds from each alert's sending to its webhook; every alert has to arrive."""
    sent, begun = {}, time.monotonic()
    queues = [numbers[at::CONNECTIONS] for at in range(CONNECTIONS)]

    def queue(own):
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for number in own:
                body = json.dumps([alert(number, number)]).encode()
                time.sleep(max(0.0, begun + (number - numbers[0]) / rate - time.monotonic()))
                sent[number] = time.monotonic()
                connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                reply = connection.recv(65536)
                if not reply.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(f"port {port}: {reply[:500]!r}")

    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(queue, queues))
    eventually(lambda: all(number in sink.arrived for number in numbers), 60,
               lambda: f"a page for each alert; {sum(n not in sink.arrived for n in numbers)} are missing")
    return [(sink.arrived[number] - sent[number]) * 1000 for number in numbers]


def run():
    if not BINARY.exists():
        subprocess.run(["swift", "build", "-c", "release", "--product", "mainstay"], cwd=frame.ROOT, check=True)
    frame.pin_self()
    sink = Sink()
    with tempfile.TemporaryDirectory() as directory:
        home = pathlib.Path(directory)
        kept = [cpu(home, sink.url), latency(home, sink)]
    return all(kept)
