"""A Prometheus, or VictoriaMetrics, that is asked: live, for the past, and by `slo replay`."""

import datetime
import json
import time

import pytest
import requests

from support.processes import eventually
from support.receivers import free_port
from support.recorded import Counters, RecordedPrometheus, VictoriaMetrics

DAY = 86_400
SLO = """\
---
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: metrics}}
spec: {{type: Prometheus, connectionDetails: {{url: "{url}", step: 10s}}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: asked, displayName: Asked of a data source}}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 2d, isRolling: true}}]
  objectives: [{{displayName: Orders succeed, target: 0.99}}]
  indicator:
    metadata: {{name: asked}}
    spec:
      ratioMetric:
        counter: true
        bad: {{metricSource: {{metricSourceRef: metrics, type: Prometheus, spec: {{query: '{bad}'}}}}}}
        total: {{metricSource: {{metricSourceRef: metrics, type: Prometheus, spec: {{query: '{total}'}}}}}}
"""
BAD, TOTAL = 'shop_requests_total{code=~"5.."}', "shop_requests_total"


def is_bad(labels):
    return labels["code"] == "500"


def asked(definitions, url, bad=BAD, total=TOTAL):
    (definitions / "asked.yaml").write_text(SLO.format(url=url, bad=bad, total=total))
    return definitions


