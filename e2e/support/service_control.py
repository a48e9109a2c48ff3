"""The place where a service is deployed: a release can be rolled back and forward there, and it says how the service
does. It counts what it was asked, and can be held in the midst of an answer."""

import threading
import time

from support.processes import eventually
from support.web import LocalServer


class ServiceControl(LocalServer):
    """GET /services tells how the service does, POST /rollback heals it, POST /roll-forward breaks it again."""

    def __init__(self):
        self.calls = []
        self.works = False
        # Whether a rollback helps at all.
        self.heals = True
        self._to_hold = {}
        self._held = {}
        super().__init__(self._answer)

    @property
    def url(self):
        return f"http://{self.address}"

    def count(self, name):
        return self.calls.count(name)

    def hold(self, name, acts=True):
        """The next request of this name gets no answer before `let_go`; it acts first, or never."""
        self._to_hold[name] = acts

    def held(self, name, seconds=40):
        """Until somebody waits for an answer that is held."""
        eventually(lambda: name in self._held, seconds, lambda: f"{name} to be asked; got {self.calls}", 0.02)

    def let_go(self):
        """Ends what is held, unanswered."""
        for name in list(self._held):
            self._held.pop(name).set()

    def _answer(self, request):
        name = request.path.strip("/").partition("?")[0]
        request.body()
        self.calls.append(name)
        acts = self._to_hold.pop(name, None)
        if acts is not None:
            if acts:
                self._act(name)
            gate = self._held[name] = threading.Event()
            gate.wait(60)
            return None
        self._act(name)
        return 200, {"Content-Type": "application/json"}, self._state()

    def _act(self, name):
        if name == "rollback":
            self.works = self.heals
        elif name == "roll-forward":
            self.works = False

    def _state(self):
        state = "healthy" if self.works else "failing"
        return f'{{"services": [{{"name": "shop", "mode": "{state}"}}]}}\n'.encode()

    def settled(self, seconds=1.0):
        """What it was asked, once nothing more comes."""
        before = None
        while before != len(self.calls):
            before = len(self.calls)
            time.sleep(seconds)
        return list(self.calls)
