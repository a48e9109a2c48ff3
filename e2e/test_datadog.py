"""Datadog's clients: DogStatsD over UDP and a socket, and both versions of the series API."""

import json
import os
import socket
import stat
import time
import zlib

import pytest
import requests
from datadog import api as datadog_api
from datadog import initialize
from datadog.dogstatsd.base import DogStatsd
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.metrics_api import MetricsApi
from datadog_api_client.v2.model.metric_content_encoding import MetricContentEncoding
from datadog_api_client.v2.model.metric_intake_type import MetricIntakeType
from datadog_api_client.v2.model.metric_payload import MetricPayload
from datadog_api_client.v2.model.metric_point import MetricPoint
from datadog_api_client.v2.model.metric_resource import MetricResource
from datadog_api_client.v2.model.metric_series import MetricSeries

from support import senders
from support.senders import figures, own_metric, query, slo

DOCUMENTS = (
    slo("orders", "checkout", query("sum:shop.orders{code:500}.as_count()"), query("sum:shop.orders{*}.as_count()"),
        type="Datadog"),
    slo("selected", "checkout", query('shop_orders{code="500",env="test"}'), query('shop_orders{env="test"}')),
)
TAGS = ["env:test"]


@pytest.fixture
def definitions(tmp_path):
    return senders.definitions(tmp_path / "definitions", *DOCUMENTS)


def send(statsd):
    """100 orders, 5 of them failed: 3 single ones and 2 that stand for themselves in one packet."""
    for _ in range(95):
        statsd.increment("shop.orders", tags=[*TAGS, "code:200"])
    for _ in range(3):
        statsd.increment("shop.orders", tags=[*TAGS, "code:500"])
    statsd.increment("shop.orders", 2, tags=[*TAGS, "code:500"])
    statsd.flush()


def over(path):
    # A socket's queue holds ten datagrams, and the client throws away what does not fit: so it packs them.
    return DogStatsd(socket_path=str(path), disable_telemetry=True, disable_buffering=False)


def test_dogstatsd_over_udp(make_server, definitions):
    port = senders.free_port(socket.SOCK_DGRAM)
    server = make_server(definitions, arguments=["--dogstatsd", f"127.0.0.1:{port}"]).start()
    api = server.api()
    statsd = DogStatsd(host="127.0.0.1", port=port, disable_telemetry=True)
    send(statsd)
    figures(api, "orders", 95, 100)
    figures(api, "selected", 95, 100)
    # A rate of 0.25 makes each sample four; events, checks and what is no line change nothing.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        for text in (b"shop.orders:5|c|@0.25|#env:test,code:200", b"_e{1,1}:a|b", b"_sc|a|0", b"nonsense",
                     b"shop.orders:1:2|c|#env:test,code:500|c:ci-1|e:it-false|card:low"):
            plain.sendto(text, ("127.0.0.1", port))
    figures(api, "orders", 115, 123)
    assert own_metric(api, 'mainstay_dogstatsd_received_total{kind="events"}') == 1
    assert own_metric(api, 'mainstay_dogstatsd_received_total{kind="service checks"}') == 1
    assert own_metric(api, 'mainstay_dogstatsd_dropped_total{reason="malformed"}') == 1
    time.sleep(1.5)
    server.kill()
    server.start()
    figures(server.api(), "orders", 115, 123)


def test_dogstatsd_over_a_socket(make_server, definitions, tmp_path):
    path = tmp_path / "dsd.socket"
    stale = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    stale.bind(str(path))
    stale.close()
    server = make_server(definitions, arguments=["--dogstatsd-socket", path]).start()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o722
    send(over(path))
    figures(server.api(), "orders", 95, 100)
    assert server.stop() == 0
    assert not path.exists()


def test_what_came_just_before_the_end_is_counted(make_server, definitions, tmp_path):
    path = tmp_path / "dsd.socket"
    server = make_server(definitions, arguments=["--dogstatsd-socket", path]).start()
    send(over(path))
    time.sleep(0.05)
    assert server.stop() == 0
    server.start()
    figures(server.api(), "orders", 95, 100)


def test_a_path_that_is_no_socket_is_left_alone(make_server, definitions, tmp_path):
    path = tmp_path / "file"
    path.write_text("mine")
    server = make_server(definitions, arguments=["--dogstatsd-socket", path])
    with pytest.raises(RuntimeError, match="is no socket; choose another path"):
        server.start()
    assert path.read_text() == "mine"


@pytest.fixture
def keyed(run, make_server, definitions):
    """A server with tokens, its address for Datadog's clients, and the two tokens."""
    port = senders.free_port()
    server = make_server(definitions, arguments=["--listen-datadog", f"127.0.0.1:{port}"])

    def token(name, role):
        return run("token", "create", "--data-dir", server.data, "--name", name, "--role", role).stdout.strip()

    sender, admin = token("datadog", "sender"), token("admin", "admin")
    server.start()
    return server.api(admin), f"http://127.0.0.1:{port}", sender


