"""What remote write counts: the truth, whoever sends it how often, and what is refused is said and shown."""

import time

import pytest
import requests

from support import remote_write
from support.processes import eventually
from support.prometheus import Prometheus

GOOD, BAD = 'shop_requests_total{code="200"}', 'shop_requests_total{code="500"}'
NAME = "shop_requests_total"


def figures(api):
    objective = api.get("slos/shop-availability")
    return objective["total"] - objective["good"], objective["total"]


def metrics(api):
    """Mainstay's own metrics as a dict."""
    lines = api.call("GET", "/metrics").text.splitlines()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if line[:1] not in ("#", "")}


def send_second(server, series):
    """Remote write 2.0, by hand: Debian's Prometheus cannot send it."""
    return requests.post(
        server.url + remote_write.PATH, data=remote_write.snappy(remote_write.second_request(series)),
        headers=remote_write.SECOND_HEADERS, timeout=30)


def test_a_replica_pair_of_real_prometheus_servers_counts_once(server, api, counters, tmp_path):
    """Both scrape the same target and write everything; one of them dies on the way. The counts are the target's."""
    for series in (GOOD, BAD):
        counters.add(series, 0)

    def replica(name):
        return Prometheus(
            tmp_path / name, [counters.address], server.url + remote_write.PATH,
            labels={"cluster": "shop-1", "__replica__": name})

    pair = {"a": replica("a")}
    try:
        # The first one is elected; only then the other one joins.
        eventually(lambda: metrics(api).get('mainstay_intake_series{source="prometheus",state="counted"}'), 30, "series")
        time.sleep(2)
        pair["b"] = replica("b")
        sent = [0, 0]
        begun = time.monotonic()
        while time.monotonic() - begun < 75:
            counters.add(GOOD, 30)
            counters.add(BAD, 7)
            sent = [sent[0] + 7, sent[1] + 37]
            time.sleep(0.5)
            # After 15 s the elected one dies; the other takes over 30 s later and brings what happened meanwhile.
            if time.monotonic() - begun > 15 and "a" in pair:
                pair.pop("a").stop()
        eventually(lambda: figures(api) == tuple(sent), 30, lambda: f"{sent} counted as {figures(api)}", every=0.5)
        own = metrics(api)
        assert own['mainstay_samples_ingested_total{outcome="standby"}'] > 10
        assert own['mainstay_samples_refused_total{reason="conflicting"}'] == 0
    finally:
        for prometheus in pair.values():
            prometheus.stop()


def test_second_version_counts_and_says_what_was_written(server, api):
    start = int(time.time() * 1000) - 60_000
    for step in range(4):
        answer = send_second(server, [
            {"labels": {"__name__": NAME, "code": "200"}, "samples": [(100.0 * step, start + step * 10_000)], "type": 1},
            {"labels": {"__name__": NAME, "code": "500"}, "samples": [(2.0 * step, start + step * 10_000)],
             "exemplars": 1, "created": start - 3_600_000},
            {"labels": {"__name__": "unwanted"}, "histograms": 2},
        ])
        assert answer.status_code == 204, answer.text
        assert remote_write.written(answer) == (2, 2, 1)
    eventually(lambda: figures(api) == (6, 306), 30, lambda: figures(api))


def test_one_sender_that_changes_versions_goes_on_with_its_series(server, api):
    start = int(time.time() * 1000) - 60_000
    for step in range(6):
        samples = [(10.0 * step, start + step * 5_000)]
        labels = {"__name__": NAME, "code": "200", "instance": "a"}
        answer = api.write([(labels, samples)]) if step % 2 else send_second(server, [{"labels": labels, "samples": samples}])
        assert answer.status_code == 204, answer.text
    eventually(lambda: figures(api)[1] == 50, 30, lambda: figures(api))
    assert metrics(api)['mainstay_intake_series{source="prometheus",state="counted"}'] == 1


