"""Where pages land: a webhook and a mail server, both on loopback, both keeping what they got."""

import dataclasses
import email
import email.policy
import json
import time

from aiosmtpd.controller import Controller

from support.processes import eventually
from support.web import LocalServer


@dataclasses.dataclass
class Received:
    time: float
    path: str
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def key(self):
        return self.headers.get("idempotency-key")


class WebhookReceiver(LocalServer):
    """Keeps every POST. `answer` is the status given from now on, `delay` how long it takes."""

    def __init__(self, port=0):
        self.received = []
        self.answer = 200
        self.delay = 0.0
        super().__init__(self._keep, port=port)

    def _keep(self, request):
        body = request.body()
        if body is None or request.command != "POST":
            # The sender was killed in the middle of it: nothing arrived.
            return None
        self.received.append(
            Received(time.time(), request.path, {k.lower(): v for k, v in request.headers.items()}, body))
        time.sleep(self.delay)
        return self.answer, {}, b""

    @property
    def url(self):
        return f"http://{self.address}/page"

    def pages(self, kind="fired"):
        return [r for r in list(self.received) if r.json.get("kind") == kind]

    def wait_for(self, kind, seconds, where=lambda message: True):
        def first():
            return next((r for r in self.pages(kind) if where(r.json)), None)

        return eventually(first, seconds, lambda: f"a page of kind {kind}; got {[r.json for r in self.received]}")


class MailReceiver:
    """An SMTP server that keeps every message."""

    def __init__(self):
        self.messages = []
        self._controller = Controller(self, hostname="127.0.0.1", port=_free_port())
        self._controller.start()

    @property
    def port(self):
        return self._controller.port

    async def handle_DATA(self, _server, _session, envelope):
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 kept"

    def wait_for(self, seconds, where=lambda message: True):
        return eventually(
            lambda: next((m for m in list(self.messages) if where(m)), None), seconds,
            lambda: f"a mail; got {[m['subject'] for m in self.messages]}")

    def stop(self):
        self._controller.stop()


def _free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


free_port = _free_port
