"""Intakes without a peer to stand beside: OpenTelemetry metrics and spans over HTTP, DogStatsD over a socket.

What is sent is made beforehand, from the protocol's own Python package. Units (points, spans, lines) for each CPU second of
the server, which counts all of them, and for spans also with none wanted.
"""

import contextlib
import http.client
import pathlib
import re
import socket
import struct
import tempfile
import time

import frame
from support.processes import cpu_seconds, eventually
from support.server import Mainstay

BODIES, UNITS = 120, 1_000
# /proc counts in steps of 10 ms: the bodies are sent again, each time later, until a figure has so many CPU seconds.
SECONDS_LEAST, PASSES_MAX = 5.0, 150
# Between two points of a series. All passes together have to end about now and stay within the ledger's 6 hours.
STEP = 0.1
CODES, ROUTES, INSTANCES = ("200", "404", "500"), 8, 5
SPANS = '{service.name="checkout", kind="server"}'

SLO = """\
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: checkout
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 30d, isRolling: true}}]
  indicator:
    metadata: {{name: {name}}}
    spec:
      ratioMetric:
        counter: true
        bad: {{metricSource: {{type: {type}, spec: {{{bad}}}}}}}
        total: {{metricSource: {{type: {type}, spec: {{{total}}}}}}}
  objectives: [{{displayName: {name}, target: 0.99}}]
"""


def definitions(directory):
    directory.mkdir()
    counters = {"type": "Prometheus", "bad": "query: 'requests_total{code=\"500\"}'", "total": "query: requests_total"}
    spans = {"type": "OpenTelemetry", "bad": f"spans: '{SPANS}', bad: 'status=\"error\"'", "total": f"spans: '{SPANS}'"}
    (directory / "slos.yaml").write_text(
        "---\napiVersion: openslo/v1\nkind: Service\nmetadata: {name: checkout}\nspec: {description: one service}\n"
        + SLO.format(name="requests", **counters) + SLO.format(name="spans", **spans))
    return directory


class Later:
    """Bodies that can be sent again and again: numbers of a fixed width in them are moved on in place.

    `pattern` finds two such numbers, 8 bytes each, and `grows` says by how much each grows with each pass.
    """

    def __init__(self, bodies, pattern, grows):
        self._bodies = [bytearray(body) for body in bodies]
        self._grows = grows
        self._places = [[(found.start(1), found.start(2)) for found in pattern.finditer(body)] for body in self._bodies]
        assert all(len(places) == UNITS for places in self._places)

    def __iter__(self):
        for body, places in zip(self._bodies, self._places):
            yield bytes(body)
            for pair in places:
                for at, grows in zip(pair, self._grows):
                    struct.pack_into("<q", body, at, struct.unpack_from("<q", body, at)[0] + grows)


def metric_steps():
    return BODIES * UNITS // (INSTANCES * ROUTES * len(CODES))


def metric_period():
    return metric_steps() * STEP


def metric_bodies(now):
    """Cumulative counters of 5 instances, each body 1,000 points at 8 or 9 times."""
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    series = [(i, r, c) for i in range(INSTANCES) for r in range(ROUTES) for c in CODES]
    bodies, point = [], 0
    start = now - metric_period() * PASSES_MAX
    for _ in range(BODIES):
        request = ExportMetricsServiceRequest()
        by_instance = {}
        for _ in range(UNITS):
            instance, route, code = series[point % len(series)]
            step = point // len(series)
            if instance not in by_instance:
                resource = request.resource_metrics.add()
                for key, value in (("service.name", "checkout"), ("service.instance.id", f"pod-{instance}")):
                    resource.resource.attributes.add(key=key).value.string_value = value
                metric = resource.scope_metrics.add().metrics.add(name="requests")
                metric.sum.is_monotonic = True
                metric.sum.aggregation_temporality = 2
                by_instance[instance] = metric.sum
            data = by_instance[instance].data_points.add(
                start_time_unix_nano=int(start * 1e9), as_int=step * 7,
                time_unix_nano=int((start + step * STEP) * 1e9))
            data.attributes.add(key="code").value.string_value = code
            data.attributes.add(key="route").value.string_value = f"/api/v1/{route}"
            point += 1
        bodies.append(request.SerializeToString())
    return bodies


def span_bodies(now, service):
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    bodies = []
    for number in range(BODIES):
        request = ExportTraceServiceRequest()
        resource = request.resource_spans.add()
        resource.resource.attributes.add(key="service.name").value.string_value = service
        scope = resource.scope_spans.add()
        for place in range(UNITS):
            end = int((now - BODIES * PASSES_MAX + number) * 1e9) + place * 1_000_000
            span = scope.spans.add(
                trace_id=(number * UNITS + place).to_bytes(16, "big"), span_id=place.to_bytes(8, "big"), kind=2,
                name="GET /play/{id}", start_time_unix_nano=end - 40_000_000, end_time_unix_nano=end)
            for key, value in (("http.route", "/play/{id}"), ("http.request.method", "GET"), ("server.address", "a.b")):
                span.attributes.add(key=key).value.string_value = value
            if place % 100 == 0:
                span.status.code = 2
        bodies.append(request.SerializeToString())
    return bodies


