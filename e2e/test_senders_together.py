"""Three services of the example company, each with another sender: a Prometheus, an OpenTelemetry SDK, a Datadog client."""

import socket

import pytest
from datadog.dogstatsd.base import DogStatsd
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from support.processes import eventually
from support.prometheus import Prometheus
from support.senders import figures, free_port

# Requests that succeed and that fail, of each service.
TRUTH = {"search": (900, 9), "catalog": (450, 30), "encoder": (77, 3)}


@pytest.fixture
def reel(make_server, root):
    port = free_port(socket.SOCK_DGRAM)
    server = make_server(root / "examples" / "reel", arguments=["--dogstatsd", f"127.0.0.1:{port}"]).start()
    server.dogstatsd = port
    return server


def scraped_and_written(reel, counters, directory):
    """Both series are there before anything happens, as an exporter shows them."""
    good, bad = TRUTH["search"]
    for code in ("200", "500"):
        counters.add(f'http_requests_total{{service="search",code="{code}"}}', 0)
    prometheus = Prometheus(directory, [counters.address], write_to=reel.url + "/intake/prometheus/api/v1/write")
    seen = 'http_requests_total{service="search"}'
    eventually(lambda: len(prometheus.query(seen)) == 2, 40, "the series in Prometheus")
    eventually(lambda: reel.api().get("slos/search-availability")["watermark"], 40, "its samples here")
    counters.add('http_requests_total{service="search",code="200"}', good)
    counters.add('http_requests_total{service="search",code="500"}', bad)
    return prometheus


def exported(reel):
    good, bad = TRUTH["catalog"]
    exporter = OTLPMetricExporter(endpoint=reel.url + "/intake/otlp/v1/metrics", compression=Compression.Gzip)
    provider = MeterProvider(
        [PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)],
        resource=Resource.create({"service.name": "catalog"}))
    requests = provider.get_meter("reel").create_counter("http.requests")
    requests.add(good, {"service": "catalog", "code": 200})
    requests.add(bad, {"service": "catalog", "code": 503})
    assert provider.force_flush()
    provider.shutdown()


def counted(reel):
    good, bad = TRUTH["encoder"]
    client = DogStatsd(host="127.0.0.1", port=reel.dogstatsd, disable_telemetry=True)
    client.increment("http_requests_total", good, tags=["service:encoder", "code:200"])
    client.increment("http_requests_total", bad, tags=["service:encoder", "code:502"])
    client.flush()


def test_each_budget_moves_by_its_own_sender(reel, counters, tmp_path):
    prometheus = scraped_and_written(reel, counters, tmp_path / "prometheus")
    try:
        exported(reel)
        counted(reel)
        for service, (good, bad) in TRUTH.items():
            figures(reel.api(), f"{service}-availability", good, good + bad)
        # What nobody sent is without data, and not mixed up with the others.
        assert reel.api().get("slos/playback-availability")["total"] == 0
    finally:
        prometheus.stop()
