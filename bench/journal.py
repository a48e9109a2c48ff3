"""The journal: 64 concurrent writers, each event durable before its reply, beside SQLite alone with one row a transaction.

Both store the same row with synchronous=FULL, and take turns on the same disk: `$MAINSTAY_BENCH_DIR`, by default a folder of
its own below bench/results. The second pair runs with 2 ms added to each sync. Then the restart of a journal of 1,000,000
events from its snapshot.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import frame

HERE = pathlib.Path(__file__).resolve().parent
BINARY = pathlib.Path(os.environ.get("MAINSTAY_JOURNAL_BENCH", frame.ROOT / ".build" / "release" / "journal-bench"))
SECONDS = os.environ.get("MAINSTAY_BENCH_SECONDS", "3")
EVENTS = os.environ.get("MAINSTAY_BENCH_EVENTS", "1000000")
RATIO_LEAST, P99_MS_MOST, RESTART_S_MOST = 6, 10, 2


def measure(verb, directory, *flags, sync_us=0):
    """One run of the program, as the object that it prints."""
    environment = dict(os.environ)
    if sync_us:
        environment |= {"LD_PRELOAD": str(slow_sync(directory.parent)), "SLOWSYNC_US": str(sync_us)}
    run = subprocess.run(
        [BINARY, verb, directory, *flags], env=environment, capture_output=True, text=True, timeout=1800, check=True)
    return json.loads(run.stdout)


def slow_sync(scratch):
    library = scratch / "slowsync.so"
    if not library.exists():
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, HERE / "journal" / "slowsync.c"], check=True)
    return library


def rates(name, scratch, sync_us=0):
    """Writer and plain loop in turn; true when the ratio and the writer's p99 keep to their bounds."""
    latencies = []

    def writers():
        directory = scratch / f"{name}-writers"
        shutil.rmtree(directory, ignore_errors=True)
        result = measure("writers", directory, "--seconds", SECONDS, sync_us=sync_us)
        latencies.append(result)
        return result["rate"]

    def plain():
        directory = scratch / f"{name}-plain"
        shutil.rmtree(directory, ignore_errors=True)
        return measure("plain", directory, "--seconds", SECONDS, sync_us=sync_us)["rate"]

    figures = frame.alternate({"mainstay": writers, "sqlite one-row": plain})
    frame.report(name, "events/s", figures)
    ratio = frame.summary(figures["mainstay"])["median"] / frame.summary(figures["sqlite one-row"])["median"]
    print(f"  {'kept' if ratio >= RATIO_LEAST else 'MISSED'}: at least {RATIO_LEAST} times plain SQLite")
    measured = latencies[1:]
    frame.report(f"{name}-p50", "ms", {"mainstay": [run["p50_ms"] for run in measured]}, more_is_better=False)
    kept = frame.report(
        f"{name}-p99", "ms", {"mainstay": [run["p99_ms"] for run in measured]}, more_is_better=False, bound=P99_MS_MOST)
    return kept and ratio >= RATIO_LEAST


def restart(scratch):
    directory = scratch / "million"
    filled = measure("fill", directory, "--events", EVENTS)
    print(f"\nfilled {filled['events']:,} events, snapshot at {filled['snapshot']:,}")
    seconds = [measure("restart", directory)["seconds"] for _ in range(frame.ROUNDS + 1)][1:]
    return frame.report(
        "journal-restart", "s", {"mainstay": seconds}, more_is_better=False, bound=RESTART_S_MOST)


def run():
    if not BINARY.exists():
        subprocess.run(["swift", "build", "-c", "release", "--product", "journal-bench"], cwd=frame.ROOT, check=True)
    home = os.environ.get("MAINSTAY_BENCH_DIR")
    if not home:
        frame.RESULTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home or frame.RESULTS, prefix="journal-") as path:
        scratch = pathlib.Path(path)
        kept = [rates("journal", scratch), rates("journal-slow-sync", scratch, sync_us=2000), restart(scratch)]
    return all(kept)
