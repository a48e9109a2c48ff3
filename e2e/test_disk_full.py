"""A full disk: commands are refused clearly, nothing is lost, and it recovers by itself once space returns."""

import os
import subprocess

import pytest
import requests

from support.processes import eventually

SIZE_MB = 96


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(disk)], capture_output=True).returncode == 0
    if not mounted:
        pytest.skip("mounting a tmpfs needs root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=False)


def fill(disk):
    """Takes the last byte."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    out.write(b"\0" * size)
            except OSError:
                continue
    return filler


def test_a_full_disk(make_server, definitions, small_disk):
    server = make_server(definitions, directory=small_disk).start()
    api = server.api()
    before = api.fire("shop", "before")
    assert before.ok, before.text
    alert = before.json()["id"]
    filler = fill(small_disk)

    def refused():
        answer = api.fire("shop", f"full-{os.urandom(4).hex()}", summary="x" * 1000)
        return None if answer.ok else [answer]

    answer = eventually(refused, 60, "a refusal while the disk is full", every=0.02)[0]
    assert answer.status_code in (503, 507), answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert "disk" in answer.text.lower() or "space" in answer.text.lower()
    assert server.child.running()
    assert requests.get(server.url + "/healthz", timeout=5).ok
    assert not requests.get(server.url + "/readyz", timeout=5).ok
    # What keeps people from being woken twice still works: the ballast makes room for it.
    acknowledged = api.call("POST", f"alerts/{alert}/acknowledge", json={})
    assert acknowledged.ok, acknowledged.text

    filler.unlink()

    def accepted():
        answer = api.fire("shop", f"after-{os.urandom(4).hex()}")
        return answer if answer.ok else None

    after = eventually(accepted, 60, "recovery by itself", every=0.5).json()["id"]
    eventually(lambda: requests.get(server.url + "/readyz", timeout=5).ok, 60, "ready again", every=0.5)
    assert server.stop() == 0
    server.start()
    events = server.api().events()
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    fired = {event["subject"] for event in events if event["type"] == "alert.fired"}
    assert {f"alert/{alert}", f"alert/{after}"} <= fired
