"""Hostile and malformed requests: each gets a clear refusal, and the server goes on."""

import os
import random
import socket
import time

import pytest
import requests

from support.processes import cpu_seconds, eventually, resident_bytes


def alive(server):
    assert server.child.running(), server.log()[-2000:]
    assert requests.get(server.url + "/healthz", timeout=5).ok


@pytest.mark.parametrize("body, content_type", [
    (b"", "application/json"), (b"{", "application/json"), (b"[]", "application/json"), (b"null", "application/json"),
    (b'{"service": 3, "summary": []}', "application/json"),
    (b'{"service":"shop","summary":""}', "application/json"),
    (b"\xff\xfe", "application/json"), (b'{"a":' * 5000, "application/json"), (b"service=shop", "text/plain"),
    (b'{"summary":"' + b"x" * 5_000_000 + b'"}', "application/json"),
], ids=lambda value: value[:20].decode("latin-1") if isinstance(value, bytes) else "")
def test_a_bad_alert_is_a_problem_document(server, body, content_type):
    answer = requests.post(
        server.url + "/api/v1/alerts", data=body, headers={"Content-Type": content_type}, timeout=30)
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["status"] == answer.status_code and problem["title"]
    alive(server)


@pytest.mark.parametrize("path", [
    "/api/v1/alerts/x", "/api/v1/alerts/%00", "/api/v1/nothing", "/api/v1/events?after=x", "/api/v1/events?limit=-1",
    "/api/v1/events?limit=99999999999999999999", "/api/v1/alerts?cursor=%FF%FE", "/alerts/../../etc/passwd",
    "/slos/" + "x" * 5000, "/a/forged.token", "/services/%3Cscript%3E",
])
def test_a_bad_path_is_refused(server, path):
    answer = requests.get(server.url + path, timeout=10, allow_redirects=False)
    assert 400 <= answer.status_code < 500, answer.status_code
    # A problem document may repeat what was asked for: no browser takes it for a page.
    is_page = answer.headers["Content-Type"].startswith("text/html")
    assert "<script>" not in answer.text or not is_page
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    alive(server)


def test_what_people_write_is_escaped(server, api):
    text = "<script>alert(1)</script>\"'&"
    alert = api.fire("shop", "escape", summary=text).json()["id"]
    page = requests.get(f"{server.url}/alerts/{alert}", timeout=10).text
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page


def raw(server, data, wait=5.0):
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=wait) as connection:
        try:
            connection.sendall(data)
            return connection.recv(65536)
        except (TimeoutError, ConnectionError):
            return b""


@pytest.mark.parametrize("data", [
    b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 300_000 + b"\r\n\r\n", os.urandom(4096),
    b"POST /api/v1/alerts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
    b"POST /api/v1/alerts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
], ids=["version", "tls", "long-path", "long-header", "noise", "negative-length", "two-lengths"])
def test_what_is_no_request(server, data):
    answer = raw(server, data)
    assert not answer.startswith(b"HTTP/1.1 2"), answer[:200]
    alive(server)


def test_a_foreign_host_name_is_refused(server):
    """A page elsewhere may point its own name at loopback; the answer must not go to it."""
    answer = requests.get(server.url + "/api/v1/alerts", headers={"Host": "evil.example"}, timeout=5)
    assert 400 <= answer.status_code < 500


def test_a_form_of_another_site_is_refused(server, api):
    alert = api.fire("shop", "csrf").json()["id"]
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = requests.post(
            f"{server.url}/alerts/{alert}/acknowledge", headers=headers, timeout=5, allow_redirects=False)
        assert answer.status_code == 403, answer.status_code
    assert api.get(f"alerts/{alert}")["state"] == "firing"


def test_slow_and_idle_connections_do_not_pile_up(server):
    host, port = server.url.removeprefix("http://").split(":")
    idle = []
    try:
        for _ in range(300):
            connection = socket.create_connection((host, int(port)), timeout=5)
            connection.sendall(b"GET / HTTP/1.1\r\nHost:")
            idle.append(connection)
        alive(server)
    finally:
        for connection in idle:
            connection.close()
    time.sleep(1)
    before = cpu_seconds(server.child.pid)
    time.sleep(2)
    assert cpu_seconds(server.child.pid) - before < 1.0


def test_a_million_labels_are_refused_in_the_words_of_the_sender(server, api):
    """Most clients write all of a request before they read the answer: the server has to read on to be heard."""
    labels = {f"l{number}": "x" for number in range(1_000_000)}
    begun = time.monotonic()
    refused = requests.post(
        server.url + "/intake/alertmanager/api/v2/alerts", json=[{"labels": labels}], timeout=20)
    assert refused.status_code == 413 and refused.json()["code"] == 413, refused.text
    assert time.monotonic() - begun < 10
    assert not api.items("alerts")


def test_noise_does_not_grow_memory(server):
    """A fixed seed of random bodies at every intake; memory stays within bounds."""
    chance = random.Random(7)
    session = requests.Session()
    paths = ["/api/v1/alerts", "/intake/prometheus/api/v1/write", "/api/v1/incidents", "/alerts", "/login"]
    for number in range(400):
        body = chance.randbytes(chance.choice((0, 1, 10, 1000, 50_000)))
        answer = session.post(
            server.url + paths[number % len(paths)], data=body, timeout=10,
            headers={"Content-Type": chance.choice(("application/json", "application/x-protobuf", "text/html", ""))})
        assert answer.status_code < 500 or answer.status_code == 501, (paths[number % len(paths)], answer.status_code)
    alive(server)
    assert resident_bytes(server.child.pid) < 300 << 20


def test_definitions_that_turn_bad_keep_the_last_good_ones(server, api, definitions):
    path = definitions / "slo.yaml"
    good = path.read_text()
    path.write_text(good.replace("target: 0.999", "target: 1.5"))

    def degraded():
        return "slo.yaml" in requests.get(server.url + "/readyz", timeout=5).text

    eventually(degraded, 30, "the bad file named in /readyz", every=0.5)
    assert api.get("slos/shop-availability")
    assert server.stop() == 0
    server.start()
    assert server.api().get("slos/shop-availability")
    path.write_text(good)
    eventually(lambda: requests.get(server.url + "/readyz", timeout=5).status_code == 200 and not degraded(), 30,
               "ready again", every=0.5)


def test_no_good_definitions_at_all_is_exit_2(run, tmp_path):
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "x.yaml").write_text("apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: x}\nspec: {}\n")
    result = run("serve", "--data-dir", tmp_path / "data", "--definitions", bad, "--listen", "127.0.0.1:0")
    assert result.returncode == 2
    assert "x.yaml:" in result.stderr


def test_two_servers_on_one_data_directory(server, run, definitions):
    result = run("serve", "--data-dir", server.data, "--definitions", definitions, "--listen", "127.0.0.1:0")
    assert result.returncode == 2
    assert str(server.data) in result.stderr
    alive(server)


def test_beyond_loopback_it_wants_a_token(run, tmp_path, definitions):
    result = run("serve", "--data-dir", tmp_path / "data", "--definitions", definitions, "--listen", "0.0.0.0:0")
    assert result.returncode == 2
    assert "token" in result.stderr