def text(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def metric(server, series):
    for line in requests.get(server.url + "/metrics", timeout=10).text.splitlines():
        if line.startswith(series + " "):
            return float(line.rsplit(" ", 1)[1])
    return None


def said(server):
    """The log without the test's own requests."""
    return "\n".join(line for line in server.log().splitlines() if '"message":"request"' not in line)[-3000:]


def figures(api, slo="asked"):
    status = api.get(f"slos/{slo}")
    return round(status["total"] - status["good"], 6), round(status["total"], 6)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Three days, a sample each 15 s."""
    end = 1_700_000_000
    return Counters(end - 3 * DAY, end, 15), end - 3_700


@pytest.mark.parametrize("kind", ["prometheus", "prometheus that allows few samples", "victoria-metrics"])
def test_replay_of_a_range_equals_exact_counting(kind, recorded, run, definitions, tmp_path):
    counters, to = recorded
    if kind == "victoria-metrics":
        source = VictoriaMetrics(tmp_path / "source")
        source.load(counters)
    else:
        limit = ["--query.max-samples=3000"] if "few" in kind else []
        source = RecordedPrometheus(tmp_path / "source", counters, arguments=limit)
    try:
        result = run(
            "slo", "replay", "--slo", "shop-availability", "--definitions", definitions, "--prometheus", source.url,
            "--from", text(to - 2 * DAY), "--to", text(to), "--format", "json", timeout=120)
        assert result.returncode == 0, result.stderr
        report = json.loads(result.stdout)
        total, bad = counters.counted(to - 2 * DAY, to), counters.counted(to - 2 * DAY, to, is_bad)
        assert bad > 100 and total > 100_000
        assert (report["total"], report["bad"]) == (pytest.approx(total, abs=1e-6), pytest.approx(bad, abs=1e-6))
        spent = bad / total * report["covered"] / 0.001
        assert report["budget_left"] == pytest.approx(1 - spent, abs=1e-9)
    finally:
        source.stop()


def test_replay_says_what_is_wrong(run, definitions):
    gone = f"http://127.0.0.1:{free_port()}"
    result = run("slo", "replay", "shop-availability", "--definitions", definitions, "--prometheus", gone, timeout=60)
    assert result.returncode != 0 and "connection refused" in result.stderr
    both = run("slo", "replay", "--definitions", definitions, "--prometheus", gone, "--samples", "x")
    assert both.returncode != 0 and "either --samples FILE or --prometheus URL" in both.stderr


def test_a_data_source_is_counted_to_the_event(make_server, definitions, counters, tmp_path):
    good, bad = 'shop_requests_total{code="200"}', 'shop_requests_total{code="500"}'
    counters.add(good, 1_000)
    prometheus = RecordedPrometheus(tmp_path / "prometheus", targets=[counters.address])
    try:
        server = make_server(asked(definitions, prometheus.url)).start()
        api = server.api()
        eventually(lambda: api.get("slos/asked")["watermark"], 60, lambda: said(server))
        counters.add(good, 100)
        time.sleep(2)
        counters.add(bad, 7)  # A series that is born: its first value counts.
        eventually(lambda: figures(api) == (7, 107), 60, lambda: f"7 of 107; got {figures(api)}\n{said(server)}")
        # The streamed SLO of the same counters has nothing: nobody sent it any.
        assert figures(api, "shop-availability") == (0, 0)
        server.kill()
        counters.add(good, 50)
        server.start()
        eventually(lambda: figures(api) == (7, 157), 60, lambda: f"7 of 157; got {figures(api)}")
    finally:
        prometheus.stop()


@pytest.mark.parametrize("kind", ["prometheus", "victoria-metrics"])
def test_the_past_is_fetched_once_and_survives(kind, make_server, definitions, tmp_path):
    end = int(time.time())
    counters = Counters(end - DAY, end, 15, seed=3)
    if kind == "prometheus":
        source = RecordedPrometheus(tmp_path / "source", counters)
    else:
        source = VictoriaMetrics(tmp_path / "source")
        source.load(counters)
    truth = (
        pytest.approx(counters.counted(0, end, is_bad), abs=1e-6), pytest.approx(counters.counted(0, end), abs=1e-6))
    try:
        server = make_server(asked(definitions, source.url)).start()
        api = server.api()
        eventually(
            lambda: metric(server, 'mainstay_backfill_progress_ratio{slo="asked"}') == 1, 90,
            lambda: f"{figures(api)}\n{said(server)}")
        eventually(lambda: figures(api) == truth, 60, lambda: f"{truth}; got {figures(api)}")
        server.kill()
        server.start()
        eventually(lambda: figures(api) == truth, 60, lambda: f"{truth}; got {figures(api)}")
        time.sleep(10)
        assert figures(api) == truth, "a stretch was counted twice"
    finally:
        source.stop()


def test_the_past_of_a_streamed_objective_joins_its_live_samples(make_server, definitions, tmp_path):
    end = int(time.time())
    counters = Counters(end - DAY, end, 15, seed=4)
    source = RecordedPrometheus(tmp_path / "source", counters)
    try:
        server = make_server(definitions, arguments=["--telemetry-backfill", source.url]).start()
        api = server.api()
        api.write([
            ({"__name__": "shop_requests_total", **dict(labels)},
             [(value, int(round(at * 1000))) for at, value in samples if at >= end - 240])
            for labels, samples in counters.samples.items()])
        truth = (
            pytest.approx(counters.counted(0, end, is_bad), abs=1e-6), pytest.approx(counters.counted(0, end), abs=1e-6))
        eventually(
            lambda: figures(api, "shop-availability") == truth, 90,
            lambda: f"{truth}; got {figures(api, 'shop-availability')}\n{said(server)}")
    finally:
        source.stop()


def test_what_no_stream_can_count_is_evaluated_step_by_step(make_server, definitions, counters, tmp_path):
    for node, latency in (("a", 0.1), ("b", 0.2), ("c", 0.9), ("d", 0.1)):
        counters.add(f'shop_latency{{node="{node}"}}', latency)
    prometheus = RecordedPrometheus(tmp_path / "prometheus", targets=[counters.address])
    try:
        asked(definitions, prometheus.url, "count(shop_latency > 0.5) or vector(0)", "count(shop_latency)")
        server = make_server(definitions).start()
        api = server.api()

        def quarter():
            bad, total = figures(api)
            return total >= 8 and bad == total / 4

        eventually(quarter, 120, lambda: f"a quarter of the steps' nodes; got {figures(api)}\n{said(server)}")
    finally:
        prometheus.stop()


def test_a_source_that_is_gone_is_said_and_comes_back(make_server, definitions, counters, tmp_path):
    port = free_port()
    good = 'shop_requests_total{code="200"}'
    server = make_server(asked(definitions, f"http://127.0.0.1:{port}")).start()
    up = 'mainstay_query_source_up{source="metrics"}'
    eventually(lambda: metric(server, up) == 0, 30, lambda: said(server))
    time.sleep(4)
    assert server.log().count("a data source is unreachable") == 1, "said once, not at each attempt"
    assert requests.get(server.url + "/readyz", timeout=5).ok
    counters.add(good, 1_000)
    prometheus = RecordedPrometheus(tmp_path / "prometheus", targets=[counters.address], port=port)
    try:
        eventually(lambda: metric(server, up) == 1, 90, lambda: said(server))
        assert "a data source answers again" in server.log()
        eventually(lambda: server.api().get("slos/asked")["watermark"], 60, lambda: said(server))
        counters.add(good, 11)
        eventually(lambda: figures(server.api()) == (0, 11), 60, lambda: str(figures(server.api())))
    finally:
        prometheus.stop()
