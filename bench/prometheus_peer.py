"""Debian's Prometheus with days of samples behind it and Sloth's rules in front of it: the peer of `slo.py`."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import requests
import yaml

from frame import LOAD_CORE, RESULTS, ROOT, pinned
from support.processes import Child, cpu_seconds, eventually
from support.receivers import free_port
from support.web import TEXT, LocalServer

STEP = 15
# As Prometheus compacts: whole blocks of 18 hours, what is left over in blocks of 2.
LARGE, SMALL = 18 * 3600, 2 * 3600
SHARED = pathlib.Path(os.environ.get("MAINSTAY_BENCH_SHARED", ROOT.parent / "shared" / "bench"))


def tick(seconds):
    """The last multiple of 15 seconds."""
    return int(seconds) // STEP * STEP


def lacking():
    """What is not there of what the peer needs, in words; empty when all is."""
    for binary in ("prometheus", "promtool"):
        if not shutil.which(binary):
            return f"no {binary}; run Scripts/setup test"
    if not (SHARED / "sloth_rules.py").exists():
        return f"no {SHARED / 'sloth_rules.py'}; set MAINSTAY_BENCH_SHARED to the folder that has it"
    return ""


class Blocks:
    """The samples of a fleet as TSDB blocks, made once and carried on to the present each time."""

    def __init__(self, binary, slos, days, seed=1):
        self.binary, self.slos, self.seed = binary, slos, seed
        self.path = RESULTS / "cache" / f"slo-{slos}-{days}d-seed{seed}-{self._generator()}"
        self._about = self.path / "about.json"
        about = json.loads(self._about.read_text()) if self._about.exists() else None
        if about is None or time.time() - about["until"] > 2 * 86400:
            shutil.rmtree(self.path, ignore_errors=True)
            self.path.mkdir(parents=True)
            start = tick(time.time() - days * 86400 - 3600)
            about = {"start": start, "until": start}
        self.start, self.until = about["start"], about["until"]

    @staticmethod
    def _generator():
        """Names what the samples are made by: blocks of another one are of no use."""
        source = ROOT / "bench" / "slo"
        made_by = b"".join((source / name).read_bytes() for name in ("Traffic.swift", "SampleWriter.swift"))
        return hashlib.sha256(made_by).hexdigest()[:12]

    def flags(self):
        return ["--slos", str(self.slos), "--seed", str(self.seed), "--start", str(self.start)]

    def carry_on(self, until):
        """Makes blocks up to the tick `until`, which is left out. A block that is done is kept if this is broken off."""
        while self.until < until:
            size = LARGE if self.until // LARGE * LARGE + LARGE <= until else SMALL
            end = min(self.until // size * size + size, until)
            self._make(self.until, end, size)
            self.until = end
            self._about.write_text(json.dumps({"start": self.start, "until": self.until}))

    def _make(self, start, end, size):
        text = self.path / "samples.om"
        with text.open("wb") as file:
            subprocess.run([self.binary, "samples", str(start), str(end), *self.flags()], stdout=file, check=True)
        made = self.path / "made"
        subprocess.run(
            ["promtool", "tsdb", "create-blocks-from", "openmetrics", f"--max-block-duration={size // 3600}h", "--quiet",
             text, made], check=True, capture_output=True)
        text.unlink()
        for block in made.iterdir():
            if (block / "meta.json").exists():
                block.rename(self.path / block.name)
        shutil.rmtree(made)

    def copy(self, directory):
        """The blocks as a data directory of their own; the files are shared, and Prometheus writes none of them."""
        directory.mkdir(parents=True)
        for block in self.path.iterdir():
            if block.is_dir():
                shutil.copytree(block, directory / block.name, copy_function=os.link)


class LiveTarget(LocalServer):
    """Serves the samples of the present, with their times: a page for each tick of 15 seconds."""

    def __init__(self, blocks, directory, seconds):
        begin = tick(time.time())
        directory.mkdir(parents=True)
        subprocess.run(
            [blocks.binary, "expositions", str(begin), str(begin + seconds), directory, *blocks.flags()], check=True)
        self.asked = []
        self._directory = directory
        super().__init__(self._answer)

    def _answer(self, request):
        now = time.time()
        page = self._directory / f"{tick(now)}.txt"
        if "prometheus" in request.headers.get("User-Agent", "").lower():
            self.asked.append(now)
        body = page.read_bytes() if page.exists() else b""
        return 200 if body else 503, TEXT, body

    def phase(self):
        """How many seconds after a tick Prometheus asks."""
        return self.asked[-1] % STEP


class Peer:
    """Prometheus on blocks, scraping a target each 15 seconds, without rules until `add_rules`."""

    def __init__(self, directory, target):
        self.directory, self.target = directory, target
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._configure(0)
        self.child = Child(
            pinned(
                ["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/tsdb",
                 # The blocks have their final size; without this they would be compacted while others are measured.
                 "--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h",
                 "--storage.tsdb.retention.time=40d", f"--web.listen-address=127.0.0.1:{self.port}",
                 "--web.enable-lifecycle", "--log.level=error"], LOAD_CORE), directory / "prometheus.log")
        eventually(lambda: requests.get(self.url + "/-/ready", timeout=2).ok, 60, lambda: self.child.output())

    def _configure(self, attempt):
        (self.directory / "prometheus.yml").write_text(yaml.safe_dump({
            "global": {"scrape_interval": f"{STEP}s", "evaluation_interval": "60s"},
            "rule_files": [str(self.directory / "rules*.yml")],
            "scrape_configs": [{
                "job_name": "slo", "honor_labels": True, "params": {"attempt": [str(attempt)]},
                "static_configs": [{"targets": [self.target.address]}]}],
        }))

    def reload(self):
        requests.post(self.url + "/-/reload", timeout=120).raise_for_status()

    def settle(self):
        """Waits for the scrapes, and moves them well between two ticks: at a tick either page could be served."""
        for attempt in range(1, 20):
            seen = len(self.target.asked)
            eventually(lambda: len(self.target.asked) > seen, 2 * STEP, "a scrape by Prometheus")
            if 2 <= self.target.phase() <= STEP - 2:
                return
            self._configure(attempt)
            self.reload()
        raise AssertionError("Prometheus scrapes at the ticks, whatever the target")

    def add_rules(self, slos, interval=None):
        flags = ["--interval", interval] if interval else []
        subprocess.run(
            [sys.executable, SHARED / "sloth_rules.py", "-n", str(slos), "-o", self.directory / "rules.yml", *flags],
            check=True)
        self.reload()

    def groups(self):
        """How often the groups that compute error ratios were evaluated, the rarest one, and the seconds that took."""
        text = requests.get(self.url + "/metrics", timeout=30).text
        counts = [float(value) for value in re.findall(
            r'^prometheus_rule_group_iterations_total\{rule_group="[^"]*sloth-slo-sli-[^"]*"\} (\S+)', text, re.M)]
        # The summary of all groups; those of meta rules and alerts take next to nothing.
        spent = re.search(r"^prometheus_rule_group_duration_seconds_sum (\S+)", text, re.M)
        missed = [float(value) for value in re.findall(
            r"^prometheus_rule_group_iterations_missed_total\{[^}]*\} (\S+)", text, re.M)]
        failed = [float(value) for value in re.findall(
            r"^prometheus_rule_evaluation_failures_total\{[^}]*\} (\S+)", text, re.M)]
        return {
            "evaluations": sum(counts), "rarest": min(counts, default=0), "seconds": float(spent[1]) if spent else 0,
            "missed": sum(missed) + sum(failed)}

    def cpu(self):
        return cpu_seconds(self.child.pid)

    def query(self, expression):
        answer = requests.get(self.url + "/api/v1/query", params={"query": expression}, timeout=60).json()
        assert answer["status"] == "success", answer
        return answer["data"]["result"]

    def recorded(self, since):
        """The error ratios that the rules recorded: service, time in ms, newest sample's time, window in s, ratio."""
        lines = []
        phase = self.target.phase()
        for name, window in (("5m", 300), ("30m", 1800), ("1h", 3600), ("2h", 7200), ("6h", 21600), ("1d", 86400),
                             ("3d", 259200)):
            for series in self.query(f"slo:sli_error:ratio_rate{name}[{int(time.time() - since)}s]"):
                service = int(series["metric"]["sloth_service"].rsplit("-", 1)[1])
                for at, ratio in series["values"]:
                    # Close to a scrape nobody knows whether its samples were there already.
                    if 0.5 < (at - phase) % STEP < STEP - 0.5:
                        lines.append(f"{service}\t{round(at * 1000)}\t{tick(at - phase)}\t{window}\t{ratio}")
        return lines

    def stop(self):
        self.child.stop()
