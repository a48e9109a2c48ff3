"""What SLOs cost to evaluate: beside Debian's Prometheus with Sloth's rules on the same samples, and alone as they grow.

For 20 and 100 SLOs of 12 series each, 3 days of samples are made into TSDB blocks (kept below bench/results/cache and
carried on to the present each time). Prometheus runs on them and scrapes a page that carries the same series on; after a
minute without rules it gets Sloth's. Beside it `mainstay serve` scrapes the same page and has the same SLOs as
definitions. Then the same samples are counted in a ledger and evaluated there, and every error ratio that Prometheus
recorded meanwhile is held against ours.

    MAINSTAY_SLO_SIZES   SLOs beside Prometheus, 20,100       MAINSTAY_SLO_GROWTH   SLOs alone, 100,1000,10000
    MAINSTAY_SLO_DAYS    days of samples, 3                   MAINSTAY_SLO_ROUNDS   minutes measured with rules, 3
"""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

import frame
import prometheus_peer as peer
from support.processes import cpu_seconds, eventually, resident_bytes
from support.server import Mainstay

BINARY = pathlib.Path(os.environ.get("MAINSTAY_SLO_BENCH", frame.ROOT / ".build" / "release" / "slo-bench"))
SERVER = pathlib.Path(os.environ.get("MAINSTAY_BINARY", frame.ROOT / ".build" / "release" / "mainstay"))
SIZES = [int(size) for size in os.environ.get("MAINSTAY_SLO_SIZES", "20,100").split(",") if size]
GROWTH = [int(size) for size in os.environ.get("MAINSTAY_SLO_GROWTH", "100,1000,10000").split(",") if size]
DAYS = int(os.environ.get("MAINSTAY_SLO_DAYS", "3"))
ROUNDS = max(1, int(os.environ.get("MAINSTAY_SLO_ROUNDS", "3")))
ROUND_SECONDS, WARM_UP_SECONDS = 60, 40
EVALUATION_RATIO_LEAST, PROCESS_RATIO_LEAST = 10_000, 50
PASS_MS_MOST, RESIDENT_KB_MOST, RESIDENT_MB_MOST = 5, 64, 1024
# Differences that the documented rules of `rate` leave over are rounding.
UNEXPLAINED_MOST = 1e-6

CATALOG = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: slo-team}
spec: {type: team, children: []}
"""

SERVICE = """\
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{name: {name}}}
spec: {{type: service, lifecycle: production, owner: slo-team}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}-availability}}
spec:
  service: {name}
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 30d, isRolling: true}}]
  objectives: [{{displayName: Requests succeed, target: 0.999}}]
  indicator:
    metadata: {{name: {name}-requests}}
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource: {{type: Prometheus, spec: {{query: 'http_requests_total{{service="{name}",code=~"(5..|429)"}}'}}}}
        total:
          metricSource: {{type: Prometheus, spec: {{query: 'http_requests_total{{service="{name}"}}'}}}}
