"""Records what a real Prometheus sends by remote write, so that several receivers can be given the very same bytes.

    python bench/recording.py FILE      seconds from MAINSTAY_RECORDING_SECONDS, 60 by default

20 services with 5 instances each expose about 200 series an instance, with the labels that a cluster has; Debian's
Prometheus scrapes them each second and writes to a receiver that keeps every body as it came. Four queues share the
services, as four shards would: the bodies of one queue are in order. The file: for each body the number of its queue (1
byte), a length of 4 bytes, little-endian, and the body.
"""

import os
import pathlib
import random
import shutil
import struct
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import yaml

from support.processes import Child
from support.receivers import free_port
from support.web import TEXT, LocalServer

SERVICES = [f"service-{number:02d}" for number in range(20)]
INSTANCES = 5
QUEUES = 4
ROUTES = [f"/api/v1/{name}" for name in ("cart", "items", "login", "orders", "pay", "search", "stock", "users")]
CODES = ("200", "404", "500")
BOUNDS = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf")
SECONDS = int(os.environ.get("MAINSTAY_RECORDING_SECONDS", "60"))


class Target:
    """The counters and gauges of one instance; each scrape moves them on."""

    def __init__(self, service, instance):
        self.random = random.Random(f"{service}/{instance}")
        self.counters, self.gauges = [], []
        for route in ROUTES:
            for code in CODES:
                rate = {"200": 40, "404": 2, "500": 1}[code]
                self.counters.append([f'http_requests_total{{code="{code}",method="GET",route="{route}"}}', 0, rate])
            for place, bound in enumerate(BOUNDS):
                self.counters.append([
                    f'http_request_duration_seconds_bucket{{le="{bound}",method="GET",route="{route}"}}', 0, 4 * place + 1])
            for part in ("sum", "count"):
                self.counters.append([f'http_request_duration_seconds_{part}{{method="GET",route="{route}"}}', 0, 50])
        for name in ("cpu", "gc", "locks", "reads", "writes", "received", "sent", "retries"):
            self.counters.append([f"process_{name}_total", 0, 9])
        for pool in ("primary", "replica", "cache"):
            for state in ("idle", "used", "waiting"):
                self.gauges.append(f'pool_connections{{pool="{pool}",state="{state}"}}')
        for number in range(30):
            self.gauges.append(f"runtime_memory_{number:02d}_bytes")

    def text(self):
        lines = []
        for counter in self.counters:
            counter[1] += self.random.randrange(2 * counter[2])
            lines.append(f"{counter[0]} {counter[1]}")
        for name in self.gauges:
            lines.append(f"{name} {self.random.randrange(1 << 30)}")
        return ("\n".join(lines) + "\n").encode()


def serve(port):
    """All targets behind one port; instances are addresses of the loopback net, services are paths."""
    targets = {}

    def answer(request):
        key = (request.path, request.headers["Host"])
        return 200, TEXT, targets.setdefault(key, Target(*key)).text()

    return LocalServer(answer, host="0.0.0.0", port=port)


def receive(out):
    """Keeps the bodies that arrive, in order of arrival."""
    lock = threading.Lock()

    def answer(request):
        body = request.body()
        with lock:
            out.write(struct.pack("<BI", int(request.path.rsplit("/", 1)[1]), len(body)) + body)
        return 204, {}, b""

    return LocalServer(answer)


def configuration(target_port, receiver_port):
    def job(service):
        return {
            "job_name": service, "metrics_path": f"/{service}", "static_configs": [
                {"targets": [f"127.0.0.{instance + 1}:{target_port}"],
                 "labels": {"namespace": "shop", "container": service, "pod": f"{service}-7d9c6b5f4-x{instance}k8q"}}
                for instance in range(INSTANCES)]}

    def queue(number):
        return {
            "name": f"queue-{number}", "url": f"http://127.0.0.1:{receiver_port}/write/{number}",
            "send_exemplars": False, "metadata_config": {"send": False},
            # One shard, so that the order of the bodies is that of the samples.
            "queue_config": {"max_shards": 1, "capacity": 50_000},
            "write_relabel_configs": [
                {"source_labels": ["job"], "modulus": QUEUES, "target_label": "__tmp_queue", "action": "hashmod"},
                {"source_labels": ["__tmp_queue"], "regex": str(number), "action": "keep"},
                {"regex": "__tmp_queue", "action": "labeldrop"}]}

    return {
        "global": {"scrape_interval": "1s", "external_labels": {"cluster": "production-1", "region": "eu-west-1"}},
        "scrape_configs": [job(service) for service in SERVICES],
        "remote_write": [queue(number) for number in range(QUEUES)],
    }


def record(path, seconds=SECONDS):
    """Writes the recording to `path`."""
    binary = shutil.which("prometheus")
    if not binary:
        raise SystemExit("no prometheus; run Scripts/setup test")
    partial = pathlib.Path(f"{path}.part")
    with tempfile.TemporaryDirectory() as directory, partial.open("wb") as out:
        home, port = pathlib.Path(directory), free_port()
        targets, receiver = serve(port), receive(out)
        (home / "prometheus.yml").write_text(yaml.safe_dump(configuration(port, receiver.port)))
        prometheus = Child(
            [binary, f"--config.file={home}/prometheus.yml", f"--storage.tsdb.path={home}/tsdb",
             f"--web.listen-address=127.0.0.1:{free_port()}", "--log.level=warn"], home / "log")
        try:
            time.sleep(seconds + 3)
        finally:
            prometheus.stop()
            for server in (targets, receiver):
                server.stop()
                server.server_close()
    partial.rename(path)


def bodies(path):
    """The recorded bodies of each queue, in order."""
    data = pathlib.Path(path).read_bytes()
    found, place = [[] for _ in range(QUEUES)], 0
    while place < len(data):
        queue, length = struct.unpack_from("<BI", data, place)
        found[queue].append(data[place + 5:place + 5 + length])
        place += 5 + length
    return found


if __name__ == "__main__":
    record(sys.argv[1])
