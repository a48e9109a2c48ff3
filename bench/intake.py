"""Intake: samples for each CPU second of the receiving process, on one stream of remote write.

The stream comes from a real Prometheus (recording.py) and goes, byte for byte the same, into Prometheus's own receiver,
VictoriaMetrics and Mainstay: first with SLOs that count every series, then with SLOs that count one in a hundred. Each
round starts a fresh server. The first bodies make every series known and are not measured, for nobody has only new
series; the rest is, with what the server does in the second after. OpenTelemetry and DogStatsD follow alone (alone.py).
"""

import concurrent.futures
import http.client
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import alone
import frame
import recording
from support.processes import Child, cpu_seconds, eventually, resident_bytes
from support.receivers import free_port
from support.remote_write import HEADERS, PATH
from support.server import Mainstay

BINARY = pathlib.Path(os.environ.get("MAINSTAY_BINARY", frame.ROOT / ".build/release/mainstay"))
AGE_MAX = 24 * 3600
# The share of the bodies that only warm up.
WARM = 0.25
AHEAD_ALL, AHEAD_FEW = 1, 3

SLO = """\
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {service}-{name}}}
spec:
  service: {service}
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 30d, isRolling: true}}]
  indicator:
    metadata: {{name: {service}-{name}}}
    spec:
      ratioMetric:
        counter: true
        bad: {{metricSource: {{type: Prometheus, spec: {{query: '{bad}'}}}}}}
        total: {{metricSource: {{type: Prometheus, spec: {{query: '{total}'}}}}}}
  objectives: [{{displayName: {name}, target: 0.99}}]
"""
SERVICE = """\
---
apiVersion: openslo/v1
kind: Service
metadata: {{name: {service}}}
spec: {{description: one of the recorded services}}
"""


def definitions(directory, part):
    """SLOs over the recorded services: `all` counts every series, `few` one in a hundred."""
    directory.mkdir()
    text = ""
    for service in recording.SERVICES:
        text += SERVICE.format(service=service)
        if part == "all":
            bad = f'http_requests_total{{job="{service}",code="500"}}'
            text += SLO.format(service=service, name="everything", bad=bad, total=f'{{job="{service}"}}')
        else:
            chosen = f'http_requests_total{{job="{service}",route="{recording.ROUTES[0]}",code'
            text += SLO.format(service=service, name="first", bad=chosen + '="500"}', total=chosen + '=~"200|500"}')
    (directory / "slos.yaml").write_text(text)
    return directory


def stream():
    """The recorded bodies and how many samples are in those that are measured; recorded anew when a day old."""
    frame.RESULTS.mkdir(parents=True, exist_ok=True)
    path = pathlib.Path(os.environ.get("MAINSTAY_RECORDING", frame.RESULTS / "intake.recording"))
    if not path.exists() or time.time() - path.stat().st_mtime > AGE_MAX:
        print(f"recording {recording.SECONDS} s of a Prometheus …", flush=True)
        recording.record(path)
    queues = recording.bodies(path)
    warm = [int(len(queue) * WARM) for queue in queues]
    return ([queue[:count] for queue, count in zip(queues, warm)],
            [queue[count:] for queue, count in zip(queues, warm)])


def send(port, path, queues):
    """Each queue over its own connection, the next body when the one before is answered; all at once, as shards do."""
    with concurrent.futures.ThreadPoolExecutor(len(queues)) as pool:
        list(pool.map(lambda bodies: frame.post_all(port, path, HEADERS, bodies, 204), queues))


def measure(pid, port, path, warm, bodies, samples, memory):
    send(port, path, warm)
    before = cpu_seconds(pid)
    send(port, path, bodies)
    time.sleep(1)
    used = cpu_seconds(pid) - before
    memory.append(resident_bytes(pid) / 2**20)
    return samples / used


def prometheus(warm, bodies, samples, memory):
    with tempfile.TemporaryDirectory() as directory:
        home, port = pathlib.Path(directory), free_port()
        (home / "prometheus.yml").write_text("global: {scrape_interval: 1h}\n")
        child = Child(
            frame.pinned([shutil.which("prometheus"), f"--config.file={home}/prometheus.yml",
                          f"--storage.tsdb.path={home}/tsdb", f"--web.listen-address=127.0.0.1:{port}",
                          "--web.enable-remote-write-receiver", "--log.level=warn"]), home / "log")
        return against(child, port, "/api/v1/write", "/-/ready", warm, bodies, samples, memory)


