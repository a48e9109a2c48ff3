"""Counters with a known past, in a real Prometheus, in VictoriaMetrics and as a file; and the sums they stand for."""

import random
import shutil
import subprocess

import requests
import yaml

from support.processes import Child, eventually
from support.receivers import free_port


class Counters:
    """Scrapes of two instances: requests by code, with restarts, gaps and a series that is born late."""

    def __init__(self, start, end, step, seed=1, born=0.4):
        random_ = random.Random(seed)
        self.samples = {}
        self.step = step
        values = {}
        for instance in ("a", "b"):
            values[instance] = {"200": 1_000_000.0, "404": 10.0}
        for tick in range(int((end - start) // step) + 1):
            for number, instance in enumerate(values):
                at = round(start + tick * step + number * 0.37, 3)
                if at > end or random_.random() < 0.01:
                    continue
                mine = values[instance]
                if random_.random() < 0.001:
                    mine.update({code: 0.0 for code in mine})
                if at > start + born * (end - start):
                    mine.setdefault("500", 0.0)
                for code in mine:
                    mine[code] += random_.randrange(0, 40) if code == "200" else random_.random() < 0.1
                    labels = (("code", code), ("instance", instance), ("job", "shop"))
                    self.samples.setdefault(labels, []).append((at, mine[code]))

    def counted(self, after, upto, where=lambda labels: True):
        """The observed increments in (after, upto]: differences, resets, and a first value where its target was there."""
        first_seen = {}
        for labels, samples in self.samples.items():
            target = labels[1:]
            first_seen[target] = min(first_seen.get(target, samples[0][0]), samples[0][0])
        total = 0.0
        for labels, samples in self.samples.items():
            if not where(dict(labels)):
                continue
            before = None
            for at, value in samples:
                if before is None:
                    change = value if at > after and first_seen[labels[1:]] < at else 0.0
                else:
                    change = value if value < before else value - before
                before = value
                if after < at <= upto:
                    total += change
        return total

    def openmetrics(self):
        lines = ["# TYPE shop_requests counter"]
        for labels, samples in self.samples.items():
            text = ",".join(f'{name}="{value}"' for name, value in labels)
            lines += [f"shop_requests_total{{{text}}} {value} {at:.3f}" for at, value in samples]
        return "\n".join(lines + ["# EOF", ""])

    def prometheus_text(self):
        lines = []
        for labels, samples in self.samples.items():
            text = ",".join(f'{name}="{value}"' for name, value in labels)
            lines += [f"shop_requests_total{{{text}}} {value} {round(at * 1000)}" for at, value in samples]
        return "\n".join(lines) + "\n"


class RecordedPrometheus:
    """A Prometheus whose past was made with promtool, and which may scrape on."""

    def __init__(self, directory, recorded=None, targets=(), arguments=(), port=None):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        if recorded is not None:
            (directory / "recorded.om").write_text(recorded.openmetrics())
            subprocess.run(
                ["promtool", "tsdb", "create-blocks-from", "openmetrics", directory / "recorded.om", directory / "tsdb"],
                check=True, capture_output=True, timeout=120)
        (directory / "prometheus.yml").write_text(yaml.safe_dump({
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [{"job_name": "shop", "static_configs": [{"targets": list(targets)}]}] if targets else [],
        }))
        self.arguments = list(arguments)
        self.start()

    def start(self):
        binary = shutil.which("prometheus")
        assert binary, "no prometheus; run Scripts/setup test"
        self.child = Child(
            [binary, f"--config.file={self.directory}/prometheus.yml", f"--storage.tsdb.path={self.directory}/tsdb",
             "--storage.tsdb.retention.time=20y", f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn",
             *self.arguments], self.directory / "prometheus.log")
        eventually(lambda: requests.get(self.url + "/-/ready", timeout=2).ok, 30, lambda: self.child.output())

    def stop(self):
        self.child.stop()


class VictoriaMetrics:
    def __init__(self, directory):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        directory.mkdir(parents=True, exist_ok=True)
        binary = shutil.which("victoria-metrics")
        assert binary, "no victoria-metrics; run Scripts/setup test"
        self.child = Child(
            [binary, f"-storageDataPath={directory}/data", f"-httpListenAddr=127.0.0.1:{self.port}",
             "-retentionPeriod=120", "-search.latencyOffset=0s"], directory / "victoria.log")
        eventually(lambda: requests.get(self.url + "/health", timeout=2).ok, 30, lambda: self.child.output())

    def load(self, recorded):
        requests.post(
            self.url + "/api/v1/import/prometheus", data=recorded.prometheus_text().encode(), timeout=60
        ).raise_for_status()
        requests.get(self.url + "/internal/force_flush", timeout=30)

        def seen():
            answer = requests.get(self.url + "/api/v1/series/count", timeout=10).json()
            return answer["data"][0] >= len(recorded.samples)

        eventually(seen, 30, "the imported series")

    def stop(self):
        self.child.stop()
