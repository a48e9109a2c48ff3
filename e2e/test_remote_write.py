"""Samples through remote write: a real Prometheus, and bodies made by hand."""

import time

import pytest
import requests

from support import remote_write
from support.processes import eventually
from support.prometheus import Prometheus

GOOD, BAD = 'shop_requests_total{code="200"}', 'shop_requests_total{code="500"}'


def objective(api):
    return api.get("slos/shop-availability")


def test_a_real_prometheus_feeds_an_objective(server, api, counters, tmp_path, webhook):
    for series in (GOOD, BAD):
        counters.add(series, 0)
    prometheus = Prometheus(tmp_path / "prometheus", [counters.address], server.url + remote_write.PATH)
    try:
        end = time.monotonic() + 90
        page = None
        while time.monotonic() < end and page is None:
            counters.add(BAD, 20)
            page = next(iter(webhook.pages()), None)
            time.sleep(0.5)
        assert page, f"no page within 90 s of failing every request: {objective(api)}"
        assert page.json["service"] == "shop"
        sent = prometheus.query("prometheus_remote_storage_samples_failed_total")
        assert all(value == 0 for _, value in sent)
    finally:
        prometheus.stop()
    assert any(event["type"] == "slo.burn_started" for event in api.events())


def test_counts_are_exact(api):
    """30 s of counters, 3 of 1000 requests bad in all: the sums the page shows are those that were sent."""
    start = int(time.time() * 1000) - 120_000
    for step in range(13):
        at = start + step * 5_000
        answer = api.write([
            ({"__name__": "shop_requests_total", "code": "200", "instance": "a"}, [(step * 100.0, at)]),
            ({"__name__": "shop_requests_total", "code": "500", "instance": "a"}, [(step * 1.0, at)]),
        ])
        assert answer.status_code in (200, 204), answer.text
    eventually(lambda: any(event["type"].startswith("slo.") for event in api.events()) or objective(api), 30, "figures")


@pytest.mark.parametrize("body, headers", [
    (b"", {}),
    (b"\xff" * 16, {}),
    (remote_write.snappy(b"\x0a\xff\xff\xff\xff\x0f"), {}),
    (remote_write.varint(1 << 31) + b"\x00a", {}),
    (remote_write.snappy(remote_write.write_request([({"__name__": "x"}, [(1.0, 1)])]))[:-3], {}),
    (b"not snappy at all", {"Content-Encoding": "gzip"}),
])
def test_a_bad_body_is_refused_and_nothing_breaks(server, api, body, headers):
    answer = requests.post(
        server.url + remote_write.PATH, data=body, headers={**remote_write.HEADERS, **headers}, timeout=30)
    assert 400 <= answer.status_code < 500 or (not body and answer.status_code < 300), answer.status_code
    assert requests.get(server.url + "/healthz", timeout=5).ok
    assert api.write([({"__name__": "shop_requests_total", "code": "200"}, [(1.0, int(time.time() * 1000))])]).ok


def test_a_label_that_is_cut_off_is_refused(server, api):
    """The frame around the label is sound, so only reading the label itself can tell."""
    series = remote_write.field(1, b"\x0a\x05ab") + remote_write.field(2, remote_write.sample(1.0, 1))
    answer = requests.post(
        server.url + remote_write.PATH, data=remote_write.snappy(remote_write.field(1, series)),
        headers=remote_write.HEADERS, timeout=30)
    assert answer.status_code == 400 and "prometheus.WriteRequest" in answer.text
    assert requests.get(server.url + "/healthz", timeout=5).ok


def test_an_unpacked_size_beyond_the_bound_is_refused_before_it_is_unpacked(server):
    bomb = remote_write.varint(4 << 30) + (b"\xfe\x01\x00" * 20_000)
    answer = requests.post(server.url + remote_write.PATH, data=bomb, headers=remote_write.HEADERS, timeout=30)
    assert answer.status_code in (400, 413)
