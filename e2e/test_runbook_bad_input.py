"""What runbooks and their runs make of bad input, with the real reader, writer and runner."""

import html.parser
import os
import pathlib
import re
import threading
import time
import uuid

import pytest

from test_runner import book, eventually, finished, output, processes, serve, books, start  # noqa: F401

STEP = '```sh {"name":"%s"%s}\ntrue\n```\n'


def step(name, **keys):
    return STEP % (name, "".join(f',"x-{key.rstrip("_")}":"{value}"' for key, value in keys.items()))


def memory_peak(server):
    """The most memory that the server's process ever had, in MiB."""
    status = pathlib.Path(f"/proc/{server.child.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024


@pytest.mark.parametrize("text, line, message", [
    (step("a", needs="b").replace('"b"', '"${B}"'), 4, "no value may have a brace in it"),
    (step("a", undoo="b"), 4, "unknown key x-undoo; did you mean `x-undo`?"),
    (step("a", needs="b") + step("b", needs="a"), 4, "x-needs goes round in a circle: a → b → a"),
    (step("a", undo="b") + step("b", undo="c") + step("c"), 7, "`b` is an undo and has an undo itself"),
    (step("a", undo="a"), 4, "block `a` is its own undo"),
    (step("a", check="b") + step("b", approve="sre:1"), 7, "a check only looks"),
    (step("a", needs="nobody"), 4, "x-needs names no block `nobody`"),
    (step("a") + step("a", timeout="1m"), 7, "block `a` is named twice"),
    ("```sh {\"name\":\"a\"}\ntrue\n", 4, "the code block has no closing fence"),
    (step("a" * 129), 4, "a block's name is 1 to 128 bytes"),
    ("".join(step(f"s{n}") for n in range(201)), 2, "more than 200 steps"),
    ('```sh {"name":"long"}\n' + "x" * 131_073 + "\n```\n", 4, "more than 131072 bytes"),
], ids=["brace", "unknown", "circle", "undo-of-undo", "own-undo", "check", "nobody", "twice", "open", "name", "many", "long"])
def test_a_file_that_cannot_be_right_is_refused_with_its_line(run, books, text, line, message):
    (books / "runbooks").mkdir()
    (books / "runbooks/bad.md").write_text(f"---\ntitle: Bad\n---\n{text}")
    done = run("validate", books)
    assert done.returncode == 1
    found = [each for each in done.stdout.splitlines() if message in each]
    assert found and re.match(rf".*bad\.md:{line}:1: ", found[0]), done.stdout[:2000]


def test_a_running_server_keeps_the_last_good_runbooks(books, serve):
    book(books, "good", ("sh", "say", "echo good", {"x-risk": "read-only"}))
    server = serve()
    api = server.api()
    (books / "runbooks/bad.md").write_text("---\ntitle: Bad\n---\n" + step("a", needs="a"))
    eventually(lambda: "goes round in a circle" in api.session.get(f"{server.url}/").text, 30, "the error on the page")
    assert [each["name"] for each in api.items("runbooks")] == ["good"]
    assert finished(api, start(api, "good"))["outcome"] == "completed"


def test_parameters_that_are_too_long_or_of_a_wrong_kind_start_nothing(books, serve):
    book(
        books, "typed", ("sh", "say", 'printf "%s" "$TEXT"'),
        front="inputs:\n  - {name: TEXT, type: string, required: true}\n  - {name: COUNT, type: integer}\n"
        "  - {name: SIDE, type: choice, options: [left, right]}\n  - {name: HOST, pattern: '[a-z]+'}\n"
        "  - {name: WHERE, type: service}\n")
    api = serve().api()

    def refused(status=422, **inputs):
        answer = api.call("POST", "runbooks/typed/runs", json={"inputs": {"TEXT": "x", **inputs}})
        assert answer.status_code in (400, 413, 422), (answer.status_code, answer.text[:300])
        return answer.json()["detail"]

    assert "has 65537 bytes; at most 65536" in refused(TEXT="x" * 65_537)
    assert "has more than 262144 bytes" in refused(TEXT="x" * (1 << 20))
    assert "zero byte" in refused(TEXT="a\0b")
    assert "is not a whole number" in refused(COUNT="1; rm -rf /")
    assert "is not one of left, right" in refused(SIDE="$(id)")
    assert "does not match" in refused(HOST="a\nb")
    assert "names no service" in refused(WHERE="../shop")
    assert "has no input PATH" in refused(PATH="/tmp")
    assert "input TEXT is missing" in api.call("POST", "runbooks/typed/runs", json={}).json()["detail"]
    assert api.call("POST", "runbooks/typed/runs", data="x" * (9 << 20)).status_code in (400, 413)
    assert api.items("runs") == []
    hostile = "`id`; $(touch /tmp/owned) && \"'\\ \r\n\t{{}} ${HOME} %s \u202e"
    run = start(api, "typed", TEXT=hostile)
    assert finished(api, run)["outcome"] == "completed" and not os.path.exists("/tmp/owned")
    assert api.get(f"runs/{run}")["inputs"]["TEXT"] == hostile


def test_the_server_keeps_its_memory_while_scripts_print_gigabytes(books, serve):
    book(books, "much", ("bash", "print", "head -c 1073741824 /dev/zero | tr '\\0' y; head -c 1000000 /dev/urandom"))
    book(books, "lines", ("bash", "print", "head -c 268435456 /dev/zero | tr '\\0' '\\n'"))
    server = serve()
    api = server.api()
    before = memory_peak(server)
    runs = [start(api, "much"), start(api, "lines"), start(api, "lines")]
    readers = [threading.Thread(target=follow, args=(server, run)) for run in runs for _ in range(2)]
    for reader in readers:
        reader.start()
    for run in runs:
        assert finished(api, run, 180)["outcome"] == "completed"
        assert len(output(api, run)) < 600 * 1024
    for reader in readers:
        reader.join(60)
        assert not reader.is_alive()
    grown = memory_peak(server) - before
    print(f"memory grew by {grown:.0f} MiB while 1.5 GiB were printed")
    assert grown < 150


def follow(server, run):
    """Reads what a run prints as slowly as somebody with a bad line."""
    with server.api().session.get(
            f"{server.url}/api/v1/runs/{run}/steps/0/output", params={"attempt": 1, "follow": 1}, stream=True,
            timeout=120) as answer:
        for _ in answer.iter_content(chunk_size=65_536):
            time.sleep(0.01)


@pytest.mark.parametrize("sandbox", ["bubblewrap", "none"])
def test_what_hangs_ignores_signals_and_hides_is_gone_in_time(books, serve, sandbox):
    mark = f"hide-{uuid.uuid4().hex}"
    sleep = f"exec -a {mark} sleep 600"
    book(
        books, "hide",
        ("bash", "hide",
         f"trap '' TERM INT HUP; (trap '' TERM; {sleep}) &\nsetsid bash -c '{sleep}' &\n"
         f"( ( cd /; env -i setsid bash -c 'trap \"\" TERM; {sleep}' </dev/null >/dev/null 2>&1 & ) & )\n"
         f"python3 - <<'P'\nimport os\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n"
         f"    os.closerange(0, 100)\n    os.execvp('sleep', ['{mark}', '600'])\nP\nsleep 600",
         {"x-timeout": "2s"}))
    api = serve("--runbooks-sandbox", sandbox).api()
    began = time.monotonic()
    run = start(api, "hide")
    eventually(lambda: len(processes(mark)) == 4, 10, lambda: f"four of them, {processes(mark)}", 0.02)
    done = finished(api, run, 40)
    assert done["outcome"] == "failed" and "not over within 2s" in done["steps"][0]["detail"]
    assert processes(mark) == [], "before the result is told"
    assert time.monotonic() - began < 20


def test_a_script_that_changes_its_runbook_changes_nothing_of_its_run(books, serve):
    book(
        books, "self",
        ("bash", "first", 'printf "echo owned" > "$FILE" || echo "not writable"; sed -i s/two/owned/ "$0" || echo sealed'),
        ("bash", "second", "echo two", {"x-needs": "first"}),
        front=f"inputs:\n  - {{name: FILE, default: {books}/runbooks/self.md}}\ncwd: .\n")
    api = serve().api()
    run = start(api, "self")
    # Another hand changes it meanwhile: the run is of what was there when it began.
    text = (books / "runbooks/self.md").read_text()
    (books / "runbooks/self.md").write_text(text.replace("echo two", "echo changed"))
    done = finished(api, run)
    assert done["outcome"] == "completed", done
    said = output(api, run)
    assert "not writable" in said and "sealed" in said
    assert output(api, run, 1) == "two\n"
    eventually(lambda: "changed" in api.get("runbooks/self")["steps"][1]["script"], 30)
    assert output(api, start_and_end(api, "self"), 1) == "changed\n"


def start_and_end(api, name):
    run = start(api, name)
    assert finished(api, run)["outcome"] == "completed"
    return run


# --- Approvals -------------------------------------------------------------------------------------------------------


@pytest.fixture
def people(books, serve):
    """Clients of ana and ben, responders, and root; with runbooks whose step `act` is approved."""
    for name, count, front in (("one", 1, ""), ("two", 2, "approvalExpires: 1m\n")):
        book(books, name, ("sh", "act", "echo acted on $WHAT", {"x-approve": f"responder:{count}"}),
             front=f"{front}inputs:\n  - {{name: WHAT, default: a}}\n")
    server = serve()
    root = server.api(server.api().post("tokens", {"name": "root", "role": "admin"})["token"])
    found = {"root": root}
    for name in ("ana", "ben", "cem"):
        found[name] = server.api(root.post("tokens", {"name": name, "role": "responder", "user": name})["token"])
    found["eve"] = server.api(root.post("tokens", {"name": "eve", "role": "viewer", "user": "eve"})["token"])
    found["ci"] = server.api(root.post("tokens", {"name": "ci", "role": "responder"})["token"])
    return found


def waiting(api, run):
    def look():
        return (api.get(f"runs/{run}").get("waitsFor") or {}).get("hash")

    return eventually(look, 20, "the approval")


def approve(api, run, digest):
    return api.call("POST", f"runs/{run}/steps/0/approve", json={"hash": digest})


def test_approvals_by_the_author_by_strangers_and_replayed(people):
    ana, ben = people["ana"], people["ben"]
    run = start(ana, "one", WHAT="a")
    other = start(ana, "one", WHAT="b")
    digest = waiting(ana, run)
    assert digest != waiting(ana, other)
    answers = {name: approve(people[name], run, digest) for name in ("ana", "eve", "ci")}
    assert {name: answer.status_code for name, answer in answers.items()} == {"ana": 403, "eve": 403, "ci": 403}
    assert "somebody else has to approve" in answers["ana"].json()["detail"]
    assert "no person" in answers["ci"].json()["detail"]
    # Of another run, of something else, of nothing.
    for wrong in (waiting(ana, other), "0" * 64, digest[:12], digest.upper()):
        assert approve(ben, run, wrong).status_code == 409, wrong
    assert approve(ben, run, "").status_code == 422
    assert approve(ben, run, digest).ok
    assert finished(ana, run)["outcome"] == "completed" and output(ana, run) == "acted on a\n"
    assert approve(people["cem"], run, digest).status_code == 409
    assert approve(people["cem"], other, digest).status_code == 409
    assert ana.get(f"runs/{other}")["waitsFor"]["kind"] == "approval"


def test_an_approval_that_has_expired_counts_no_more(people):
    ana, ben, cem = people["ana"], people["ben"], people["cem"]
    run = start(ana, "two")
    digest = waiting(ana, run)
    assert approve(ben, run, digest).ok
    assert approve(ben, run, digest).status_code == 409, "nobody approves twice"
    time.sleep(62)
    assert approve(cem, run, digest).ok
    time.sleep(1)
    found = ana.get(f"runs/{run}")
    assert found["waitsFor"]["kind"] == "approval", "the first holds no more"
    assert [each["by"] for each in found["waitsFor"]["approvals"]] == ["user/cem"]
    assert approve(ben, run, digest).ok
    assert finished(ana, run)["outcome"] == "completed"


# --- Text ------------------------------------------------------------------------------------------------------------

class Tags(html.parser.HTMLParser):
    """The names of all attributes of a page, and where its links and pictures lead."""

    def __init__(self):
        super().__init__()
        self.names, self.links = set(), []

    def handle_starttag(self, tag, attributes):
        self.names |= {name for name, _ in attributes}
        self.links += [(name, value or "") for name, value in attributes if name in ("href", "src", "action")]


HOSTILE = """\
---
title: '<script>alert(1)</script> & "quotes"'
class: diagnostic
---
# Hi <img src=x onerror=alert(1)>

<script>document.title = "owned"</script> <iframe src="javascript:alert(1)"></iframe> <style>*{display:none}</style>
[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,<script>alert(1)</script>) [d](//evil.example/x)
![e](https://evil.example/pixel.png) [f]( java\tscript:alert(1)) <a href="javascript:alert(1)" onclick="alert(1)">g</a>
<!-- --><svg onload=alert(1)> &lt;script&gt; &#106;avascript:alert(1)

| <b onmouseover=alert(1)>x</b> | y |
|---|---|
| `</code><script>alert(1)</script>` | "><script>alert(1)</script> |

```sh {"name":"look</pre><script>alert(1)</script>"}
printf '</pre><script>alert(1)</script>\\033[2J\\033]0;owned\\007\\001\\n'
```
"""


def test_hostile_markdown_and_output_stay_text(books, serve):
    (books / "runbooks").mkdir()
    (books / "runbooks/hostile.md").write_text(HOSTILE)
    server = serve()
    api = server.api()
    run = start(api, "hostile")
    done = finished(api, run)
    pages = [f"/runbooks/hostile", "/runbooks", "/runs", f"/runs/{run}", "/definitions"]
    for path in pages:
        answer = api.session.get(server.url + path)
        assert answer.status_code == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy or "default-src 'self'" in policy, policy
        assert "unsafe-inline" not in policy.split("style-src")[0] and "unsafe-eval" not in policy
        page = answer.text
        for bad in ("<script>alert", "<img src=x", "<iframe", "<svg onload", "<b onmouseover", "<style>*{"):
            assert bad not in page, (path, bad)
        tags = Tags()
        tags.feed(page)
        assert not [name for name in tags.names if name.startswith("on")], path
        for name, link in tags.links:
            assert re.match(r"(https?://|mailto:|/(?!/)|#|\?)", link), (path, link)
            assert name == "href" or "evil.example" not in link, "no picture from elsewhere"
    said = output(api, run)
    assert "</pre><script>alert(1)</script>" in said and "\x1b" not in said and "\x01" not in said
    raw = api.call("GET", f"runs/{run}/steps/0/output")
    assert raw.headers["content-type"].startswith("text/plain") and raw.headers["x-content-type-options"] == "nosniff"
    assert done["outcome"] == "completed"


# --- Without a sandbox -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="hiding a program from the server takes root")
def test_without_bubblewrap_scripts_are_refused_and_the_rest_goes_on(books, make_server, tmp_path):
    book(books, "script", ("sh", "say", "echo ran"))
    book(books, "python", ("python", "say", "print('ran')"))
    book(books, "question", ("ask", "sure", "question: Sure?"), ("sh", "say", "echo ran", {"x-needs": "sure"}))
    book(books, "sli", ("sli", "well", "slo: shop-availability\nexpect: burnRate < 1", {"x-timeout": "6s"}))
    server = make_server(books)
    hiding = tmp_path / "without-bubblewrap"
    hiding.write_text(
        "#!/bin/sh\nexec unshare --mount sh -c 'mount --bind /dev/null \"$(command -v bwrap)\" && exec \"$0\" \"$@\"' "
        f'"{server.binary}" "$@"\n')
    hiding.chmod(0o755)
    server.binary = hiding
    server.start()
    api = server.api()
    page = api.session.get(f"{server.url}/").text
    assert "the sandbox of runbooks does not work on this machine: bwrap is not installed on the server" in page
    assert "runbooks.sandbox: none" in page
    for name in ("script", "python"):
        run = start(api, name)
        done = finished(api, run)
        assert done["outcome"] == "failed" and "install bubblewrap, or set" in done["steps"][0]["detail"], done
        assert output(api, run) == ""
    run = start(api, "question")
    eventually(lambda: (api.get(f"runs/{run}").get("waitsFor") or {}).get("kind") == "answer", 10)
    api.post(f"runs/{run}/steps/0/answer", {"answer": "yes"})
    done = finished(api, run)
    assert [each["state"] for each in done["steps"]] == ["done", "failed"]
    run = start(api, "sli")
    assert "bubblewrap" not in (finished(api, run)["steps"][0]["detail"] or "")
    assert "shop-availability over 5m" in output(api, run)
    server.stop()
    # With the word for it in the configuration they run all the same.
    server.arguments = ["--runbooks-sandbox", "none"]
    server.start()
    api = server.api()
    run = start(api, "script")
    assert finished(api, run)["outcome"] == "completed" and output(api, run) == "ran\n"
