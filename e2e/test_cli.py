"""The command line: each verb explains itself with an example, bad input is one clear line, no stack traces."""

import json
import re
import socket

import pytest

from support.processes import eventually

VERBS = [
    ["serve"], ["validate"],
    ["slo"], ["slo", "list"], ["slo", "show"], ["slo", "replay"], ["slo", "exclusions"], ["slo", "exclude"],
    ["slo", "restore"],
    ["oncall"], ["oncall", "who"], ["oncall", "shifts"], ["oncall", "ical"],
    ["alert"], ["incident"],
    ["token", "create"], ["token", "list"], ["token", "revoke"], ["user"],
    ["backup"], ["restore"],
    ["demo"], ["demo", "up"], ["demo", "break"], ["demo", "heal"],
]
TRACE = re.compile(r"Fatal error|Stack dump|\bat /\S+\.swift:\d+|Program crashed|🛑|Thread \d+ crashed", re.I)


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_help_has_an_example(run, verb):
    result = run(*verb, "--help")
    assert result.returncode == 0, result.stderr
    assert "mainstay " + " ".join(verb) in result.stdout
    assert re.search(r"example", result.stdout, re.I), result.stdout


def test_the_top_names_every_verb(run):
    text = run("--help").stdout
    for verb in {verb[0] for verb in VERBS}:
        assert re.search(rf"^\s+{verb}\b", text, re.M), verb


@pytest.mark.parametrize("arguments", [
    ["nonsense"], ["serve", "--nonsense"], ["serve", "--listen", "nowhere"], ["serve", "--listen", "127.0.0.1:99999"],
    ["validate"], ["slo", "show"], ["oncall", "who", "--at", "yesterdayish", "--definitions", "."],
    ["serve", "--config", "/nonexistent.yaml"], ["demo", "break"],
], ids=" ".join)
def test_bad_usage_exits_2_with_a_line(run, arguments):
    result = run(*arguments)
    assert result.returncode == 2, (result.returncode, result.stdout, result.stderr)
    assert result.stderr.strip()
    assert not TRACE.search(result.stdout + result.stderr)


@pytest.mark.parametrize("arguments", [["alert", "list"], ["incident", "list"], ["slo", "list"]], ids=" ".join)
def test_no_server_is_one_clear_line(run, arguments):
    result = run(*arguments, env={"MAINSTAY_URL": "http://127.0.0.1:9"})
    assert result.returncode == 2, (result.returncode, result.stdout, result.stderr)
    assert "127.0.0.1:9" in result.stderr
    assert not TRACE.search(result.stderr)


def test_who_is_on_call_needs_no_server(run, definitions):
    result = run("oncall", "who", "--definitions", definitions, "--at", "2026-07-01T12:00:00Z", "--format", "json")
    assert result.returncode == 0, result.stderr
    assert "ana" in json.dumps(json.loads(result.stdout))


def test_shifts_keep_the_time_of_day_over_a_change_of_the_clock(run, definitions):
    result = run(
        "oncall", "shifts", "--definitions", definitions, "--from", "2026-03-23T00:00:00Z", "--to",
        "2026-04-06T12:00:00Z", "--format", "json")
    assert result.returncode == 0, result.stderr
    text = json.dumps(json.loads(result.stdout))
    # Handoffs at 09:00 in Lisbon: 09:00Z before the 29th of March, 08:00Z after.
    assert "2026-03-23T09:00:00Z" in text and "2026-03-30T08:00:00Z" in text


def test_the_command_line_acts_on_a_server(run, server, api):
    alert = api.fire("shop", "by-hand").json()["id"]
    env = {"MAINSTAY_URL": server.url}
    listed = run("alert", "list", "--format", "json", env=env)
    assert listed.returncode == 0, listed.stderr
    assert alert in listed.stdout
    assert run("alert", "ack", alert, env=env).returncode == 0
    assert api.get(f"alerts/{alert}")["state"] == "acknowledged"
    missing = run("alert", "ack", "01ARZ3NDEKTSV4RRFFQ69G5FAV", env=env)
    assert missing.returncode in (1, 2) and missing.stderr.strip()


def test_sigterm_drains_and_exits_0(server):
    assert server.stop() == 0
    assert "Fatal" not in server.log()


