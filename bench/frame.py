"""What every benchmark here shares: turns taken in alternation, processes pinned, a table, and a JSON file.

A benchmark is a module of this folder with `run()`, which measures and calls `report`. `python bench/run.py NAME` runs
it. Results land in bench/results/NAME.json:

    {"name", "unit", "ours": {"median", "min", "max"}, "peers": {NAME: {…}}, "ratio": {NAME: …}, "machine"}

`ratio` is ours over the peer's where more is better, the peer's over ours where less is: above 1 is always in our favour.
"""

import json
import os
import pathlib
import platform
import shutil
import socket
import statistics

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
ROUNDS = max(1, int(os.environ.get("MAINSTAY_BENCH_ROUNDS", "5")))
# The measured process has this core to itself; the load comes from the other one.
OURS_CORE, LOAD_CORE = 0, (os.cpu_count() or 1) - 1


def pinned(command, core=OURS_CORE):
    """The command held to one core, where the machine has taskset and more than one."""
    command = [str(part) for part in command]
    if shutil.which("taskset") and (os.cpu_count() or 1) > 1:
        return ["taskset", "-c", str(core), *command]
    return command


def pin_self(core=LOAD_CORE):
    os.sched_setaffinity(0, {core})


def alternate(contestants, rounds=ROUNDS):
    """Runs each contestant once unmeasured, then all of them in turn, `rounds` times: name -> list of figures."""
    figures = {name: [] for name in contestants}
    for measure in contestants.values():
        measure()
    for _ in range(rounds):
        for name, measure in contestants.items():
            figures[name].append(measure())
    return figures


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def machine():
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{os.cpu_count()} x {model}, {platform.system()} {platform.release()}"


def report(name, unit, figures, ours="mainstay", more_is_better=True, bound=None):
    """Prints the table of one result and writes its file. `bound` is what ours has to keep to; returns whether it does."""
    own = summary(figures[ours])
    peers = {peer: summary(values) for peer, values in figures.items() if peer != ours}
    ratios = {}
    for peer, other in peers.items():
        over, under = (own, other) if more_is_better else (other, own)
        ratios[peer] = round(over["median"] / under["median"], 2) if under["median"] else None
    RESULTS.mkdir(parents=True, exist_ok=True)
    document = {
        "name": name, "unit": unit, "ours": own, "peers": peers, "ratio": ratios, "machine": machine(),
        "rounds": len(figures[ours])}
    if bound is not None:
        document["bound"] = bound
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
    print(f"\n{name} ({unit}, {'more' if more_is_better else 'less'} is better, {len(figures[ours])} rounds)")
    for who, values in {ours: own, **peers}.items():
        ratio = f"  {ratios[who]:g}x" if ratios.get(who) else ""
        print(f"  {who:<22}{values['median']:>14,.2f}  [{values['min']:,.2f} .. {values['max']:,.2f}]{ratio}")
    if bound is None:
        return True
    kept = own["median"] >= bound if more_is_better else own["median"] <= bound
    print(f"  {'kept' if kept else 'MISSED'}: {'at least' if more_is_better else 'at most'} {bound:g} {unit}")
    return kept


def post_all(port, path, headers, bodies, status):
    """Posts the bodies over one connection, the next when the one before is answered with `status`. A plain socket: the
    sender has to be faster than what it measures. The answers asked for here have no body."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for body in bodies:
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            reply = b""
            while b"\r\n\r\n" not in reply:
                part = connection.recv(65536)
                if not part:
                    raise RuntimeError(f"port {port} closed the connection")
                reply += part
            if not reply.startswith(f"HTTP/1.1 {status}".encode()):
                raise RuntimeError(f"port {port}: {reply[:500]!r}")
