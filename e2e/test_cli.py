"""The command line: each verb explains itself with an example, bad input is one clear line, no stack traces."""

import json
import re

import pytest

VERBS = [
    ["serve"], ["validate"],
    ["slo"], ["slo", "list"], ["slo", "show"], ["slo", "replay"],
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