EVERY_VERB = [
    ["slo", "replay"], ["oncall", "override"], ["oncall", "override", "list"], ["oncall", "override", "create"],
    ["oncall", "override", "cancel"], ["alert", "list"], ["alert", "show"], ["alert", "fire"],
    ["alert", "acknowledge"], ["alert", "resolve"], ["incident", "list"], ["incident", "show"], ["incident", "declare"],
    ["incident", "note"], ["incident", "update"], ["incident", "severity"], ["incident", "role"],
    ["incident", "handover"], ["incident", "link"], ["incident", "unlink"], ["incident", "merge"],
    ["incident", "unmerge"], ["incident", "split"], ["incident", "mitigate"], ["incident", "reopen"],
    ["incident", "private"], ["incident", "public"], ["incident", "acknowledge"], ["incident", "resolve"], ["review"], ["review", "list"],
    ["review", "show"], ["token"], ["user", "create"], ["user", "list"], ["user", "remove"], ["demo", "status"],
]


@pytest.mark.parametrize("verb", EVERY_VERB, ids=" ".join)
def test_help_of_the_others_has_an_example(run, verb):
    result = run(*verb, "--help")
    assert result.returncode == 0, result.stderr
    assert re.search(r"example\s+mainstay " + " ".join(verb[:2]), result.stdout, re.I), result.stdout


def test_a_mistake_in_the_configuration_is_named_with_its_place(run, tmp_path):
    path = tmp_path / "mainstay.yaml"
    path.write_text("dataDir: data\ndefinitions: .\nlissten: 127.0.0.1:0\nscrape:\n  - {job: a, url: b}\n")
    result = run("serve", "--config", path)
    assert result.returncode == 2
    lines = result.stderr.splitlines()
    assert len(lines) == 2 and f"{path}:3:1: unknown key `lissten`; did you mean `listen`?" in lines[0]
    assert f"{path}:5:19: " in lines[1]
    assert not (tmp_path / "data").exists()


def test_the_first_token_needs_no_server(run, make_server, definitions, tmp_path):
    server = make_server(definitions)
    made = run("token", "create", "--data-dir", server.data, "--name", "admin", "--role", "admin")
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    assert re.fullmatch(r"mst_[A-Za-z0-9_-]{43}", token)
    again = run("token", "create", "--data-dir", server.data, "--name", "admin", "--role", "admin")
    assert again.returncode == 1 and "there is a token named admin" in again.stderr
    server.start(listen="0.0.0.0:0")
    env = {"MAINSTAY_URL": server.url.replace("0.0.0.0", "127.0.0.1")}
    refused = run("alert", "list", env=env)
    assert refused.returncode == 2 and "MAINSTAY_TOKEN" in refused.stderr
    env["MAINSTAY_TOKEN"] = token
    assert run("alert", "list", env=env).returncode == 0
    listed = run("token", "list", "--format", "json", env=env)
    assert [item["name"] for item in json.loads(listed.stdout)["items"]] == ["admin"]
    assert token not in listed.stdout + server.log()
    busy = run("token", "create", "--data-dir", server.data, "--name", "b", "--role", "admin")
    assert busy.returncode == 2 and "in use" in busy.stderr


def test_an_alert_without_a_browser(run, server, api):
    env = {"MAINSTAY_URL": server.url}
    fired = run(
        "alert", "fire", "Orders stall", "--service", "shop", "--severity", "critical", "--label", "zone=eu", env=env)
    assert fired.returncode == 0, fired.stderr
    assert run("alert", "fire", "x", "--label", "zone", env=env).returncode == 2
    assert run("alert", "fire", "x", "--label", "a b=c", env=env).returncode == 1
    alert = eventually(lambda: next((a for a in api.items("alerts") if a.get("escalationNextAt")), None), 10, "a wait")
    end = alert["id"][-6:].lower()
    pages = eventually(lambda: api.items("pages", subject=f"alert/{alert['id']}"), 10, "a page")
    shown = run("alert", "show", end, env=env)
    assert shown.returncode == 0, shown.stderr
    assert 'zone="eu"' in shown.stdout and "level 1; the next is paged in" in shown.stdout, shown.stdout
    assert pages[0]["person"] in shown.stdout and pages[0]["channel"] in shown.stdout
    assert run("alert", "ack", end, env=env).returncode == 0
    assert run("alert", "show", "ZZZZ", env=env).returncode == 1
    assert "four characters" in run("alert", "show", "Z", env=env).stderr
    assert run("alert", "resolve", end, "--actionable", "no", env=env).returncode == 0
    assert "whole id" in run("alert", "show", end, env=env).stderr
    assert run("alert", "show", alert["id"], env=env).returncode == 0