def packets():
    lines = [
        f"requests_total:1|c|#code:{CODES[place % 3]},route:/api/v1/{place % ROUTES},instance:pod-{place % INSTANCES}"
        for place in range(BODIES * UNITS)]
    # As the client packs them: as many lines as fit into 8 KiB.
    return ["\n".join(lines[start:start + 100]).encode() for start in range(0, len(lines), 100)]


@contextlib.contextmanager
def server(binary):
    with tempfile.TemporaryDirectory() as directory:
        home = pathlib.Path(directory)
        running = Mainstay(
            binary, home, definitions(home / "definitions"), arguments=["--dogstatsd-socket", home / "dsd.socket"],
            pin=frame.OURS_CORE)
        try:
            yield running.start()
        finally:
            running.close()


def counted(running, name, total):
    """Waits until the objective has counted everything that was sent."""
    api = running.api()
    eventually(lambda: api.get(f"slos/{name}")["total"] >= total, 60, lambda: f"{total}: {api.get(f'slos/{name}')}", 0.5)


def posted(binary, path, make, name, wanted):
    with server(binary) as running:
        connection = http.client.HTTPConnection(running.url.removeprefix("http://"), timeout=60)
        bodies = make(time.time())
        before, passes = cpu_seconds(running.child.pid), 0
        while cpu_seconds(running.child.pid) - before < SECONDS_LEAST:
            passes += 1
            assert passes <= PASSES_MAX or not wanted(1), "faster than the bodies last; raise PASSES_MAX"
            for body in bodies:
                connection.request("POST", path, body, {"Content-Type": "application/x-protobuf"})
                reply = connection.getresponse()
                text = reply.read()
                assert reply.status == 200 and not text, text[:300]
        time.sleep(1)
        used = cpu_seconds(running.child.pid) - before
        counted(running, name, wanted(passes))
        return passes * BODIES * UNITS / used


def dogstatsd(binary, datagrams):
    with server(binary) as running:
        before, passes = cpu_seconds(running.child.pid), 0
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            # A full socket makes the sender wait, so nothing is lost on the way.
            sender.connect(str(running.directory / "dsd.socket"))
            while cpu_seconds(running.child.pid) - before < SECONDS_LEAST:
                passes += 1
                for datagram in datagrams:
                    sender.send(datagram)
        time.sleep(2)
        used = cpu_seconds(running.child.pid) - before
        lost = sum(
            float(line.rsplit(" ", 1)[1]) for line in running.api().call("GET", "/metrics").text.splitlines()
            if line.startswith("mainstay_dogstatsd_dropped_total"))
        assert lost == 0, f"{lost} were dropped"
        counted(running, "requests", passes * BODIES * UNITS)
        return passes * BODIES * UNITS / used


def metrics(now):
    # Of a data point: when its series began (2) stays, its time (3) and its number (6) grow.
    begun = b"\x11" + struct.pack("<q", int((now - metric_period() * PASSES_MAX) * 1e9)) + b"\x19"
    pattern = re.compile(re.escape(begun) + b"(.{8})\x31(.{8})", re.DOTALL)
    return Later(metric_bodies(now), pattern, (int(metric_period() * 1e9), metric_steps() * 7))


def spans(service):
    # When a span began (7) and ended (8); its kind (6), which is 2, stands before.
    pattern = re.compile(b"\x30\x02\x39(.{8})\x41(.{8})", re.DOTALL)
    return lambda now: Later(span_bodies(now, service), pattern, (int(BODIES * 1e9), int(BODIES * 1e9)))


def run(binary):
    traces, series = "/intake/otlp/v1/traces", INSTANCES * ROUTES * len(CODES)
    datagrams = packets()
    for name, unit, measure in (
            ("intake-otlp-metrics", "points", lambda: posted(
                binary, "/intake/otlp/v1/metrics", metrics, "requests",
                # Each series was counted from its first point on.
                lambda passes: series * (passes * metric_steps() - 1) * 7)),
            ("intake-otlp-spans", "spans", lambda: posted(
                binary, traces, spans("checkout"), "spans", lambda passes: passes * BODIES * UNITS)),
            ("intake-otlp-spans-unwanted", "spans", lambda: posted(binary, traces, spans("x"), "spans", lambda _: 0)),
            ("intake-dogstatsd", "lines", lambda: dogstatsd(binary, datagrams))):
        frame.report(name, f"{unit} per CPU second", frame.alternate({"mainstay": measure}))
