"""The built binary as a server, and a client for its API."""

import re
import shutil
import time

import requests

from support.processes import Child, eventually
from support import remote_write

READY = re.compile(r"^mainstay ready at (https?://\S+)$", re.M)


class Mainstay:
    """`mainstay serve` on a free port. `kill` and `start` again keep the data directory."""

    def __init__(self, binary, directory, definitions, env=None, arguments=(), pin=None):
        self.binary = binary
        self.directory = directory
        self.data = directory / "data"
        self.definitions = definitions
        self.env = env or {}
        self.arguments = list(arguments)
        self.prefix = ["taskset", "-c", str(pin)] if pin is not None and shutil.which("taskset") else []
        self.child = None
        self.url = None
        self.starts = 0

    def start(self, seconds=60, listen=None):
        """Starts it and waits for its ready line. The port stays the same over restarts: links in pages name it."""
        self.starts += 1
        listen = listen or (self.url.removeprefix("http://") if self.url else "127.0.0.1:0")
        self.child = Child(
            [*self.prefix, self.binary, "serve", "--data-dir", self.data, "--definitions", self.definitions, "--listen", listen,
             *self.arguments],
            self.directory / f"serve-{self.starts}.log", env=self.env)
        self.url = eventually(self._ready, seconds, lambda: f"ready line; output:\n{self.child.output()[-4000:]}", 0.02)
        return self

    def _ready(self):
        found = READY.search(self.child.output())
        if found:
            return found.group(1)
        if not self.child.running():
            raise RuntimeError(f"ended with {self.child.process.returncode}:\n{self.child.output()[-4000:]}")
        return None

    def stop(self):
        return self.child.stop()

    def kill(self):
        self.child.kill()

    def close(self):
        if self.child and self.child.running():
            self.child.kill()

    def log(self):
        return self.child.output()

    def api(self, token=None):
        return API(self.url, token)


class API:
    """Calls under /api/v1; an answer that is not 2xx raises with its problem document."""

    def __init__(self, url, token=None):
        self.url = url
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method, path, **options):
        """The raw response."""
        options.setdefault("timeout", 30)
        if not path.startswith("/"):
            path = f"/api/v1/{path}"
        return self.session.request(method, self.url + path, **options)

    def json(self, method, path, **options):
        response = self.call(method, path, **options)
        while response.status_code == 429:
            time.sleep(1)
            response = self.call(method, path, **options)
        assert response.ok, f"{method} {path}: {response.status_code} {response.text[:500]}"
        return response.json() if response.content else None

    def get(self, path, **params):
        return self.json("GET", path, params=params)

    def post(self, path, body=None, **options):
        return self.json("POST", path, json=body if body is not None else {}, **options)

    def items(self, path, **params):
        """All items of a list, following its cursors."""
        found = []
        while True:
            page = self.get(path, **params)
            found += page["items"]
            cursor = page.get("nextCursor") or page.get("next")
            if not cursor:
                return found
            params["cursor"] = cursor

    def events(self, **params):
        return self.items("events", **{"limit": 500, **params})

    def fire(self, service, key, summary="Orders fail", severity="critical"):
        """Raises an alert; the raw response."""
        return self.call("POST", "alerts", json={
            "service": service, "key": key, "summary": summary, "severity": severity})

    def write(self, series):
        """Remote write 1.0."""
        body = remote_write.snappy(remote_write.write_request(series))
        return self.session.post(self.url + remote_write.PATH, data=body, headers=remote_write.HEADERS, timeout=30)