"""


def bench(*arguments):
    """What slo-bench prints, on the core of the measured process."""
    run = subprocess.run(frame.pinned([BINARY, *arguments]), capture_output=True, text=True, timeout=3600, check=True)
    return json.loads(run.stdout)


def definitions(directory, slos):
    directory.mkdir(parents=True)
    (directory / "services.yaml").write_text(
        CATALOG + "".join(SERVICE.format(name=f"svc-{number:05d}") for number in range(slos)))
    return directory


class Sampler:
    """CPU seconds and resident memory of a process, a value for each round."""

    def __init__(self, pid):
        self.pid, self.spent, self.resident = pid, [], []
        self._before = cpu_seconds(pid)

    def round(self):
        now = cpu_seconds(self.pid)
        self.spent.append(now - self._before)
        self.resident.append(resident_bytes(self.pid) / 2**20)
        self._before = now


# --- Beside Prometheus ----------------------------------------------------------------------------------------------


def side_by_side(slos, scratch):
    blocks = peer.Blocks(BINARY, slos, DAYS)
    print(f"\n{slos} SLOs: samples of {DAYS} days as blocks in {blocks.path.relative_to(frame.ROOT)}", flush=True)
    # Made a little into the future, so that the first scrape cannot come too late. Until then scrapes are refused.
    blocks.carry_on(peer.tick(time.time()))
    joined = peer.tick(time.time()) + 90
    blocks.carry_on(joined)
    blocks.copy(scratch / "tsdb")
    needed = 90 + WARM_UP_SECONDS + ROUND_SECONDS * (ROUNDS + 4) + 300
    target = peer.LiveTarget(blocks, scratch / "pages", needed)
    prometheus = peer.Peer(scratch, target)
    server = Mainstay(
        SERVER, scratch, definitions(scratch / "definitions", slos), arguments=["--scrape", f"http://{target.address}/"])
    try:
        prometheus.settle()
        server.start()
        os.sched_setaffinity(server.child.pid, {frame.OURS_CORE})
        time.sleep(max(0, joined - time.time()) + WARM_UP_SECONDS)
        measured = rounds(slos, prometheus, server)
        recorded = prometheus.recorded(measured["since"])
        assert recorded, "the rules recorded nothing; " + prometheus.child.output()[-2000:]
        holes = prometheus.query(f"count(count_over_time(http_requests_total[10m] offset 30s) < {600 // peer.STEP})")
        assert not holes, f"{holes[0]['value'][1]} series lack samples of the last 10 minutes"
        check_counted(server, slos)
    finally:
        prometheus.stop()
        server.close()
        target.stop()
    evaluated = bench("evaluate", str(peer.tick(time.time())), *blocks.flags())
    (scratch / "recorded.tsv").write_text("\n".join(recorded) + "\n")
    differences = bench("compare", str(scratch / "recorded.tsv"), *blocks.flags())
    return [report_evaluation(slos, measured, evaluated), report_process(slos, measured), report_differences(slos, differences)]


def rounds(slos, prometheus, server):
    """A minute without rules, then `ROUNDS` minutes with them."""
    before = prometheus.cpu()
    time.sleep(ROUND_SECONDS)
    base = prometheus.cpu() - before
    since = time.time()
    prometheus.add_rules(slos)
    eventually(lambda: prometheus.groups()["rarest"] >= 1, 3 * ROUND_SECONDS, "an evaluation of every group", every=1)
    theirs, ours = Sampler(prometheus.child.pid), Sampler(server.child.pid)
    evaluations, group_seconds = [], []
    before = prometheus.groups()
    for _ in range(ROUNDS):
        time.sleep(ROUND_SECONDS)
        theirs.round()
        ours.round()
        after = prometheus.groups()
        evaluations.append(after["evaluations"] - before["evaluations"])
        group_seconds.append(after["seconds"] - before["seconds"])
        before = after
    assert before["missed"] == 0, f"{before['missed']:g} evaluations were missed or failed"
    assert min(evaluations) >= slos, f"only {min(evaluations):g} evaluations in {ROUND_SECONDS} s"
    return {
        "base": base, "since": since, "theirs": theirs, "ours": ours, "evaluations": evaluations,
        "group_seconds": group_seconds}


def check_counted(server, slos):
    """That the server counts what it is given: otherwise it would be cheap for nothing."""
    text = server.api().call("GET", "/metrics").text
    series = re.search(r"^mainstay_ledger_series (\S+)", text, re.M)
    budget = r"^mainstay_slo_error_budget_remaining_ratio\{[^}]*\} (\S+)"
    left = [float(value) for value in re.findall(budget, text, re.M)]
    assert series and float(series[1]) == slos * 12, f"the server counts {series and series[1]} series, not {slos * 12}"
    assert len(left) == slos and min(left) < 1, f"the server knows {len(left)} budgets, the lowest {min(left, default=1)}"


def least(name, ratio, bound):
    kept = ratio >= bound
    print(f"  {'kept' if kept else 'MISSED'}: {name} {ratio:,.0f} times less, at least {bound:,}")
    return kept


def report_evaluation(slos, measured, evaluated):
    """CPU of one evaluation of one SLO. Theirs is the whole process less what it spends without rules."""
    theirs = [
        (spent - measured["base"]) * 1e6 / count
        for spent, count in zip(measured["theirs"].spent, measured["evaluations"])]
    ours = [seconds * 1e6 / slos for seconds in evaluated["passes_s"]]
    figures = {"mainstay": ours, "prometheus": theirs}
    frame.report(f"slo-evaluation-{slos}", "µs CPU an SLO", figures, more_is_better=False)
    median = {name: frame.summary(values)["median"] for name, values in figures.items()}
    walls = [seconds * 1e6 / count for seconds, count in zip(measured["group_seconds"], measured["evaluations"])]
    print(f"  Prometheus's own measure of the time in its groups: {frame.summary(walls)['median']:,.0f} µs an SLO")
    warm = frame.summary([seconds * 1e6 / slos for seconds in evaluated["warm_passes_s"]])["median"]
    print(f"  ours begin with empty caches; with warm ones {warm:,.3f} µs")
    print(f"  {evaluated['samples']:,} samples counted in {evaluated['intake_s']:.2f} s CPU; burn rates of svc-00000: "
          + ", ".join(f"{window} {rate:.3g}" for window, rate in evaluated["burns"].items()))
    frame.report(f"slo-ledger-memory-{slos}", "MB resident", {
        "mainstay": [evaluated["resident_bytes"] / 2**20], "prometheus": measured["theirs"].resident},
        more_is_better=False)
    return least("CPU an evaluation", median["prometheus"] / median["mainstay"], EVALUATION_RATIO_LEAST)


def report_process(slos, measured):
    """The two whole processes over the same minutes, with intake, evaluation and all else that they do."""
    spent = {"mainstay": measured["ours"].spent, "prometheus": measured["theirs"].spent}
    frame.report(f"slo-process-{slos}", f"CPU s in {ROUND_SECONDS} s", spent, more_is_better=False)
    total = {name: sum(values) for name, values in spent.items()}
    print(f"  over {ROUNDS * ROUND_SECONDS} s: mainstay {total['mainstay']:.2f} s, prometheus {total['prometheus']:.2f} s, "
          f"of which {measured['base'] * ROUNDS:.2f} s would be spent without rules")
    frame.report(f"slo-process-memory-{slos}", "MB resident", {
        "mainstay": measured["ours"].resident, "prometheus": measured["theirs"].resident}, more_is_better=False)
    return least("CPU of the process", total["prometheus"] / max(total["mainstay"], 0.01), PROCESS_RATIO_LEAST)


def report_differences(slos, differences):
    """The largest difference of the burn rates by window, and what it is made of."""
    print("\n  largest difference of two burn rates, ours and what Prometheus recorded, and its parts")
    print(f"  {'window':>6} {'readings':>8} {'burn up to':>10} {'difference':>10} {'of it':>7}"
          f" {'bucket edges':>12} {'watermark':>10} {'rate()':>10} {'recount':>8} {'unexplained':>11}")
    for row in differences:
        print(f"  {row['window']:>6} {row['readings']:>8} {row['burn_max']:>10.2f} {row['difference']:>10.4f}"
              f" {row['relative']:>7.2%} {row['edges']:>12.4f} {row['watermark']:>10.4f} {row['extrapolation']:>10.4f}"
              f" {row['recount']:>8.1g} {row['unexplained']:>11.1g}")
    recount = max(row["recount"] for row in differences)
    unexplained = max(row["unexplained"] for row in differences)
    exact, known = recount == 0, unexplained <= UNEXPLAINED_MOST
    print(f"  {'kept' if exact else 'MISSED'}: ours equal a recount of the events between the same edges")
    print(f"  {'kept' if known else 'MISSED'}: `rate` by its documented rules gives what Prometheus recorded")
    frame.report(
        f"slo-difference-{slos}", "burn rate", {"mainstay": [max(row["difference"] for row in differences)]},
        more_is_better=False)
    return exact and known


# --- Alone ----------------------------------------------------------------------------------------------------------


def grow():
    """How evaluation and memory grow with the number of SLOs. The bounds are those of the largest fleet."""
    kept = []
    for slos in GROWTH:
        result = bench("grow", "--slos", str(slos))
        largest = slos >= 10_000

        def line(name, unit, values, bound=None):
            kept.append(frame.report(
                f"slo-{name}-{slos}", unit, {"mainstay": values}, more_is_better=False, bound=bound if largest else None))

        line("pass", "ms CPU", [seconds * 1000 for seconds in result["passes_s"]], PASS_MS_MOST)
        warm, reads = (
            frame.summary([seconds * 1000 for seconds in result[name]])["median"] for name in ("warm_passes_s", "reads_s"))
        print(f"  begun with empty caches; with warm ones {warm:,.3f} ms. {result['awake']:,} of {slos:,} judged in full; "
              f"to read the 8 windows of all takes {reads:,.3f} ms")
        line("resident", "KB an SLO with its 12 series", [result["resident_bytes"] / 1024 / slos], RESIDENT_KB_MOST)
        alone, beside = result["copied_ms"]
        print(f"  a sample of all series is counted in {alone:,.1f} ms, and in {beside:,.1f} ms while a snapshot is written")
        line("resident-all", "MB with 12 series an SLO", [result["process_bytes"] / 2**20], RESIDENT_MB_MOST)
    return kept


def run():
    if not BINARY.exists():
        subprocess.run(["swift", "build", "-c", "release", "--product", "slo-bench"], cwd=frame.ROOT, check=True)
    frame.RESULTS.mkdir(parents=True, exist_ok=True)
    frame.pin_self()
    kept = grow()
    missing = peer.lacking()
    if missing:
        print(f"\nskipped: Prometheus beside it ({missing})")
        return all(kept)
    for slos in SIZES:
        with tempfile.TemporaryDirectory(dir=frame.RESULTS, prefix="slo-") as directory:
            kept += side_by_side(slos, pathlib.Path(directory).resolve())
    return all(kept)
