"""What the tests of senders share: services with objectives of their own, and the figures that come of them."""

import socket

from support import definitions as small
from support.processes import eventually

SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: {service}
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 30d, isRolling: true}}]
  objectives: [{{displayName: Requests succeed, target: {target}}}]
  indicator:
    metadata: {{name: {name}-success}}
    spec:
      ratioMetric:
        counter: true
        bad: {{metricSource: {{type: {type}, spec: {{{bad}}}}}}}
        total: {{metricSource: {{type: {type}, spec: {{{total}}}}}}}
"""


def slo(name, service, bad, total, type="Prometheus", target=0.9):
    """`bad` and `total`: the mappings of their sources, as YAML without braces."""
    return SLO.format(name=name, service=service, bad=bad, total=total, type=type, target=target)


def query(text):
    return f"query: '{text}'"


def definitions(directory, *documents, services=("checkout",)):
    directory = small.write(directory, services=services)
    (directory / "senders.yaml").write_text("---\n".join(documents))
    return directory


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def figures(api, name, good, total, seconds=40):
    """Waits until so many events are counted, then returns the objective: never more than that."""

    def check():
        found = api.get(f"slos/{name}")
        assert found["total"] <= total + 1e-6, found
        return found if (found["good"], found["total"]) == (good, total) else None

    return eventually(check, seconds, lambda: f"{good} of {total}: {api.get(f'slos/{name}')}", 0.25)


def own_metric(api, line):
    """The value of a line of the server's own metrics, 0 where it is not there yet."""
    text = api.call("GET", "/metrics").text
    return next((float(found.rsplit(" ", 1)[1]) for found in text.splitlines() if found.startswith(line + " ")), 0.0)
