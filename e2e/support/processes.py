"""Child processes that cannot outlive the tests."""

import ctypes
import os
import pathlib
import signal
import subprocess
import threading
import time

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def _die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """A process with its output kept in a file; `stop` always ends it, whatever state it is in."""

    def __init__(self, command, log, env=None, cwd=None):
        self.command = [str(part) for part in command]
        self.log = pathlib.Path(log)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._output = self.log.open("ab")
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})}, cwd=cwd, preexec_fn=_die_with_parent,
        )

    @property
    def pid(self):
        return self.process.pid

    def output(self):
        return self.log.read_text(errors="replace")

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        if self.running():
            self.process.send_signal(number)

    def wait(self, seconds):
        return self.process.wait(timeout=seconds)

    def stop(self, seconds=15):
        """SIGTERM, then SIGKILL when it takes too long. Returns the exit code."""
        try:
            self.signal(signal.SIGTERM)
            return self.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.kill()
        finally:
            self._output.close()

    def kill(self):
        self.signal(signal.SIGKILL)
        code = self.wait(10)
        self._output.close()
        return code


def eventually(check, seconds, what, every=0.1):
    """The first true value of `check`; fails with `what` and its last error or value when there is none in time."""
    end = time.monotonic() + seconds
    last = None
    while True:
        try:
            last = check()
            if last:
                return last
        except (OSError, AssertionError, KeyError, IndexError) as error:
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what} (last: {last!r})")
        time.sleep(every)


def cpu_seconds(pid):
    """User and system time that a process has used so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no VmRSS of {pid}")


class Background:
    """A thread that runs until it is asked to stop, and hands on what it raised."""

    def __init__(self, work):
        self._stopping = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _run(self, work):
        try:
            work(self._stopping)
        except Exception as error:  # handed to `stop`
            self._error = error

    def stop(self):
        self._stopping.set()
        self._thread.join(timeout=30)
        if self._error:
            raise self._error
