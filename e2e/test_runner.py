"""Steps of runbooks in real processes, from the request that starts the run to what the journal says of it."""

import http.server
import json
import os
import pathlib
import re
import socket
import threading
import time
import uuid

import pytest

from support import processes as support


def eventually(check, seconds, what="what was waited for", every=0.1):
    return support.eventually(check, seconds, what, every)


BASE = "---\ntitle: Runbook {title}\nclass: {kind}\n{front}---\n# {title}\n\n"


def book(directory, name, *blocks, front="", kind="remediation"):
    """Writes a runbook; a block is (language, name, text) or (language, name, text, attributes)."""
    text = BASE.format(title=name, kind=kind, front=front)
    for language, step, body, *rest in blocks:
        attributes = {"name": step, "interactive": "false", **(rest[0] if rest else {})}
        text += f"```{language} {json.dumps(attributes)}\n{body}\n```\n\n"
    (directory / "runbooks").mkdir(exist_ok=True)
    (directory / "runbooks" / f"{name}.md").write_text(text)


def start(api, name, **inputs):
    return api.post(f"runbooks/{name}/runs", {"inputs": inputs})["id"]


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
         '(exec 3<>/dev/tcp/127.0.0.1/$PORT) 2>/dev/null || echo no network\n'
         '{ echo changed >> "$0"; } 2>/dev/null || echo pinned'),
        front="inputs:\n  - {name: HOSTILE, type: string}\n  - {name: LONG, type: string}\n  - {name: PORT, type: integer}\n")
    server = serve()
    api = server.api()
    port = server.url.rpartition(":")[2]
    run = start(api, "apart", HOSTILE=hostile, LONG=long, PORT=port)
    done = finished(api, run)
    text = output(api, run)
    assert done["outcome"] == "completed", (done, text)
    lines = text.removeprefix(f"{hostile}|65000|").splitlines()
    assert text.startswith(f"{hostile}|65000|")
    if os.geteuid() == 0:
        assert int(lines[0]) > 1_000_000_000, "a user of its own"
    assert lines[1:] == ["read-only", "0", "no network", "pinned"], lines
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


# --- Other kinds of steps -------------------------------------------------------------------------------------------


class Recorder(http.server.BaseHTTPRequestHandler):
    """Answers what its server was told to, and keeps what was asked."""

    def answer(self):
        length = int(self.headers.get("content-length") or 0)
        self.server.asked.append((self.command, self.path, dict(self.headers), self.rfile.read(length).decode()))
        status, body = self.server.reply(self.command, self.path)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


@pytest.fixture
def recorder():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    server.asked, server.reply = [], lambda method, path: (200, b'{"ok":true}')
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def test_requests_take_values_without_becoming_other_requests(books, serve, recorder):
    url = f"http://127.0.0.1:{recorder.server_address[1]}"
    recorder.reply = lambda method, path: (503, b"busy") if path.startswith("/busy") else (201, b'{"token":"tok-12345678"}')
    book(
        books, "request",
        ("http", "post", f"# expect: 201\nPOST {url}/edges/${{EDGE}}?q=${{EDGE}}\nAuthorization: Bearer ${{TOKEN}}\n"
         'Content-Type: application/json\n\n{"edge": "${EDGE}"}', {"x-secrets": "TOKEN"}),
        ("http", "busy", f"GET {url}/busy", {"x-needs": "post"}),
        front="inputs:\n  - {name: EDGE, type: string}\n")
    server = serve("--runbooks-secrets", "TOKEN=env:THE_TOKEN", env={"THE_TOKEN": "tok-12345678"})
    api = server.api()
    run = start(api, "request", EDGE='a/../b?x=1&"y"\r\nX: 1')
    done = finished(api, run)
    method, path, headers, body = recorder.asked[0]
    assert method == "POST" and "X" not in headers and headers["Authorization"] == "Bearer tok-12345678"
    assert path == "/edges/a%2F..%2Fb%3Fx%3D1%26%22y%22%0D%0AX%3A%201?q=a%2F..%2Fb%3Fx%3D1%26%22y%22%0D%0AX%3A%201"
    assert json.loads(body) == {"edge": 'a/../b?x=1&"y"\r\nX: 1'}
    text = output(api, run)
    assert "201" in text and '{"token":"***"}' in text
    assert done["outcome"] == "failed" and "503" in done["steps"][1]["detail"] and "busy" in output(api, run, 1)


HAPROXY = """\
global
  stats socket {socket} mode 666 level admin
  log /dev/null local0
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend front
  bind 127.0.0.1:{port}
  default_backend shop
backend shop
  server one 127.0.0.1:1
  server two 127.0.0.1:2
"""