def test_an_incident_from_its_opening_to_its_review(run, server):
    env = {"MAINSTAY_URL": server.url}
    opened = run("incident", "open", "Orders stall", "--severity", "SEV-2", "--service", "shop", env=env)
    assert opened.returncode == 0, opened.stderr
    assert run("incident", "note", "1", "rolled back", env=env).returncode == 0
    assert "rolled back" in run("incident", "show", "1", env=env).stdout
    assert run("incident", "resolve", "1", "--reason", "it holds", env=env).returncode == 0
    assert run("incident", "resolve", "1", env=env).returncode == 1
    assert "Orders stall" in run("review", "show", "1", env=env).stdout
    missing = run("incident", "show", "99", env=env)
    assert missing.returncode == 1 and "no incident 99" in missing.stderr


def test_a_time_is_left_out_of_a_budget_and_counted_again(run, server, api):
    env = {"MAINSTAY_URL": server.url}
    slo = api.get("slos")["items"][0]["name"]
    assert "nothing is left out" in run("slo", "exclusions", slo, env=env).stdout
    made = run("slo", "exclude", slo, "--from", "-2h", "--to", "-1h", "--reason", "load test", "--format", "json", env=env)
    assert made.returncode == 0, made.stderr
    exclusion = json.loads(made.stdout)
    assert exclusion["reason"] == "load test"
    listed = json.loads(run("slo", "exclusions", slo, "--format", "json", env=env).stdout)["items"]
    assert [(item["id"], item["from"], item["to"]) for item in listed] == [
        (exclusion["id"], exclusion["from"], exclusion["to"])]
    assert "load test" in run("slo", "exclusions", slo, env=env).stdout
    assert exclusion["id"] in run("slo", "show", slo, env=env).stdout
    again = run("slo", "exclude", slo, "--from", "-110m", "--to", "-70m", "--reason", "again", env=env)
    assert again.returncode == 1 and again.stderr.startswith("mainstay: "), again.stderr
    ahead = run("slo", "exclude", slo, "--from", "-1h", "--to", "+1h", "--reason", "ahead", env=env)
    assert ahead.returncode == 1 and len(ahead.stderr.splitlines()) == 1, ahead.stderr
    assert run("slo", "exclude", "nothing", "--from", "-2h", "--to", "-1h", "--reason", "r", env=env).returncode == 1
    assert run("slo", "exclude", slo, "--from", "sometime", "--to", "now", "--reason", "r", env=env).returncode == 2
    restored = run("slo", "restore", slo, exclusion["id"], env=env)
    assert restored.returncode == 0 and exclusion["id"] in restored.stdout
    assert json.loads(run("slo", "exclusions", slo, "--format", "json", env=env).stdout)["items"] == []
    gone = run("slo", "restore", slo, exclusion["id"], env=env)
    assert gone.returncode == 1 and "no exclusion" in gone.stderr


def test_a_backup_of_a_running_server_is_restored(run, server, tmp_path):
    assert run("backup", tmp_path / "copy", "--data-dir", server.data).returncode == 0
    assert run("restore", tmp_path / "copy", "--check").returncode == 0
    assert run("restore", tmp_path / "copy", "--data-dir", tmp_path / "other").returncode == 0
    assert (tmp_path / "other" / "journal.db").is_file()
    (tmp_path / "copy" / "journal.db").write_bytes(b"not a journal")
    bad = run("restore", tmp_path / "copy", "--data-dir", tmp_path / "third")
    assert bad.returncode == 1 and not (tmp_path / "third").exists()


def test_a_budget_from_recorded_samples(run, definitions, tmp_path):
    lines = []
    for name, labels, value in (
        ("shop_requests_total", '{code="200"}', lambda s: s - min(max(s - 600, 0), 300)),
        ("shop_requests_total", '{code="500"}', lambda s: min(max(s - 600, 0), 300)),
    ):
        lines += [f"{name}{labels} {value(second)} {1_800_000_000 + second}" for second in range(0, 2400, 10)]
    path = tmp_path / "samples.om"
    path.write_text("# TYPE shop_requests counter\n" + "\n".join(lines) + "\n# EOF\n")
    result = run("slo", "replay", "--definitions", definitions, "--samples", path, "--format", "json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["bad"], report["total"]) == (300, 2390)
    assert report["alerts"][0]["severity"] == "page"


def test_a_taken_port_ends_the_start_in_one_line(run, tmp_path, definitions):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("serve", "--data-dir", tmp_path / "data", "--definitions", definitions, "--listen", address)
    assert done.returncode == 2, done
    said = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert said == [f"mainstay: {address} is in use; stop what listens there, or choose another with --listen"]
