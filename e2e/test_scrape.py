"""Scraping: real exporters, service discovery, credentials, and what each scrape comes to."""

import base64
import gzip
import json
import shutil
import ssl
import subprocess
import time

import pytest
import requests
import yaml

from support.processes import Child, eventually
from support.prometheus import Prometheus
from support.receivers import free_port
from support.web import LocalServer

AVAILABILITY = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: probed, displayName: It answers}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 7d, isRolling: true}]
  objectives: [{displayName: It answers, op: gte, value: 1, target: 0.9}]
  indicator:
    metadata: {name: probed}
    spec:
      thresholdMetric: {metricSource: {type: Prometheus, spec: {query: 'up{job="probe"}'}}}
"""


class Target(LocalServer):
    """A page of metrics that answers as it is told."""

    def __init__(self, body="", tls=None):
        self.body = body
        self.type = "text/plain; version=0.0.4"
        self.status = 200
        self.requests = []
        self.gzip = False
        super().__init__(self._answer, tls=tls)

    def _answer(self, request):
        self.requests.append((request.path, dict(request.headers)))
        body, headers = self.body.encode(), {"Content-Type": self.type}
        if self.gzip:
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        return self.status, headers, body


@pytest.fixture
def target():
    one = Target()
    yield one
    one.stop()


def requests_page(good, bad):
    return ("# TYPE shop_requests counter\n"
            f'shop_requests_total{{code="200",instance="inner"}} {good}\nshop_requests_total{{code="500"}} {bad}\n# EOF\n')


def configured(make_server, definitions, tmp_path, scrape, **options):
    """A server that scrapes as its file says."""
    (tmp_path / "mainstay.yaml").write_text(yaml.safe_dump({"scrape": scrape}))
    return make_server(definitions, arguments=["--config", tmp_path / "mainstay.yaml"], **options).start()


def figures(server, slo="shop-availability"):
    status = server.api().get(f"slos/{slo}")
    return round(status["total"] - status["good"], 6), round(status["total"], 6)


def metrics(server):
    answer = requests.get(server.url + "/metrics", timeout=10)
    assert answer.ok, answer.text
    lines = answer.text.splitlines()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}


def test_openmetrics_is_asked_for_and_counted(make_server, definitions, tmp_path, target):
    target.type, target.gzip = "application/openmetrics-text; version=1.0.0; charset=utf-8", True
    target.body = requests_page(100, 0)
    server = configured(make_server, definitions, tmp_path, [
        {"job": "shop", "targets": [target.address], "metricsPath": "/m", "params": {"only": "a b"}, "interval": "1s",
         "timeout": "1s", "honorLabels": True}])
    eventually(lambda: len(target.requests) >= 2, 20, "scrapes")
    target.body = requests_page(140, 3)
    eventually(lambda: figures(server) == (3, 43), 30, lambda: str(figures(server)))
    path, headers = target.requests[0]
    assert path == "/m?only=a%20b"
    assert headers["Accept"].startswith("application/openmetrics-text;version=1.0.0")
    assert "gzip" in headers["Accept-Encoding"] and headers["X-Prometheus-Scrape-Timeout-Seconds"]


def test_files_of_service_discovery_come_change_and_go(make_server, definitions, tmp_path, target):
    other = Target(requests_page(10, 1))
    target.body = requests_page(100, 0)
    found = tmp_path / "targets"
    found.mkdir()

    def write(name, groups):
        (found / (name + ".new")).write_text(json.dumps(groups))
        (found / (name + ".new")).rename(found / name)

    try:
        write("a.json", [{"targets": [target.address], "labels": {"zone": "x"}}])
        server = configured(make_server, definitions, tmp_path, [
            {"job": "shop", "fileSD": ["targets/*.json", "targets/*.yaml"], "interval": "1s"}])
        up = 'mainstay_scrape_targets{job="shop",health="up"}'
        eventually(lambda: metrics(server).get(up) == 1, 20, lambda: str(metrics(server)))
        (found / "b.yaml").write_text(
            f"- targets: ['{other.address}']\n  labels: {{__metrics_path__: /deep, __scrape_interval__: 1s}}\n")
        eventually(lambda: metrics(server).get(up) == 2, 20, lambda: str(metrics(server)))
        assert other.requests[0][0] == "/deep"
        (found / "b.yaml").write_text("- targets: [")
        eventually(lambda: "its targets from before stay" in server.log(), 20, "a warning")
        before = len(other.requests)
        eventually(lambda: len(other.requests) > before + 1, 20, "scrapes with the targets from before")
        write("a.json", [])
        eventually(lambda: metrics(server).get(up) == 1, 20, lambda: str(metrics(server)))
        time.sleep(1.5)
        seen = len(target.requests)
        time.sleep(3)
        assert len(target.requests) == seen, "a target that is gone was scraped"
    finally:
        other.stop()


def test_credentials_are_read_where_they_are_kept(make_server, definitions, tmp_path, target):
    second = Target(requests_page(1, 0))
    target.body = requests_page(1, 0)
    (tmp_path / "password").write_text("s3cret\n")
    try:
        server = configured(make_server, definitions, tmp_path, [
            {"job": "basic", "url": f"http://{target.address}/metrics", "interval": "1s",
             "basicAuth": {"username": "ana", "secretRef": f"file:{tmp_path}/password"}},
            {"job": "bearer", "url": f"http://{second.address}/metrics", "interval": "1s",
             "bearer": {"secretRef": "env:SCRAPE_TOKEN"}},
        ], env={"SCRAPE_TOKEN": "t0ken"})
        eventually(lambda: target.requests and second.requests, 20, "scrapes")
        assert target.requests[0][1]["Authorization"] == "Basic " + base64.b64encode(b"ana:s3cret").decode()
        assert second.requests[0][1]["Authorization"] == "Bearer t0ken"
        assert "s3cret" not in server.log() and "t0ken" not in server.log()
    finally:
        second.stop()


def test_a_private_authority_is_trusted_where_its_file_is_named(make_server, definitions, tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "ca.pem"],
        check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "ca.pem", tmp_path / "key.pem")
    secure = Target(requests_page(1, 0), tls=context)
    try:
        server = configured(make_server, definitions, tmp_path, [
            {"job": "trusting", "url": f"https://{secure.address}/m", "interval": "1s", "tls": {"ca": "ca.pem"}},
            {"job": "wary", "url": f"https://{secure.address}/m", "interval": "1s"}])
        eventually(
            lambda: metrics(server).get('mainstay_scrapes_total{job="trusting",result="ok"}', 0) >= 2, 20,
            lambda: server.log()[-2000:])
        assert 'mainstay_scrapes_total{job="wary",result="ok"}' not in metrics(server)
        assert "its certificate is not trusted" in server.log()
    finally:
        secure.stop()


@pytest.mark.parametrize("limit, words", [({"bodySizeLimit": 2048}, "larger than 2048"), ({"sampleLimit": 5}, "5 samples")])
def test_a_target_past_its_bounds_fails_as_a_whole(make_server, definitions, tmp_path, target, limit, words):
    target.body = "".join(f'shop_requests_total{{code="200",n="{n}"}} {n}\n' for n in range(200))
    server = configured(make_server, definitions, tmp_path, [
        {"job": "shop", "url": f"http://{target.address}/metrics", "interval": "1s", **limit}])
    eventually(lambda: words in server.log(), 20, lambda: server.log()[-2000:])
    assert metrics(server)['mainstay_scrape_targets{job="shop",health="down"}'] == 1
    assert metrics(server)["mainstay_ledger_series"] == 0


def test_up_is_a_series_that_an_objective_can_count(make_server, definitions, tmp_path, target):
    (definitions / "probed.yaml").write_text(AVAILABILITY)
    target.body = requests_page(1, 0)
    server = configured(make_server, definitions, tmp_path, [
        {"job": "probe", "url": f"http://{target.address}/metrics", "interval": "1s"}])
    eventually(lambda: figures(server, "probed")[1] >= 3, 30, lambda: str(figures(server, "probed")))
    assert figures(server, "probed")[0] == 0
    target.status = 500
    eventually(lambda: figures(server, "probed")[0] >= 2, 30, lambda: str(figures(server, "probed")))


def test_a_real_prometheus_scrapes_our_own_metrics(server, api, tmp_path):
    """Every family of ours is queryable there, with the values that objectives have."""
    for value in (100, 140):
        assert api.write([({"__name__": "shop_requests_total", "code": "200"}, [(value, int(time.time() * 1000))])]).ok
        time.sleep(0.1)
    eventually(lambda: figures(server) == (0, 40), 30, lambda: str(figures(server)))
    prometheus = Prometheus(tmp_path / "prometheus", [server.url.removeprefix("http://")])
    try:
        eventually(lambda: prometheus.query("up") and prometheus.query("up")[0][1] == 1, 30, prometheus.child.output)
        ours = {line.split("{")[0].split(" ")[0] for line in metrics(server)}
        wanted = {name for name in ours if name.startswith("mainstay_slo_")}
        assert len(wanted) >= 5, ours

        def missing():
            names = requests.get(prometheus.url + "/api/v1/label/__name__/values", timeout=10).json()["data"]
            return ours - set(names)

        eventually(lambda: not missing(), 30, lambda: str(missing()))
        found = prometheus.query('mainstay_slo_error_budget_remaining_ratio{slo="shop-availability"}')
        assert [value for _, value in found] == [1], found
        # A page that cannot be read whole makes `up` 0.
        assert prometheus.query("min_over_time(up[1m])")[0][1] == 1
        assert prometheus.query("scrape_samples_scraped")[0][1] >= len(ours)
        assert "error" not in prometheus.child.output().lower(), prometheus.child.output()
    finally:
        prometheus.stop()


def test_debian_exporters_are_scraped(make_server, definitions, tmp_path):
    ports = [free_port(), free_port()]
    (tmp_path / "prometheus.yml").write_text("global: {}\n")
    exporter, prometheus = shutil.which("prometheus-node-exporter"), shutil.which("prometheus")
    assert exporter and prometheus, "no exporters; run Scripts/setup test"
    children = [
        Child([exporter, f"--web.listen-address=127.0.0.1:{ports[0]}"], tmp_path / "exporter.log"),
        Child([prometheus, f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/tsdb",
               f"--web.listen-address=127.0.0.1:{ports[1]}"], tmp_path / "prometheus.log"),
    ]
    try:
        server = configured(make_server, definitions, tmp_path, [
            {"job": "debian", "targets": [f"127.0.0.1:{port}" for port in ports], "interval": "1s"}])
        eventually(
            lambda: metrics(server).get('mainstay_scrape_targets{job="debian",health="up"}') == 2, 30,
            lambda: server.log()[-2000:])
        assert metrics(server)['mainstay_samples_received_total{intake="scrape"}'] > 500
    finally:
        for child in children:
            child.stop()


def test_a_scrape_of_our_own_metrics_is_no_news(server):
    for _ in range(3):
        requests.get(server.url + "/metrics", timeout=5).raise_for_status()
    requests.get(server.url + "/api/v1/slos", timeout=5).raise_for_status()
    eventually(lambda: '"path":"/api/v1/slos"' in server.log(), 10, "the other request's line")
    assert '"path":"/metrics"' not in server.log()
