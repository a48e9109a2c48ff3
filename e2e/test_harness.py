"""The harness itself: what the other tests stand on must be able to fail and must clean up."""

import smtplib
import subprocess
import sys
import time

import pytest
import requests

from support import browser as chromium
from support import remote_write
from support.processes import Child, eventually
from support.prometheus import Prometheus


def test_a_child_dies_with_its_parent(tmp_path):
    script = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from support.processes import Child\n"
        "print(Child(['sleep', '60'], sys.argv[2]).pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(__import__("pathlib").Path(__file__).parent), str(tmp_path / "log")],
        stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()

    def gone():
        try:
            return open(f"/proc/{pid}/stat").read().split()[2] == "Z"
        except FileNotFoundError:
            return True

    eventually(gone, 5, "the child's end")


def test_a_child_that_ignores_sigterm_is_killed(tmp_path):
    child = Child(["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"], tmp_path / "log")
    eventually(lambda: "up" in child.output(), 5, "output")
    assert child.stop(seconds=0.5) == -9


def test_eventually_says_what_it_waited_for():
    with pytest.raises(AssertionError, match="a blue moon"):
        eventually(lambda: None, 0.2, "a blue moon")


def test_the_webhook_keeps_what_it_got(webhook):
    webhook.answer = 503
    answer = requests.post(webhook.url, json={"kind": "fired"}, headers={"Idempotency-Key": "a"}, timeout=5)
    assert answer.status_code == 503
    assert webhook.wait_for("fired", 1).key == "a"


def test_the_mail_server_keeps_what_it_got(mail):
    with smtplib.SMTP("127.0.0.1", mail.port) as client:
        client.sendmail("a@example.org", ["b@example.org"], "Subject: hello\r\n\r\nworld\r\n")
    assert mail.wait_for(2)["subject"] == "hello"


def test_snappy_of_literals():
    assert remote_write.snappy(b"abc") == b"\x03\xf4\x02\x00abc"
    assert len(remote_write.snappy(b"x" * 70000)) == 70000 + 3 + 6


def test_a_remote_write_sample():
    request = remote_write.write_request([({"__name__": "up"}, [(1.0, 1)])])
    assert request.hex() == "0a1d" + "0a0e" "0a085f5f6e616d655f5f" "12027570" + "120b" "09000000000000f03f" "1001"


def test_prometheus_scrapes_the_target(tmp_path, counters):
    counters.add('shop_requests_total{code="200"}', 7)
    prometheus = Prometheus(tmp_path / "prometheus", [counters.address])
    try:
        value = eventually(lambda: prometheus.query("shop_requests_total"), 20, "a scrape")
        assert value[0][1] == 7
    finally:
        prometheus.stop()


def test_the_browser_takes_screenshots(browser, tmp_path):
    browser.get("data:text/html,<title>hello</title><body><h1>Hello</h1></body>")
    started = time.monotonic()
    chromium.screenshots(browser, tmp_path / "shots", "hello")
    assert sorted(p.name for p in (tmp_path / "shots").iterdir()) == [
        "hello-dark.png", "hello-light.png", "hello-phone.png"]
    assert chromium.sideways_scroll(browser) <= 0
    assert time.monotonic() - started < 20
