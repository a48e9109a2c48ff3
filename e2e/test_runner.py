"""Steps of runbooks in real processes, from the request that starts the run to what the journal says of it."""

import json
import os
import pathlib
import re
import threading
import time
import uuid

import pytest

from support import processes as support


def eventually(check, seconds, what="what was waited for", every=0.1):
    return support.eventually(check, seconds, what, every)


BASE = "---\ntitle: {title}\nclass: {kind}\n{front}---\n# {title}\n\n"


def book(directory, name, *blocks, front="", kind="remediation"):
    """Writes a runbook; a block is (language, name, text) or (language, name, text, attributes)."""
    text = BASE.format(title=name, kind=kind, front=front)
    for language, step, body, *rest in blocks:
        attributes = {"name": step, "interactive": "false", **(rest[0] if rest else {})}
        text += f"```{language} {json.dumps(attributes)}\n{body}\n```\n\n"
    (directory / "runbooks").mkdir(exist_ok=True)
    (directory / "runbooks" / f"{name}.md").write_text(text)


def start(api, name, **inputs):
    return api.post(f"runbooks/{name}/runs", {"inputs": inputs, "about": f"runbook/{name}", "mode": "all"})["id"]


def finished(api, run, seconds=60):
    def look():
        found = api.get(f"runs/{run}")
        return found if found["state"] == "finished" else None

    return eventually(look, seconds, lambda: f"run {run}: {api.get(f'runs/{run}')}", 0.1)


def output(api, run, index=0, attempt=1, **query):
    response = api.call("GET", f"runs/{run}/steps/{index}/output", params={"attempt": attempt, **query})
    return response.text if response.ok else ""