@pytest.mark.parametrize("compress", [False, True])
def test_series_of_the_older_client(keyed, compress):
    """Counts of two intervals; the failing ones as a rate of 0.2 a second over 10 s."""
    api, address, key = keyed
    initialize(api_key=key, api_host=address, host_name="web-1", mute=False)
    now = int(time.time()) - 60
    for points in ([(now, 20)], [(now + 10, 18)]):
        answer = datadog_api.Metric.send(
            metric="shop.orders", points=points, type="count", interval=10, tags=[*TAGS, "code:200"],
            compress_payload=compress)
        assert answer["status"] == "ok"
    datadog_api.Metric.send(
        metric="shop.orders", points=[(now + 10, 0.2)], type="rate", interval=10, tags=[*TAGS, "code:500"])
    figures(api, "orders", 38, 40)
    figures(api, "selected", 38, 40)


@pytest.mark.parametrize("encoding", ["none", "gzip", "deflate", "zstd1"])
def test_series_of_the_newer_client(keyed, encoding):
    api, address, key = keyed
    configuration = Configuration(host=address)
    configuration.api_key["apiKeyAuth"] = key
    now = int(time.time()) - 60

    def series(code, value):
        return MetricSeries(
            metric="shop.orders", type=MetricIntakeType.COUNT, interval=10, tags=[*TAGS, f"code:{code}"],
            points=[MetricPoint(timestamp=now, value=value)], resources=[MetricResource(name="web-1", type="host")])

    options = {} if encoding == "none" else {"content_encoding": MetricContentEncoding(encoding)}
    with ApiClient(configuration) as client:
        answer = MetricsApi(client).submit_metrics(
            body=MetricPayload(series=[series(200, 38.0), series(500, 2.0)]), **options)
    assert not answer.errors
    figures(api, "orders", 38, 40)


def test_keys_are_checked_and_other_paths_answered(keyed):
    _, address, key = keyed
    good = {"DD-API-KEY": key}
    assert requests.get(address + "/api/v1/validate", headers=good, timeout=30).json() == {"valid": True}
    for headers in ({"DD-API-KEY": "wrong"}, {}):
        refused = requests.get(address + "/api/v1/validate", headers=headers, timeout=30)
        assert refused.status_code == 403 and refused.json() == {"errors": ["Forbidden"]}
    for path in ("/api/v1/check_run", "/intake/", "/intake"):
        assert requests.post(address + path, json={}, headers=good, timeout=30).status_code == 202


@pytest.mark.parametrize("path, body, headers, status", [
    ("/api/v1/series", b"{", {}, 400),
    ("/api/v2/series", b"{}", {}, 400),
    ("/api/v2/series", b"", {"Content-Type": "application/x-protobuf"}, 415),
    ("/api/v1/series", b"x", {"Content-Encoding": "br"}, 415),
    ("/api/v1/series", b"x", {"Content-Encoding": "deflate"}, 400),
    ("/api/v2/series", b" " * 512_001, {}, 413),
    ("/api/v1/series", b" " * 3_200_001, {}, 413),
    ("/api/v2/series", zlib.compress(b" " * (6 << 20)), {"Content-Encoding": "deflate"}, 413),
], ids=["no JSON", "no series", "type", "encoding", "no deflate", "large v2", "large v1", "bomb"])
def test_what_is_refused_is_told_as_datadog_does(server, path, body, headers, status):
    answer = requests.post(
        server.url + "/intake/datadog" + path, data=body, headers={"Content-Type": "application/json", **headers},
        timeout=30)
    assert answer.status_code == status, answer.text
    assert len(answer.json()["errors"]) == 1 and answer.json()["errors"][0]


def test_the_rest_of_a_payload_is_kept(server, api):
    now = int(time.time())
    body = {"series": [
        {"metric": "shop.orders", "type": "count", "points": [[now, 4], [now + 1, None]], "tags": ["code:200"]},
        {"type": "count", "points": [[now, 4]]},
        {"metric": "shop.orders", "type": "count", "points": [[now + 3_600, 4]], "tags": ["code:500"]},
    ]}
    answer = requests.post(
        server.url + "/intake/datadog/api/v1/series", data=json.dumps(body),
        headers={"Content-Type": "application/json"}, timeout=30)
    assert answer.status_code == 202
    errors = " ".join(answer.json()["errors"])
    assert "series 1: it has no metric" in errors and "ahead of this server's clock" in errors
    figures(api, "orders", 4, 4)
