"""A full disk: commands are refused clearly, nothing is lost, and it recovers by itself once space returns."""

import os
import subprocess
import threading
import time

import pytest
import requests
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import Counter, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from support import senders
from support.processes import eventually

SIZE_MB = 96
ORDERS = senders.slo(
    "orders", "checkout", senders.query('shop_orders_total{job="checkout",code=~"5.."}'),
    senders.query('shop_orders_total{job="checkout"}'))


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(disk)], capture_output=True).returncode == 0
    if not mounted:
        pytest.skip("mounting a tmpfs needs root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=False)


def fill(disk):
    """Takes the last byte."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    out.write(b"\0" * size)
            except OSError:
                continue
    return filler


def test_a_full_disk(make_server, definitions, small_disk):
    server = make_server(definitions, directory=small_disk).start()
    api = server.api()
    before = api.fire("shop", "before")
    assert before.ok, before.text
    alert = before.json()["id"]
    filler = fill(small_disk)

    def refused():
        answer = api.fire("shop", f"full-{os.urandom(4).hex()}", summary="x" * 1000)
        return None if answer.ok else [answer]

    answer = eventually(refused, 60, "a refusal while the disk is full", every=0.02)[0]
    assert answer.status_code in (503, 507), answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert "disk" in answer.text.lower() or "space" in answer.text.lower()
    assert server.child.running()
    assert requests.get(server.url + "/healthz", timeout=5).ok
    assert not requests.get(server.url + "/readyz", timeout=5).ok
    # What keeps people from being woken twice still works: the ballast makes room for it.
    acknowledged = api.call("POST", f"alerts/{alert}/acknowledge", json={})
    assert acknowledged.ok, acknowledged.text

    filler.unlink()

    def accepted():
        answer = api.fire("shop", f"after-{os.urandom(4).hex()}")
        return answer if answer.ok else None

    after = eventually(accepted, 60, "recovery by itself", every=0.5).json()["id"]
    eventually(lambda: requests.get(server.url + "/readyz", timeout=5).ok, 60, "ready again", every=0.5)
    assert server.stop() == 0
    server.start()
    events = server.api().events()
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    fired = {event["subject"] for event in events if event["type"] == "alert.fired"}
    assert {f"alert/{alert}", f"alert/{after}"} <= fired


def test_otlp_waits_for_space_and_loses_nothing(make_server, small_disk, tmp_path):
    """A real exporter is told 503 with Retry-After, tries again by itself, and everything is counted once."""
    server = make_server(senders.definitions(tmp_path / "definitions", ORDERS))
    # Its output stays readable.
    server.data = small_disk / "data"
    server.start()
    endpoint = server.url + "/intake/otlp/v1/metrics"
    exporter = OTLPMetricExporter(
        endpoint=endpoint, timeout=90, preferred_temporality={Counter: AggregationTemporality.DELTA})
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    provider = MeterProvider([reader], resource=Resource.create({"service.name": "checkout"}))
    orders = provider.get_meter("shop").create_counter("shop.orders")
    orders.add(10, {"code": 200})
    assert provider.force_flush()
    filler = fill(small_disk)
    taken = 0

    def refused():
        nonlocal taken
        # What is left of the log's last page still holds some of them: smaller ones than the exporter's.
        answer = requests.post(endpoint, json=one_order(), timeout=30)
        taken += answer.status_code == 200
        return None if answer.status_code == 200 else [answer]

    answer = eventually(refused, 60, lambda: server.log()[-3000:], every=0)[0]
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1, (answer.status_code, answer.headers)
    assert "disk" in answer.json()["message"] or "space" in answer.json()["message"]
    orders.add(7, {"code": 200})
    orders.add(3, {"code": 503})
    sent = []
    sending = threading.Thread(target=lambda: sent.append(provider.force_flush(90_000)))
    sending.start()
    time.sleep(4)
    assert not sent, "the exporter waits"
    filler.unlink()
    sending.join(90)
    assert sent == [True]
    senders.figures(server.api(), "orders", 17 + taken, 20 + taken)
    # It is all there after a kill, too.
    time.sleep(1.5)
    server.kill()
    server.start()
    senders.figures(server.api(), "orders", 17 + taken, 20 + taken)
    provider.shutdown()


def one_order():
    return {"resourceMetrics": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "checkout"}}]},
        "scopeMetrics": [{"metrics": [{"name": "shop.orders", "sum": {
            "aggregationTemporality": 1, "isMonotonic": True,
            "dataPoints": [{"asInt": "1", "timeUnixNano": str(time.time_ns()), "attributes": [
                {"key": "code", "value": {"stringValue": "200"}}]}]}}]}]}]}