def victoria(warm, bodies, samples, memory):
    with tempfile.TemporaryDirectory() as directory:
        home, port = pathlib.Path(directory), free_port()
        child = Child(
            frame.pinned([shutil.which("victoria-metrics"), f"-storageDataPath={home}/data",
                          f"-httpListenAddr=127.0.0.1:{port}"]), home / "log")
        return against(child, port, "/api/v1/write", "/health", warm, bodies, samples, memory)


def against(child, port, path, probe, warm, bodies, samples, memory):
    def ready():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", probe)
        return connection.getresponse().status == 200

    try:
        eventually(ready, 30, child.output)
        return measure(child.pid, port, path, warm, bodies, samples, memory)
    finally:
        child.kill()


def mainstay(part, wanted, warm, bodies, samples, memory):
    with tempfile.TemporaryDirectory() as directory:
        home = pathlib.Path(directory)
        server = Mainstay(BINARY, home, definitions(home / "definitions", part), pin=frame.OURS_CORE)
        try:
            server.start()
            figure = measure(
                server.child.pid, int(server.url.rsplit(":", 1)[1]), PATH, warm, bodies, samples, memory)
            share = counted(server.api())
            assert abs(share - wanted) < wanted / 5, f"{share:.2%} of the series are counted, not {wanted:.0%}"
            return figure
        finally:
            server.close()


def counted(api):
    """The share of the series that some SLO counts, as the server says it."""
    states = {}
    for line in api.call("GET", "/metrics").text.splitlines():
        if line.startswith('mainstay_intake_series{source="prometheus"'):
            states[line.split('state="')[1].split('"')[0]] = float(line.rsplit(" ", 1)[1])
    return states["counted"] / sum(states.values())


def samples_in(bodies):
    """Counts the samples by sending everything to one Mainstay: its own count of what it read."""
    with tempfile.TemporaryDirectory() as directory:
        home = pathlib.Path(directory)
        server = Mainstay(BINARY, home, definitions(home / "definitions", "few"))
        try:
            server.start()
            send(int(server.url.rsplit(":", 1)[1]), PATH, bodies)
            for line in server.api().call("GET", "/metrics").text.splitlines():
                if line.startswith('mainstay_samples_received_total{intake="prometheus"}'):
                    return float(line.rsplit(" ", 1)[1])
        finally:
            server.close()
    raise SystemExit("the server does not say how many samples it received")


def run():
    if not BINARY.exists():
        subprocess.run(["swift", "build", "-c", "release", "--product", "mainstay"], cwd=frame.ROOT, check=True)
    frame.pin_self()
    warm, bodies = stream()
    samples = samples_in(bodies)
    count, size = sum(map(len, bodies)), sum(len(body) for queue in bodies for body in queue)
    print(f"{count} bodies, {samples:,.0f} samples, {size / samples:.1f} bytes a sample")
    kept = []
    for name, part, wanted, ahead in (
            ("intake-all", "all", 1, AHEAD_ALL), ("intake-1-percent", "few", 0.01, AHEAD_FEW)):
        memory = {"mainstay": [], "victoria-metrics": [], "prometheus": []}
        figures = frame.alternate({
            "mainstay": lambda: mainstay(part, wanted, warm, bodies, samples, memory["mainstay"]),
            "victoria-metrics": lambda: victoria(warm, bodies, samples, memory["victoria-metrics"]),
            "prometheus": lambda: prometheus(warm, bodies, samples, memory["prometheus"])})
        frame.report(name, "samples per CPU second", figures)
        ratio = frame.summary(figures["mainstay"])["median"] / frame.summary(figures["victoria-metrics"])["median"]
        kept.append(ratio >= ahead)
        print(f"  {'kept' if ratio >= ahead else 'MISSED'}: at least {ahead} times VictoriaMetrics")
        frame.report(f"{name}-memory", "MB resident after", memory, more_is_better=False)
    alone.run(BINARY)
    return all(kept)