def processes(mark):
    """The processes whose command line begins with this mark."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cmdline").read_bytes().startswith(mark.encode()):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.fixture
def books(definitions):
    return definitions


@pytest.fixture
def serve(make_server, books):
    def call(*arguments, env=None):
        return make_server(books, arguments=arguments, env=env).start()

    return call


def test_a_step_runs_apart_with_its_inputs(books, serve):
    hostile = "$(touch /tmp/owned) `id` ; 'x' \"y\" && \n second line {{}} ${PATH}"
    long = "x" * 65_000
    book(
        books, "apart",
        ("bash", "look", 'printf "%s|%s|" "$HOSTILE" "${#LONG}"\nid -u\n'
         'touch /etc/x /usr/x 2>/dev/null || echo read-only\n'
         'ls "$HOME" | wc -l\n'
         '(exec 3<>/dev/tcp/127.0.0.1/' + "1) 2>&1 | grep -ci 'refused'\n"
         "tail -n +3 /proc/net/dev | grep -vc lo: || true\n"
         "echo changed >> \"$0\" 2>/dev/null || echo pinned"),
        front="inputs:\n  - {name: HOSTILE, type: string}\n  - {name: LONG, type: string}\n")
    server = serve()
    api = server.api()
    run = start(api, "apart", HOSTILE=hostile, LONG=long)
    done = finished(api, run)
    text = output(api, run)
    assert done["outcome"] == "completed", (done, text)
    lines = text.removeprefix(f"{hostile}|65000|").splitlines()
    assert text.startswith(f"{hostile}|65000|")
    if os.geteuid() == 0:
        assert int(lines[0]) > 1_000_000_000, "a user of its own"
    assert lines[1:] == ["read-only", "0", "1", "0", "pinned"], lines
    # Durable before it was done, and the script is in the journal.
    types = [event["type"] for event in api.events(subject=f"procedure/{run}")]
    assert types.index("step.claimed") < types.index("step.finished")


def test_secrets_are_given_by_name_and_hidden(books, serve, tmp_path):
    secret, key = "s3cr3t/with+signs", "-----BEGIN-----\nMIIEvQIBADANBgkq\n-----END-----"
    (tmp_path / "key").write_text(key)
    book(
        books, "secret",
        ("bash", "print", 'echo "plain $TOKEN"; printf %s "$TOKEN" | base64; printf "user:%s" "$TOKEN" | base64\n'
         "printf %s \"$TOKEN\" | sed 's#/#%2F#g; s#+#%2B#g'; echo\n"
         'for i in $(seq ${#TOKEN}); do printf %s "${TOKEN:i-1:1}"; sleep 0.01; done; echo\n'
         'echo "$KEY" | sed -n 2p', {"x-secrets": "TOKEN,KEY"}),
        ("bash", "missing", "echo never", {"x-secrets": "NOBODY", "x-needs": "print"}))
    server = serve("--runbooks-secrets", "TOKEN=env:THE_TOKEN", "--runbooks-secrets", f"KEY=file:{tmp_path}/key",
                   env={"THE_TOKEN": secret})
    api = server.api()
    run = start(api, "secret")
    done = finished(api, run)
    text = output(api, run)
    assert text.splitlines()[0] == "plain ***"
    for hidden in (secret, "s3cr3t", "czNjcjN0", "MIIEvQIBADANBgkq"):
        assert hidden not in text, text
    assert done["outcome"] == "failed" and "NOBODY" in done["steps"][1]["detail"]
    assert secret not in json.dumps(api.events(subject=f"procedure/{run}"))
    server.stop()
    assert secret not in server.log()


def test_nothing_is_left_of_what_a_script_started(books, serve):
    mark = f"left-{uuid.uuid4().hex}"
    book(
        books, "daemon",
        ("bash", "fork", f"setsid bash -c 'exec -a {mark} sleep 600' >/dev/null 2>&1 &\n"
         f"( ( env -i setsid bash -c 'exec -a {mark} sleep 600' </dev/null >/dev/null 2>&1 & ) & )\nsleep 0.3; echo over"),
        ("bash", "bomb", "bomb() { bomb | bomb & }; bomb; sleep 1; echo survived", {"x-timeout": "5s"}))
    server = serve()
    api = server.api()
    run = start(api, "daemon")
    finished(api, run)
    assert output(api, run) == "over\n"
    assert processes(mark) == []


def test_a_hanging_step_is_ended_and_a_gigabyte_is_bounded(books, serve):
    mark = f"hang-{uuid.uuid4().hex}"
    book(books, "hang", ("bash", "hang", f"trap '' TERM; bash -c 'exec -a {mark} sleep 600'; sleep 600", {"x-timeout": "1s"}))
    book(books, "much", ("bash", "print", "echo begin; head -c 1000000000 /dev/zero | tr '\\0' y; echo; echo end"))
    server = serve()
    api = server.api()
    hanging, much = start(api, "hang"), start(api, "much")
    done = finished(api, much, 120)
    text = output(api, much)
    assert done["outcome"] == "completed"
    assert text.startswith("begin\nyyy") and text.endswith("yyy\nend\n")
    assert len(text) < 300 * 1024
    left = int(re.search(r"\[… (\d+) bytes left out …\]", text).group(1))
    assert left == 1_000_000_000 + len("begin\n\nend\n") - 256 * 1024
    done = finished(api, hanging)
    assert done["outcome"] == "failed" and "within 1s" in done["steps"][0]["detail"]
    assert processes(mark) == []


def test_output_is_streamed_to_everybody_while_it_comes(books, serve):
    book(books, "live", ("bash", "count", "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.4; done"))
    server = serve()
    api = server.api()
    run = start(api, "live")
    eventually(lambda: "step.claimed" in [e["type"] for e in api.events(subject=f"procedure/{run}")], 10)
    seen, times = [[], []], []

    def read(into, delay):
        time.sleep(delay)
        with server.api().session.get(
                f"{server.url}/api/v1/runs/{run}/steps/0/output", params={"attempt": 1, "follow": 1}, stream=True) as answer:
            for piece in answer.iter_content(chunk_size=None):
                into.append(piece.decode())
                times.append(time.monotonic())

    readers = [threading.Thread(target=read, args=(into, delay)) for into, delay in zip(seen, (0, 1))]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(20)
    whole = "".join(f"line {i}\n" for i in range(1, 7))
    assert "".join(seen[0]) == whole and "".join(seen[1]) == whole
    assert len(seen[0]) >= 4, "it came piece by piece"
    finished(api, run)
    assert output(api, run) == whole


def test_cancelling_and_the_kill_switch_end_processes_at_once(books, serve):
    mark = f"stop-{uuid.uuid4().hex}"
    book(books, "long", ("bash", "sleep", f"trap 'exit 1' TERM; bash -c 'exec -a {mark} sleep 600'"))
    server = serve()
    api = server.api()
    run = start(api, "long")
    eventually(lambda: processes(mark), 10)
    api.post(f"runs/{run}/cancel", {"reason": "a test"})
    done = finished(api, run, 10)
    assert done["outcome"] == "cancelled" and processes(mark) == []
    runs = [start(api, "long") for _ in range(3)]
    eventually(lambda: len(processes(mark)) == 3, 10)
    began = time.monotonic()
    api.post("automation/stop", {"reason": "enough"})
    eventually(lambda: processes(mark) == [], 5)
    assert time.monotonic() - began < 3
    for run in runs:
        done = finished(api, run, 10)
        assert done["outcome"] == "failed" and "stopped by" in done["steps"][0]["detail"]
    refused = api.call("POST", "runbooks/long/runs", json={"inputs": {}})
    assert refused.status_code in (409, 503) and "enough" in refused.text
    api.post("automation/resume", {})
    eventually(lambda: api.call("POST", "runbooks/long/runs", json={"inputs": {}}).status_code == 201, 5)
    eventually(lambda: len(processes(mark)) == 1, 10)


@pytest.mark.parametrize("sandbox", ["bubblewrap", "none"])
def test_a_killed_server_leaves_no_process_behind(books, serve, sandbox):
    mark = f"kill9-{uuid.uuid4().hex}"
    book(
        books, "kill",
        ("bash", "act", f"echo acted; env -i setsid bash -c 'exec -a {mark} sleep 600' & bash -c 'exec -a {mark} sleep 600'",
         {"x-undo": "back"}),
        ("bash", "back", "echo undone"))
    book(
        books, "again",
        ("bash", "look", f"bash -c 'exec -a {mark} sleep 2'; echo looked", {"x-risk": "read-only"}))
    server = serve("--runbooks-sandbox", sandbox)
    api = server.api()
    run, again = start(api, "kill"), start(api, "again")
    eventually(lambda: len(processes(mark)) == 3, 10)
    server.kill()
    if sandbox == "bubblewrap":
        eventually(lambda: processes(mark) == [], 5, lambda: "the kernel ends what bubblewrap holds")
    server.start()
    api = server.api()
    done = finished(api, run, 30)
    assert done["outcome"] == "failed" and done["steps"][0]["state"] in ("lost", "undone"), done
    results = [e["data"]["result"] for e in api.events(subject=f"procedure/{run}") if e["type"] == "step.finished"]
    assert results == ["lost", "done"], "lost, and then its own undo, for it may have acted"
    assert finished(api, again, 30)["outcome"] == "completed"
    eventually(lambda: processes(mark) == [], 5)


def test_a_server_that_is_asked_to_stop_gives_steps_their_time(books, serve):
    book(books, "short", ("bash", "short", "sleep 2; echo over"))
    book(books, "endless", ("bash", "endless", "trap '' TERM; sleep 600"))
    server = serve("--runbooks-stop-grace", "4s")
    api = server.api()
    short, endless = start(api, "short"), start(api, "endless")
    eventually(lambda: len(api.events(type="step.claimed")) == 2, 10)
    began = time.monotonic()
    server.stop()
    assert 3 < time.monotonic() - began < 12
    server.start()
    api = server.api()
    assert finished(api, short)["outcome"] == "completed" and output(api, short) == "over\n"
    assert finished(api, endless)["outcome"] == "failed"
    lost = [e["data"]["result"] for e in api.events(subject=f"procedure/{endless}") if e["type"] == "step.finished"]
    assert lost == ["lost"]


def test_without_a_sandbox_nothing_runs_unless_it_is_said(books, serve):
    book(books, "any", ("bash", "any", "echo ran"))
    server = serve("--runbooks-sandbox", "none")
    api = server.api()
    run = start(api, "any")
    assert finished(api, run)["outcome"] == "completed" and output(api, run) == "ran\n"
    assert "run without a sandbox" in api.session.get(f"{server.url}/").text


def test_a_thousand_runs_wait_their_turn(books, serve):
    book(books, "true", ("sh", "true", "true", {"x-risk": "read-only"}))
    server = serve()
    api = server.api()
    began = time.monotonic()
    sessions = [server.api() for _ in range(8)]
    runs = [[] for _ in sessions]

    def many(mine, into):
        while len(into) < 125:
            answer = mine.call("POST", "runbooks/true/runs", json={"inputs": {}})
            if answer.status_code == 429:
                time.sleep(0.2)
                continue
            assert answer.status_code == 201, answer.text
            into.append(answer.json()["id"])

    threads = [threading.Thread(target=many, args=pair) for pair in zip(sessions, runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    ids = {run for some in runs for run in some}
    assert len(ids) == 1_000

    def over():
        ended = [e for e in api.events(type="procedure.finished") if e["subject"].removeprefix("procedure/") in ids]
        return ended if len(ended) == 1_000 else None

    ended = eventually(over, 120, lambda: f"{len(api.events(type='procedure.finished'))} of 1,000", 0.5)
    assert {e["data"]["outcome"] for e in ended} == {"completed"}
    print(f"1,000 runs in {time.monotonic() - began:.1f} s")