def test_what_is_refused_is_said_and_the_rest_counts(server, api):
    now = int(time.time() * 1000)
    good = {"__name__": NAME, "code": "200"}
    assert send_second(server, [{"labels": good, "samples": [(10.0, now - 20_000)]}]).status_code == 204
    answer = send_second(server, [
        {"labels": good, "samples": [(15.0, now - 10_000), (15.0, now - 10_000), (99.0, now - 10_000)]},
        {"labels": {"__name__": NAME, "code": "500"}, "samples": [(1.0, now + 3_600_000)]},
        {"labels": {"code": "404"}, "samples": [(1.0, now)]},
        {"labels": {"__name__": NAME, "code": "native"}, "histograms": 1},
    ])
    assert answer.status_code == 400
    assert remote_write.written(answer) == (2, 0, 0)
    for words in ("written 2 of 5 samples", "already taken", "ahead of this server's clock", "no name", "native"):
        assert words in answer.text
    eventually(lambda: figures(api) == (0, 5), 30, lambda: figures(api))
    own = metrics(api)
    for reason in ("conflicting", "from_the_future", "invalid_labels", "native_histogram"):
        assert own[f'mainstay_samples_refused_total{{reason="{reason}"}}'] == 1, reason
    assert "telemetry was refused" in server.log()


@pytest.mark.parametrize("type_, encoding", [
    ("application/json", "snappy"), ("application/x-protobuf", "gzip"),
    ("application/x-protobuf;proto=io.prometheus.write.v9.Request", "snappy"),
])
def test_what_is_not_supported_is_answered_415(server, type_, encoding):
    answer = requests.post(
        server.url + remote_write.PATH, data=remote_write.snappy(b""),
        headers={**remote_write.SECOND_HEADERS, "Content-Type": type_, "Content-Encoding": encoding}, timeout=30)
    assert answer.status_code == 415 and "io.prometheus.write.v2.Request" in answer.text


def test_values_that_are_no_counts_change_nothing(server, api):
    """Stale markers, NaN, infinity, negative values, duplicates and samples out of order."""
    start = int(time.time() * 1000) - 60_000
    labels = {"__name__": NAME, "code": "200"}
    stale = remote_write.struct.unpack("<d", bytes.fromhex("020000000000f07f"))[0]
    for value, offset in [
            (10.0, 0), (20.0, 10_000), (float("nan"), 12_000), (float("inf"), 13_000), (-5.0, 14_000), (stale, 15_000),
            (20.0, 10_000), (40.0, 30_000), (30.0, 20_000), (50.0, 40_000)]:
        answer = send_second(server, [{"labels": labels, "samples": [(value, start + offset)]}])
        assert answer.status_code == 204 and remote_write.written(answer) == (1, 0, 0), (value, answer.text)
    eventually(lambda: figures(api) == (0, 40), 30, lambda: figures(api))
    own = metrics(api)
    assert own['mainstay_samples_refused_total{reason="not_finite"}'] == 2
    assert own['mainstay_samples_refused_total{reason="negative"}'] == 1
    assert own['mainstay_samples_ingested_total{outcome="stale"}'] == 1
    assert own['mainstay_samples_ingested_total{outcome="duplicate"}'] == 1


def test_a_label_explosion_is_refused_and_shown_and_known_series_go_on(make_server, definitions):
    server = make_server(definitions, arguments=["--limits-series-per-source", "1000"]).start()
    api = server.api()
    now = int(time.time() * 1000)
    good = {"__name__": NAME, "code": "200"}
    assert api.write([(good, [(10.0, now - 20_000)])]).status_code == 204
    answer = api.write([({"__name__": "noise", "id": str(number)}, [(1.0, now)]) for number in range(1_500)])
    assert answer.status_code == 400
    assert "501 in series past the limit; raise limits.seriesPerSource" in answer.text
    assert remote_write.written(answer) == (999, 0, 0)
    assert api.write([(good, [(17.0, now - 10_000)])]).status_code == 204
    eventually(lambda: figures(api) == (0, 7), 30, lambda: figures(api))
    own = metrics(api)
    assert own['mainstay_intake_series{source="prometheus",state="ignored"}'] == 999
    assert own['mainstay_samples_refused_total{reason="too_many_series"}'] == 501
    assert "limits.seriesPerSource" in api.call("GET", "/", headers={"Accept": "text/html"}).text
    assert "telemetry was refused" in server.log()
