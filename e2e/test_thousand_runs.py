"""A thousand runs at once: those that wait for people, and those that are performed, over a kill -9 in their midst."""

import collections
import pathlib
import re
import statistics
import threading
import time

from test_runner import book, books, eventually, serve  # noqa: F401

KINDS = {"asks": 300, "steps": 300, "approves": 200, "works": 200}


def memory(server, what="VmHWM"):
    status = pathlib.Path(f"/proc/{server.child.process.pid}/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+) kB", status).group(1)) / 1024


def together(clients, work, seconds=180):
    """Does each piece of work with one of the clients, all of them at once; a busy server is asked again."""
    rest, results, problems = collections.deque(work), {}, []

    def run(client):
        while rest:
            try:
                key, method, path, body = rest.popleft()
            except IndexError:
                return
            for _ in range(200):
                answer = client.call(method, path, json=body)
                if answer.status_code not in (429, 503):
                    break
                time.sleep(0.1)
            if answer.ok:
                results[key] = answer.json()
            else:
                problems.append((path, answer.status_code, answer.text[:200]))

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    assert not problems, problems[:5]
    assert len(results) == len(work)
    return results


def pages(server, token, run, rounds=5):
    """Milliseconds that the pages of runs take, the median and the most of each."""
    client = server.api(token)
    times = {}
    for path in ("/", "/runs", "/runs?state=waiting", "/runbooks", f"/runs/{run}", "/api/v1/runs?limit=100"):
        took = []
        for _ in range(rounds):
            began = time.monotonic()
            answer = client.session.get(server.url + path, timeout=60)
            took.append((time.monotonic() - began) * 1_000)
            assert answer.status_code == 200, (path, answer.status_code)
        times[path] = (statistics.median(took), max(took))
    return times


def test_a_thousand_runs_end_rightly_over_a_kill(books, serve):
    book(books, "asks", ("ask", "count", "question: How many?\ntype: integer"),
         ("sh", "say", 'echo "answered $ANSWER_COUNT"', {"x-needs": "count"}))
    book(books, "steps", ("sh", "first", "echo first; export FROM=first"), ("sh", "then", 'echo "then $FROM"'))
    book(books, "approves", ("sh", "act", "echo acted", {"x-approve": "responder:1", "x-undo": "back"}),
         ("sh", "back", "echo back"))
    book(books, "works", ("sh", "work", "sleep 0.2; echo worked", {"x-repeat": "safe"}))
    server = serve()
    root = server.api(server.api().post("tokens", {"name": "root", "role": "admin"})["token"])
    tokens = {name: root.post("tokens", {"name": name, "role": "responder", "user": name})["token"] for name in ("ana", "ben")}

    def clients(name, count=8):
        return [server.api(tokens[name]) for _ in range(count)]

    began = time.monotonic()
    work = [((kind, number), "POST", f"runbooks/{kind}/runs",
             {"inputs": {}, "mode": "stepwise" if kind == "steps" else "all"})
            for number in range(max(KINDS.values())) for kind in KINDS if number < KINDS[kind]]
    started = together(clients("ana"), work)
    runs = {kind: [started[kind, number]["id"] for number in range(KINDS[kind])] for kind in KINDS}
    every = {run for some in runs.values() for run in some}
    assert len(every) == 1_000
    took = time.monotonic() - began
    api = server.api(tokens["ana"])

    # Those that are performed end while the others wait.
    eventually(lambda: ended(api, runs["works"]) == {"completed": 200}, 180, lambda: ended(api, runs["works"]), 1)
    assert len(api.items("runs", state="waiting", limit=200)) == 800
    times = pages(server, tokens["ana"], runs["approves"][0])
    peak = memory(server)
    for path, (median, most) in times.items():
        print(f"{path.split('/')[-1][:24] or '/':>26} median {median:.0f} ms, most {most:.0f} ms")
    print(f"started in {took:.1f} s; memory at most {peak:.0f} MiB")

    # Half of the people do their part, and the server is killed over it.
    half = {kind: runs[kind][: KINDS[kind] // 2] for kind in ("asks", "steps", "approves")}
    together(clients("ben"), moves(api, half))
    server.kill()
    server.start()
    api = server.api(tokens["ana"])
    rest = {kind: runs[kind][KINDS[kind] // 2:] for kind in ("asks", "steps", "approves")}
    together(clients("ben"), moves(api, rest))
    # The second steps wait for somebody too.
    waiting = eventually(lambda: second(api, runs["steps"]), 120, "the second steps", 1)
    together(clients("ben"), [(run, "POST", f"runs/{run}/steps/1/release", {}) for run in waiting])

    def over():
        return sum(ended(api, sorted(every)).values()) == 1_000

    eventually(over, 300, lambda: ended(api, sorted(every)), 1)
    for kind in ("asks", "approves", "works", "steps"):
        check(api, kind, runs[kind])
    most = memory(server)
    print(f"all ended {time.monotonic() - began:.0f} s after the first began; memory at most {most:.0f} MiB")
    assert max(peak, most) < 600
    assert max(median for median, _ in times.values()) < 2_000
    assert api.items("runs", state="going") == []


def moves(api, runs):
    """What people do for each of these runs: answer, let it begin, approve."""
    work = [(run, "POST", f"runs/{run}/steps/0/answer", {"answer": "7"}) for run in runs["asks"]]
    work += [(run, "POST", f"runs/{run}/steps/0/release", {}) for run in runs["steps"]]
    for run in runs["approves"]:
        work.append((run, "POST", f"runs/{run}/steps/0/approve", {"hash": api.get(f"runs/{run}")["waitsFor"]["hash"]}))
    return work


def listed(api):
    return {run["id"]: run for run in api.items("runs", limit=200)}


def ended(api, runs):
    """How many of the runs ended with which outcome."""
    found = listed(api)
    return dict(collections.Counter(found[run]["outcome"] for run in runs if found[run]["state"] == "finished"))


def second(api, runs):
    """The runs that wait before their second step, once none is at its first any more."""
    found = listed(api)
    at = {run: found[run].get("waitsFor") for run in runs if found[run]["state"] != "finished"}
    return list(at) if all(waits and waits["index"] == 1 for waits in at.values()) else None


def check(api, kind, runs):
    """Each run of a kind ended once and rightly: nothing was performed twice that does not say so, and what was under way
    when the server was killed was undone or is told as lost."""
    outcomes = collections.Counter()
    for run in runs:
        found = api.get(f"runs/{run}")
        outcomes[found["outcome"]] += 1
        events = api.items("events", subject=f"procedure/{run}", limit=200)
        types = [event["type"] for event in events]
        assert types.count("procedure.finished") == 1
        claims = collections.Counter(
            (event["data"]["index"], event["data"]["undo"]) for event in events if event["type"] == "step.claimed")
        results = [event["data"]["result"] for event in events if event["type"] == "step.finished"]
        if kind != "works":
            assert max(claims.values(), default=0) <= 1, (run, claims)
        if found["outcome"] == "completed":
            assert "lost" not in results or kind == "works", (run, results)
        else:
            assert found["outcome"] == "failed" and "lost" in results, (run, results)
            if kind == "approves":
                assert found["steps"][0]["state"] == "undone", found
    print(f"{kind}: {dict(outcomes)}")
    # Only what was being performed in that moment can be lost.
    assert outcomes["completed"] >= len(runs) - 32 and sum(outcomes.values()) == len(runs)
