"""What a source remembers of a time in which Mainstay did not run, and of a past that it was cut off from fetching."""

import re
import time

import pytest
import requests

from support.clock import moved
from support.processes import eventually
from support.recorded import Counters, RecordedPrometheus
from support.web import LocalServer
from test_query_source import DAY, asked, figures, is_bad, metric, said

HOUR = 3_600


def counted(counters, end):
    return (
        pytest.approx(counters.counted(0, end, is_bad), abs=1e-6), pytest.approx(counters.counted(0, end), abs=1e-6))


def test_a_gap_of_many_hours_is_filled(make_server, definitions, tmp_path):
    """Up 30 hours ago, killed; up again now: what it missed is fetched, event for event."""
    end = int(time.time())
    counters = Counters(end - 2 * DAY + HOUR, end, 15, seed=5)
    source = RecordedPrometheus(tmp_path / "source", counters)
    try:
        server = make_server(asked(definitions, source.url), env=moved(tmp_path, -30 * HOUR)).start()
        past = 'mainstay_backfill_progress_ratio{slo="asked"}'
        eventually(lambda: metric(server, past) == 1, 90, lambda: said(server))
        time.sleep(2)
        before = figures(server.api())
        assert 0 < before[1] < counters.counted(0, end) / 2
        server.kill()
        server.env = {}
        server.start()
        eventually(lambda: "a gap of an SLO is filled" in server.log(), 90, lambda: said(server))
        assert metric(server, past) == 1
        truth = counted(counters, end)
        eventually(lambda: figures(server.api()) == truth, 60, lambda: f"{truth}; got {figures(server.api())}")
        assert "live samples end too long ago" in server.log()
        # It is there after another restart, and not fetched again.
        server.kill()
        server.start()
        eventually(lambda: figures(server.api()) == truth, 60, lambda: f"{truth}; got {figures(server.api())}")
        time.sleep(6)
        assert "gap of an SLO" not in server.log() and figures(server.api()) == truth
    finally:
        source.stop()


class Gate(LocalServer):
    """Stands before a real Prometheus. It lets requests through that `passes` agrees with, and keeps them all."""

    def __init__(self, upstream, passes=lambda gate, request: True):
        self.upstream, self.passes = upstream, passes
        self.asked, self.delay = [], 0.0
        super().__init__(self._forward)

    @property
    def url(self):
        return f"http://{self.address}"

    def _forward(self, request):
        body = request.body()
        if body is None:
            return None
        self.asked.append((request.path, dict(request.headers), body.decode()))
        if not self.passes(self, request):
            return 401, {"Content-Type": "text/plain"}, b"no org id"
        time.sleep(self.delay)
        try:
            answer = requests.post(
                self.upstream + request.path, data=body, headers={"Content-Type": request.headers["Content-Type"]},
                timeout=60)
        except requests.ConnectionError:
            return None
        return answer.status_code, {"Content-Type": "application/json"}, answer.content


def stretches(gate):
    """When each request for the past ended, as the queries say it."""
    found = []
    for _, _, body in gate.asked:
        length = re.search(r"%5B(\d+)ms%5D", body)
        if length and int(length.group(1)) > 20 * 60_000:
            found.append(float(re.search(r"&time=([\d.]+)", body).group(1)))
    return found


def test_a_past_goes_on_in_its_middle_after_kill9(make_server, definitions, tmp_path):
    end = int(time.time())
    counters = Counters(end - 10 * DAY, end, 60, seed=6)
    prometheus = RecordedPrometheus(tmp_path / "source", counters)
    gate = Gate(prometheus.url)
    gate.delay = 0.4
    try:
        asked(definitions, gate.url)
        file = definitions / "asked.yaml"
        file.write_text(file.read_text().replace("duration: 2d", "duration: 20d"))
        server = make_server(definitions).start()
        past = 'mainstay_backfill_progress_ratio{slo="asked"}'
        eventually(lambda: (metric(server, past) or 0) >= 0.6, 90, lambda: said(server), every=0.02)
        server.kill()
        truth = counted(counters, end)
        *_, done, under_way = sorted(set(stretches(gate)))
        assert under_way < end - 3 * DAY, "the past was fetched before it could be cut off"
        gate.asked.clear()
        gate.delay = 0.0
        server.start()
        eventually(lambda: metric(server, past) == 1, 90, lambda: said(server))
        # Nothing was asked for again but the stretch that was under way.
        assert min(stretches(gate)) > done, (stretches(gate), done, under_way)
        eventually(lambda: figures(server.api()) == truth, 60, lambda: f"{truth}; got {figures(server.api())}")
        time.sleep(6)
        assert figures(server.api()) == truth
    finally:
        gate.stop()
        prometheus.stop()


HEADERS = """connectionDetails: {{url: "{url}", step: 10s, tenant: team-7, secretRef: "env:TOKEN",
  headers: {{X-Region: eu west, X-Api-Key: {{secretRef: "env:KEY"}}}}}}"""


def test_headers_and_the_tenant_are_sent_with_every_request(make_server, run, definitions, tmp_path):
    end = int(time.time())
    counters = Counters(end - DAY, end, 15, seed=7)
    prometheus = RecordedPrometheus(tmp_path / "source", counters)
    wanted = {"X-Scope-OrgID": "team-7", "X-Region": "eu west", "X-Api-Key": "k-123", "Authorization": "Bearer t-456"}
    gate = Gate(prometheus.url, lambda _, request: all(request.headers[name] == text for name, text in wanted.items()))
    try:
        asked(definitions, gate.url)
        file = definitions / "asked.yaml"
        plain = f'connectionDetails: {{url: "{gate.url}", step: 10s}}'
        text = file.read_text()
        assert plain in text
        # Without them the source refuses, and says why.
        server = make_server(definitions, env={"TOKEN": "t-456", "KEY": "k-123"}).start()
        eventually(lambda: "no org id" in server.log(), 30, lambda: said(server))
        file.write_text(text.replace(plain, HEADERS.format(url=gate.url)))
        truth = counted(counters, end)
        eventually(lambda: figures(server.api()) == truth, 90, lambda: f"{truth}; got {figures(server.api())}\n{said(server)}")
        assert "k-123" not in server.log() and "t-456" not in server.log()
        file.write_text(text.replace(plain, plain[:-1] + ", headers: {X-Api-Key: k-123}}"))
        result = run("validate", definitions)
        assert result.returncode == 1 and "asked.yaml:5:" in result.stdout, result.stdout
        assert "headers.X-Api-Key looks like a secret" in result.stdout and "k-123" not in result.stdout
    finally:
        gate.stop()
        prometheus.stop()
