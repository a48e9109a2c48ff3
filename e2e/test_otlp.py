"""OTLP over HTTP: the exporters of the real SDK, and bodies made by hand."""

import gzip
import json
import time

import pytest
import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from support import browser as chromium
from support import senders
from support.processes import eventually
from support.senders import figures, query, slo

SPANS = "spans: '{service.name=\"checkout\", kind=\"server\"}'"
DOCUMENTS = (
    slo("orders", "checkout", query('shop_orders_total{job="checkout",code=~"5.."}'),
        query('shop_orders_total{job="checkout"}')),
    slo("tested", "checkout", query('shop_orders_total{deployment_environment_name="test",code=~"5.."}'),
        query('shop_orders_total{deployment_environment_name="test"}')),
    slo("requests", "checkout", SPANS + ", bad: 'status=\"error\" or duration>\"300ms\"'", SPANS,
        type="OpenTelemetry"),
)


@pytest.fixture
def definitions(tmp_path):
    return senders.definitions(tmp_path / "definitions", *DOCUMENTS)


@pytest.fixture
def otlp(server):
    return server.url + "/intake/otlp/v1/"


def meters(endpoint, temporality, **options):
    exporter = OTLPMetricExporter(
        endpoint=endpoint, compression=Compression.Gzip,
        preferred_temporality={Counter: temporality, Histogram: temporality}, **options)
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    resource = Resource.create({
        "service.name": "checkout", "service.instance.id": "a-1", "deployment.environment.name": "test"})
    return MeterProvider([reader], resource=resource)


@pytest.mark.parametrize("temporality", [AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA])
def test_counters_of_the_sdk_move_the_budget(api, otlp, temporality):
    """40 orders of which 2 fail, sent in two exports: 95% good against 90% leaves half of the budget."""
    provider = meters(otlp + "metrics", temporality)
    orders = provider.get_meter("shop").create_counter("shop.orders")
    for count in (30, 8):
        orders.add(count, {"code": 200})
        orders.add(1, {"code": 503})
        assert provider.force_flush()
        time.sleep(0.1)
    figures(api, "orders", 38, 40)
    # The same through an attribute of the resource.
    figures(api, "tested", 38, 40)
    provider.shutdown()


def test_spans_of_the_sdk_are_counted_and_the_failing_ones_kept(api, otlp):
    """20 server spans: one failed, one slow; a client's span is none of them."""
    provider = TracerProvider(resource=Resource.create({"service.name": "checkout"}))
    exporter = OTLPSpanExporter(endpoint=otlp + "traces", compression=Compression.Gzip)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("shop")
    now = time.time_ns()
    for index in range(20):
        took = 301 if index == 7 else 20
        span = tracer.start_span("POST /cart", kind=SpanKind.SERVER, start_time=now - took * 1_000_000)
        if index == 3:
            span.set_status(Status(StatusCode.ERROR, "card refused"))
        span.end(end_time=now)
    tracer.start_span("SELECT", kind=SpanKind.CLIENT).end()
    assert provider.force_flush()
    figures(api, "requests", 18, 20)
    assert senders.own_metric(api, 'mainstay_spans_total{result="counted"}') == 20
    assert senders.own_metric(api, 'mainstay_spans_total{result="ignored"}') == 1
    provider.shutdown()


def test_what_failed_is_shown_and_outlives_a_kill(server, otlp, browser):
    """The failing request on the SLO's page, and which label failed; a kill -9 takes neither away."""
    tracing = TracerProvider(resource=Resource.create({"service.name": "checkout"}))
    tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=otlp + "traces")))
    one = tracing.get_tracer("shop").start_span("POST /cart", kind=SpanKind.SERVER)
    one.set_status(Status(StatusCode.ERROR, "card refused"))
    one.end()
    assert tracing.force_flush()
    provider = meters(otlp + "metrics", AggregationTemporality.DELTA)
    orders = provider.get_meter("shop").create_counter("shop.orders")
    orders.add(9, {"code": 200})
    orders.add(4, {"code": 503, "route": "/pay"})
    assert provider.force_flush()
    trace = format(one.get_span_context().trace_id, "032x")
    api = server.api()
    figures(api, "requests", 0, 1)
    figures(api, "orders", 9, 13)

    def shown(slo, *texts):
        browser.get(f"{server.url}/slos/{slo}")
        page = browser.find_element("tag name", "main").text
        return all(text in page for text in texts)

    for _ in range(2):
        eventually(lambda: shown("requests", "Requests that failed", trace, "POST /cart", "card refused"), 20, trace)
        eventually(lambda: shown("orders", "503", "/pay"), 20, "what burned it")
        assert chromium.console_errors(browser) == []
        # A page that is open would complain of the kill.
        browser.get("about:blank")
        time.sleep(6)
        server.kill()
        server.start()
    tracing.shutdown()
    provider.shutdown()


