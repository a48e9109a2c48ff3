"""A real Prometheus that scrapes a target of ours and writes on to Mainstay, and such a target."""

import shutil
import threading

import requests
import yaml

from support.processes import Child, eventually
from support.receivers import free_port
from support.web import TEXT, LocalServer


class CounterTarget(LocalServer):
    """A /metrics page whose counters the test moves."""

    def __init__(self):
        self.lines = {}
        self._lock = threading.Lock()
        super().__init__(lambda request: (200, TEXT, self.text().encode()))

    def add(self, series, amount):
        with self._lock:
            self.lines[series] = self.lines.get(series, 0) + amount

    def text(self):
        with self._lock:
            return "# TYPE shop_requests_total counter\n" + "".join(
                f"{series} {value}\n" for series, value in sorted(self.lines.items()))


class Prometheus:
    def __init__(self, directory, targets, write_to=None, interval="1s", labels=None):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        directory.mkdir(parents=True, exist_ok=True)
        config = {
            "global": {"scrape_interval": interval, "external_labels": {"region": "test", **(labels or {})}},
            "scrape_configs": [{"job_name": "shop", "static_configs": [{"targets": targets}]}],
        }
        if write_to:
            config["remote_write"] = [{
                "url": write_to, "queue_config": {"batch_send_deadline": "1s", "min_backoff": "100ms"}}]
        (directory / "prometheus.yml").write_text(yaml.safe_dump(config))
        binary = shutil.which("prometheus")
        assert binary, "no prometheus; run Scripts/setup test"
        self.child = Child(
            [binary, f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/tsdb",
             f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"], directory / "prometheus.log")
        eventually(lambda: requests.get(self.url + "/-/ready", timeout=2).ok, 30, lambda: self.child.output())

    def query(self, expression):
        answer = requests.get(self.url + "/api/v1/query", params={"query": expression}, timeout=10).json()
        return [(item["metric"], float(item["value"][1])) for item in answer["data"]["result"]]

    def stop(self):
        self.child.stop()
