"""Real peers of the alert intakes: Debian's Alertmanager as a sender, amtool, and a Prometheus with a rule."""

import os
import shutil
import subprocess

import requests
import yaml

from support.processes import Child, eventually
from support.receivers import free_port

ALERTS = "/intake/alertmanager/api/v2/alerts"

INTEGRATIONS = """\
apiVersion: mainstay.dev/v1
kind: Integration
metadata: {name: main}
spec: {type: alertmanager, secretRef: env:AM_KEY, resolveTimeout: 3s}
---
apiVersion: mainstay.dev/v1
kind: Integration
metadata: {name: forwarded}
spec: {type: alertmanager, secretRef: env:FORWARD_KEY}
---
apiVersion: mainstay.dev/v1
kind: Integration
metadata: {name: payments}
spec: {type: pagerduty, secretRef: env:PD_KEY, service: shop}
---
apiVersion: mainstay.dev/v1
kind: Integration
metadata: {name: boards}
spec: {type: grafana, secretRef: env:GRAFANA_KEY, service: shop}
---
apiVersion: mainstay.dev/v1
kind: Integration
metadata: {name: checks}
spec:
  type: webhook
  secretRef: env:HOOK_KEY
  signature: {header: X-Signature, prefix: "sha256="}
  mapping:
    each: checks
    key: id
    summary: "{{name}} is {{state}} in {{body.region}}"
    service: tags.0
    severity: level
    severities: {red: critical, yellow: warning}
    status: state
    resolved: [up, ok]
    link: url
---
apiVersion: mainstay.dev/v1
kind: Integration
metadata: {name: backup}
spec: {type: heartbeat, every: 5s, grace: 1s, service: shop, urgency: page, secretRef: env:BEAT_KEY}
---
apiVersion: mainstay.dev/v1
kind: Integration
metadata: {name: watchdog}
spec: {type: heartbeat, every: 5s, grace: 1s, matchers: ['alertname="Watchdog"'], service: shop}
---
apiVersion: mainstay.dev/v1
kind: Route
metadata: {name: clusters}
spec:
  order: 10
  match: {matchers: ['alertname="NodeDown"', 'cluster=~"eu-.*"']}
  set: {key: "{{labels.cluster}}", service: shop, severity: critical}
---
apiVersion: mainstay.dev/v1
kind: Route
metadata: {name: everything-else}
spec: {order: 1000, policy: shop}
"""

KEYS = {
    "AM_KEY": "am-key-of-the-tests", "FORWARD_KEY": "forward-key-of-the-tests",
    "PD_KEY": "0123456789abcdef0123456789abcdef", "GRAFANA_KEY": "grafana-key", "HOOK_KEY": "hook-key",
    "BEAT_KEY": "beat-key",
}


def write(definitions):
    (definitions / "intake.yaml").write_text(INTEGRATIONS)
    return definitions


def amtool(url, *arguments):
    return subprocess.run(
        ["amtool", f"--alertmanager.url={url}", *arguments], capture_output=True, text=True, timeout=30,
        env={**os.environ, "HOME": "/nonexistent"})


def alert(name="DiskFull", service="shop", severity="critical", annotations=None, **rest):
    labels = {"alertname": name, "service": service, "severity": severity, **rest.pop("labels", {})}
    return {"labels": labels, "annotations": annotations or {"summary": f"{name} on {service}"}, **rest}


class Alertmanager:
    """A real one, whose receivers are given as a mapping."""

    def __init__(self, directory, receiver):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        directory.mkdir(parents=True, exist_ok=True)
        config = directory / "alertmanager.yml"
        config.write_text(yaml.safe_dump({
            "route": {
                "receiver": "ours", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s",
                "repeat_interval": "1h"},
            "receivers": [{"name": "ours", **receiver}],
        }))
        self.child = Child(
            [shutil.which("prometheus-alertmanager"), f"--config.file={config}",
             f"--storage.path={directory / 'data'}", f"--web.listen-address=127.0.0.1:{self.port}",
             "--cluster.listen-address="],
            directory / "alertmanager.log")
        eventually(lambda: requests.get(self.url + "/-/ready", timeout=2).ok, 30, self.child.output)

    def post(self, *alerts):
        answer = requests.post(self.url + "/api/v2/alerts", json=list(alerts), timeout=10)
        assert answer.ok, answer.text

    def stop(self):
        self.child.stop()


class RuledPrometheus:
    """A Prometheus that scrapes one target and sends what its rules find to an Alertmanager."""

    def __init__(self, directory, target, rules, alertmanager, credentials):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "tests", "rules": rules}]}))
        host, _, path = alertmanager.removeprefix("http://").partition("/")
        config = directory / "prometheus.yml"
        config.write_text(yaml.safe_dump({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(directory / "rules.yml")],
            "scrape_configs": [{"job_name": "target", "static_configs": [{"targets": [target]}]}],
            "alerting": {"alertmanagers": [{
                "path_prefix": "/" + path, "api_version": "v2", "authorization": {"credentials": credentials},
                "static_configs": [{"targets": [host]}]}]},
        }))
        self.child = Child(
            [shutil.which("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={directory / 'data'}",
             f"--web.listen-address=127.0.0.1:{self.port}", "--rules.alert.resend-delay=1s"],
            directory / "prometheus.log")
        eventually(lambda: requests.get(self.url + "/-/ready", timeout=2).ok, 30, self.child.output)

    def stop(self):
        self.child.stop()
