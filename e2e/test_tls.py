"""TLS of its own, and behind a proxy that ends it."""

import socket

import pytest
import requests
import trustme


@pytest.fixture
def authority(tmp_path):
    """A certificate for this machine, and the authority that signed it."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    for path, blobs in {"chain.pem": issued.cert_chain_pems, "ca.pem": [authority.cert_pem]}.items():
        (tmp_path / path).write_bytes(b"".join(blob.bytes() for blob in blobs))
    (tmp_path / "key.pem").write_bytes(issued.private_key_pem.bytes())
    return tmp_path


def tls(directory, chain="chain.pem", key="key.pem"):
    return ["--tls-certificate", directory / chain, "--tls-key", directory / key]


def test_serves_over_tls_and_marks_its_cookies(make_server, definitions, authority):
    server = make_server(definitions, arguments=tls(authority)).start()
    assert server.url.startswith("https://")
    answer = requests.get(server.url + "/alerts", verify=str(authority / "ca.pem"), timeout=10)
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "; Secure" in answer.headers["set-cookie"]
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(server.url, timeout=10)


def test_speaks_nothing_else_on_a_tls_port(make_server, definitions, authority):
    server = make_server(definitions, arguments=tls(authority)).start()
    host, port = server.url.removeprefix("https://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        plain.sendall(b"GET /alerts HTTP/1.1\r\nHost: x\r\n\r\n")
        said = plain.recv(4096)
    assert not said.startswith(b"HTTP/")
    # A broken handshake is the end of one connection only.
    assert requests.get(server.url + "/healthz", verify=str(authority / "ca.pem"), timeout=10).ok


def test_a_key_that_does_not_fit_is_refused_before_anything_is_opened(run, tmp_path, definitions, authority):
    other = trustme.CA().issue_cert("localhost")
    (authority / "other.pem").write_bytes(other.private_key_pem.bytes())
    for key in ["other.pem", "absent.pem"]:
        done = run(
            "serve", "--data-dir", tmp_path / "data", "--definitions", definitions, "--listen", "127.0.0.1:0",
            *tls(authority, key=key))
        assert done.returncode == 2, done
        assert key in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_believes_only_the_proxy_it_was_told_of(make_server, definitions):
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    behind = make_server(definitions, arguments=["--trusted-proxies", "127.0.0.1"]).start()
    answer = requests.get(behind.url + "/alerts", headers=forwarded, timeout=10)
    # Without users only this machine is let in, and the proxy says that the client is another one.
    assert answer.status_code == 403 and "strict-transport-security" in answer.headers
    answer = requests.get(behind.url + "/alerts", headers={"X-Forwarded-Proto": "https"}, timeout=10)
    assert "; Secure" in answer.headers["set-cookie"]
    open_to_all = make_server(definitions).start()
    answer = requests.get(open_to_all.url + "/alerts", headers=forwarded, timeout=10)
    assert "; Secure" not in answer.headers["set-cookie"] and "strict-transport-security" not in answer.headers
