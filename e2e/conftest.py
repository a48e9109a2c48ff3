import os
import pathlib
import subprocess

import pytest

from support import browser as chromium
from support import definitions as small
from support.prometheus import CounterTarget
from support.receivers import MailReceiver, WebhookReceiver
from support.server import Mainstay

ROOT = pathlib.Path(__file__).resolve().parent.parent


# The longest first, so that the rest runs beside them.
SLOWEST = ("test_loop", "test_kill9", "test_disk_full")


def pytest_collection_modifyitems(items):
    names = [*SLOWEST, ""]
    items.sort(key=lambda item: next(i for i, name in enumerate(names) if name in item.nodeid))


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def binary():
    path = pathlib.Path(os.environ.get("MAINSTAY_BINARY", ROOT / ".build/debug/mainstay")).absolute()
    assert path.is_file(), f"{path} is missing; run swift build"
    return path


@pytest.fixture(scope="session")
def run(binary):
    """Runs a verb of the binary to its end: run("validate", directory) -> CompletedProcess with text output."""

    def call(*arguments, timeout=60, env=None, **options):
        return subprocess.run(
            [str(binary), *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
            stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}, **options)

    return call


@pytest.fixture
def webhook():
    receiver = WebhookReceiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def mail():
    receiver = MailReceiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def definitions(tmp_path, webhook, mail):
    """The small operations repository, paging to `webhook` and `mail`."""
    return small.write(tmp_path / "definitions", webhook.url, mail.port)


@pytest.fixture
def make_server(binary, tmp_path):
    """Makes servers that are ended with the test: make_server(definitions, arguments=…, env=…), not yet started."""
    made = []

    def make(definitions, directory=None, **options):
        server = Mainstay(binary, directory or tmp_path / f"server-{len(made)}", definitions, **options)
        server.directory.mkdir(parents=True, exist_ok=True)
        made.append(server)
        return server

    yield make
    for server in made:
        server.close()


@pytest.fixture
def server(make_server, definitions):
    """A running server on the small repository."""
    return make_server(definitions).start()


@pytest.fixture
def api(server):
    return server.api()


@pytest.fixture
def counters():
    target = CounterTarget()
    yield target
    target.stop()


@pytest.fixture
def browser(tmp_path):
    if not chromium.available():
        # Ubuntu ships Chromium as a snap, which containers cannot run; the page tests say so instead of failing.
        pytest.skip("no Chromium with a driver on this machine")
    driver = chromium.start(str(tmp_path))
    yield driver
    driver.quit()
