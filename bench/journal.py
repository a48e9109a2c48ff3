"""The journal: 64 writers, each event durable before its reply, against plain SQLite one-row transactions with
synchronous=FULL; the same with 2 ms added to each sync; and a restart with 1,000,000 events."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from frame import ROOT, alternate, report, summary

BINARY = pathlib.Path(os.environ.get("MAINSTAY_JOURNAL_BENCH", ROOT / ".build/release/journal-bench"))
TIMES_MIN, P99_MS_MAX, RESTART_S_MAX = 6, 10, 2
SECONDS = os.environ.get("MAINSTAY_BENCH_SECONDS", "3")


def call(*arguments, env=None):
    done = subprocess.run(
        [str(BINARY), *map(str, arguments)], capture_output=True, text=True, check=True, env={**os.environ, **(env or {})})
    return json.loads(done.stdout.strip().splitlines()[-1])


def rates(directory, name, env=None):
    """Both in turn, each on a fresh directory; returns whether ours keeps the ratio and the latency."""
    slow = []

    def ours():
        with tempfile.TemporaryDirectory(dir=directory) as fresh:
            result = call("writers", fresh, "--writers", 64, "--seconds", SECONDS, env=env)
            slow.append(result["p99_ms"])
            return result["rate"]

    def plain():
        with tempfile.TemporaryDirectory(dir=directory) as fresh:
            return call("plain", fresh, "--seconds", SECONDS, env=env)["rate"]

    figures = alternate({"mainstay": ours, "sqlite-one-row": plain})
    report(name, "durable events/s", figures)
    times = summary(figures["mainstay"])["median"] / summary(figures["sqlite-one-row"])["median"]
    kept = times >= TIMES_MIN
    print(f"  {'kept' if kept else 'MISSED'}: {times:.1f} times the plain loop, at least {TIMES_MIN}")
    # The unmeasured first turn left its latency too; only the measured ones count.
    bound = P99_MS_MAX if env is None else None
    latency = report(f"{name}-p99", "ms", {"mainstay": slow[1:]}, more_is_better=False, bound=bound)
    return kept and latency


def run():
    # Not in /tmp, which may be memory, where a sync costs nothing.
    scratch = ROOT / ".build" / "bench-journal"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        kept = [rates(scratch, "journal")]
        library = scratch / "slowsync.so"
        subprocess.run(
            ["cc", "-O2", "-shared", "-fPIC", "-o", library, ROOT / "bench/journal/slowsync.c", "-ldl"], check=True)
        kept.append(rates(scratch, "journal-2ms-sync", env={"LD_PRELOAD": str(library), "SLOWSYNC_US": "2000"}))
        call("fill", scratch / "million", "--events", 1_000_000)
        restarts = alternate({"mainstay": lambda: call("restart", scratch / "million")["seconds"]})
        kept.append(report("journal-restart", "s to serve 1,000,000 events", restarts, more_is_better=False,
                           bound=RESTART_S_MAX))
        return all(kept)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