def span(end, status=0, service="checkout", **more):
    return {"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
        "scopeSpans": [{"spans": [{
            "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "a", "kind": 2,
            "startTimeUnixNano": str(end - 1_000_000), "endTimeUnixNano": str(end), "status": {"code": status}, **more,
        }]}]}]}


def test_a_repeated_batch_counts_once_and_survives_kill9(server, otlp):
    now = time.time_ns()
    for status, times in ((0, 1), (2, 3)):
        for _ in range(times):
            answer = requests.post(otlp + "traces", json=span(now, status), timeout=30)
            assert answer.status_code == 200 and answer.json() == {}, answer.text
    figures(server.api(), "requests", 1, 2)
    time.sleep(1.2)
    server.kill()
    server.start()
    figures(server.api(), "requests", 1, 2)


def number(value, at, **more):
    return {"resourceMetrics": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "checkout"}}]},
        "scopeMetrics": [{"metrics": [{"name": "shop.orders", "sum": {
            "aggregationTemporality": 1, "isMonotonic": True,
            "dataPoints": [{"asInt": str(value), "timeUnixNano": str(at), **more}]}}]}]}]}


def test_partial_success_is_told_in_the_encoding_of_the_request(api, otlp):
    now = time.time_ns()
    body = number(5, now)
    body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].append({
        "name": "shop.sizes", "exponentialHistogram": {
            "aggregationTemporality": 1, "dataPoints": [{"timeUnixNano": str(now), "count": "1"}] * 2}})
    answer = requests.post(otlp + "metrics", json=body, timeout=30)
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    partial = answer.json()["partialSuccess"]
    assert partial["rejectedDataPoints"] == "2" and "exponential histograms" in partial["errorMessage"]
    figures(api, "orders", 5, 5)
    # A clock that is an hour ahead.
    answer = requests.post(otlp + "metrics", json=number(1, now + 3_600_000_000_000), timeout=30)
    partial = answer.json()["partialSuccess"]
    assert partial["rejectedDataPoints"] == "1" and "ahead of this server's clock" in partial["errorMessage"]
    answer = requests.post(
        otlp + "logs", data=b"", headers={"content-type": "application/x-protobuf"}, timeout=30)
    reply = ExportMetricsServiceResponse.FromString(answer.content)
    assert answer.status_code == 200 and "logs are not kept" in reply.partial_success.error_message


@pytest.mark.parametrize("body, headers, status", [
    (b"\xff\xff\xff", {"content-type": "application/x-protobuf"}, 400),
    (b"{", {"content-type": "application/json"}, 400),
    (b"{}", {"content-type": "text/plain"}, 415),
    (b"{}", {"content-type": "application/json", "content-encoding": "br"}, 415),
    (b"not gzip", {"content-type": "application/json", "content-encoding": "gzip"}, 400),
    (gzip.compress(bytes(65 << 20), 9), {"content-type": "application/json", "content-encoding": "gzip"}, 413),
    (bytes(17 << 20), {"content-type": "application/json"}, 413),
], ids=["no protobuf", "no JSON", "type", "encoding", "no gzip", "bomb", "large"])
def test_what_is_refused_gets_a_status_in_the_encoding_of_the_request(server, otlp, body, headers, status):
    answer = requests.post(otlp + "metrics", data=body, headers=headers, timeout=30)
    assert answer.status_code == status, answer.text
    if headers["content-type"] == "application/json":
        assert set(answer.json()) == {"code", "message"} and answer.json()["message"]
    else:
        assert answer.headers["content-type"] == "application/x-protobuf" and answer.content[0] == 0x08
    assert requests.get(server.url + "/healthz", timeout=5).ok


def test_a_listener_of_its_own_serves_the_native_paths_with_tokens(run, make_server, definitions, tmp_path):
    port = senders.free_port()
    server = make_server(definitions, arguments=["--listen-otlp", f"127.0.0.1:{port}"])

    def token(name, role):
        return run("token", "create", "--data-dir", server.data, "--name", name, "--role", role).stdout.strip()

    sender, admin = token("otel", "sender"), token("admin", "admin")
    server.start()
    endpoint = f"http://127.0.0.1:{port}/v1/metrics"
    provider = meters(
        endpoint, AggregationTemporality.DELTA, headers={"authorization": f"Bearer {sender}"})
    provider.get_meter("shop").create_counter("shop.orders").add(3, {"code": 200})
    assert provider.force_flush()
    figures(server.api(admin), "orders", 3, 3)
    provider.shutdown()
    refused = requests.post(endpoint, json=number(1, time.time_ns()), timeout=30)
    assert refused.status_code == 401 and refused.json()["code"] == 16
    named = {"host": "collector.internal", "authorization": f"Bearer {sender}"}
    assert requests.post(endpoint, data=json.dumps({}), headers={**named, "content-type": "application/json"},
                         timeout=30).status_code == 200
    for path in ("/", "/healthz", "/api/v1/slos", "/intake/otlp/v1/metrics", "/api/v1/write"):
        assert requests.get(f"http://127.0.0.1:{port}{path}", timeout=30).status_code in (404, 405), path