def test_haproxy_is_told_and_its_errors_are_errors(books, serve, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # A socket's path is short.
    place = f"/tmp/haproxy-{uuid.uuid4().hex[:8]}.sock"
    (tmp_path / "haproxy.cfg").write_text(HAPROXY.format(socket=place, port=port))
    proxy = support.Child(["/usr/sbin/haproxy", "-f", tmp_path / "haproxy.cfg", "-db"], tmp_path / "haproxy.log")
    try:
        eventually(lambda: os.path.exists(place), 10, proxy.output)
        book(
            books, "drain",
            ("haproxy", "drain", f"socket: {place}\nset server shop/${{SERVER}} state drain\nshow servers state shop"),
            ("haproxy", "wrong", f"socket: {place}\nset server shop/nobody state drain", {"x-needs": "drain"}),
            front="inputs:\n  - {name: SERVER, type: string}\n")
        book(books, "unknown", ("haproxy", "unknown", f"socket: {place}\nfly away"))
        server = serve()
        api = server.api()
        run = start(api, "drain", SERVER="one")
        done = finished(api, run)
        rows = [line.split() for line in output(api, run).splitlines() if " one " in line]
        assert rows and rows[0][6] == "8", "in the administrative state drain"
        assert done["steps"][0]["state"] == "done" and done["outcome"] == "failed"
        assert "No such server" in done["steps"][1]["detail"]
        run = start(api, "drain", SERVER="one state maint; shutdown sessions server shop/two #")
        assert "more than one word" in finished(api, run)["steps"][0]["detail"]
        assert "Unknown command" in finished(api, start(api, "unknown"))["steps"][0]["detail"]
    finally:
        proxy.stop()
        pathlib.Path(place).unlink(missing_ok=True)


def test_kubectl_gets_arguments_and_no_shell(books, serve, recorder, tmp_path):
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "edge-1", "namespace": "shop"}}
    recorder.reply = lambda method, path: (200, json.dumps(pod).encode())
    book(
        books, "pods",
        ("kubectl", "look",
         f"kubectl --server=http://127.0.0.1:{recorder.server_address[1]} get --raw /api/v1/namespaces/shop/pods/${{POD}}"),
        front="inputs:\n  - {name: POD, type: string}\n")
    server = serve()
    api = server.api()
    run = start(api, "pods", POD="edge-1; touch /tmp/owned")
    done = finished(api, run)
    assert done["outcome"] == "completed" and '"name": "edge-1"' in output(api, run), (done, output(api, run))
    # It may ask for the version first.
    assert [path for _, path, _, _ in recorder.asked][-1:] == ["/api/v1/namespaces/shop/pods/edge-1;%20touch%20/tmp/owned"]


def test_aws_speaks_to_the_service(books, serve):
    server_module = pytest.importorskip("moto.server")
    aws = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    aws.start()
    try:
        port = aws.get_host_and_port()[1]
        book(
            books, "bucket",
            ("aws", "make", f"# twice\n--endpoint-url http://127.0.0.1:{port} --region eu-west-1 s3api create-bucket "
             "--bucket ${NAME} --create-bucket-configuration LocationConstraint=eu-west-1\n"
             f"--endpoint-url http://127.0.0.1:{port} --region eu-west-1 --output text s3api list-buckets",
             {"x-secrets": "AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY"}),
            front="inputs:\n  - {name: NAME, type: string}\n")
        server = serve("--runbooks-secrets", "AWS_ACCESS_KEY_ID=env:THE_ID", "--runbooks-secrets",
                       "AWS_SECRET_ACCESS_KEY=env:THE_KEY", env={"THE_ID": "testing-id", "THE_KEY": "testing-key"})
        api = server.api()
        run = start(api, "bucket", NAME="reel-films")
        done = finished(api, run)
        text = output(api, run)
        assert done["outcome"] == "completed" and re.search(r"^BUCKETS\s.*\sreel-films$", text, re.M), (done, text)
        done = finished(api, start(api, "bucket", NAME="--debug"))
        assert "option" in done["steps"][0]["detail"]
    finally:
        aws.stop()


def test_a_run_waits_until_the_sli_is_as_expected(books, serve):
    book(
        books, "well",
        ("sli", "well", "slo: shop-availability\nexpect: ratio >= 50%\nexpect: burnRate < 1\nwindow: 5m\nevery: 5s",
         {"x-timeout": "3m"}))
    server = serve()
    api = server.api()

    def count(total, when):
        labels = {"__name__": "shop_requests_total", "code": "200"}
        assert api.write([(labels, [(total, int(when * 1000))])]).ok

    run = start(api, "well")
    now = time.time()
    count(10, now - 120)
    time.sleep(6)
    assert api.get(f"runs/{run}")["state"] != "finished"
    for ago in (90, 60, 30, 0):
        count(1_000 - ago, now - ago)
    done = finished(api, run, 120)
    text = output(api, run)
    assert done["outcome"] == "completed", (done, text)
    assert "not known" in text.splitlines()[0] and text.splitlines()[-1].endswith("as expected"), text
