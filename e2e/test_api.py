"""The API as its own document describes it, with cursors, problems, live events and roles."""

import json
import threading

import openapi_spec_validator
import pytest
import requests

from support.processes import eventually


@pytest.fixture
def document(api):
    return api.get("openapi.json")


def test_the_document_is_valid_openapi(document):
    openapi_spec_validator.validate(document)


def test_every_get_without_parameters_answers_as_described(api, document):
    tried = 0
    for path, operations in document["paths"].items():
        if "get" not in operations or "{" in path or path.endswith("/follow"):
            continue
        prefix = document.get("servers", [{"url": ""}])[0]["url"].rstrip("/")
        full = path if path.startswith("/api/") or not prefix.startswith("/") else prefix + path
        answer = api.call("GET", full)
        if answer.status_code == 422 and operations["get"].get("parameters"):
            # It has to be told what to look for, and says so.
            assert answer.json()["detail"], full
            continue
        assert str(answer.status_code) in operations["get"]["responses"], (full, answer.status_code)
        tried += 1
    assert tried >= 5


def test_every_operation_says_what_it_does_and_which_role_it_needs(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post", "put", "delete", "patch"):
                assert operation.get("summary"), f"{method} {path}"
                assert operation["responses"], f"{method} {path}"


def test_lists_go_on_from_their_cursor(api):
    for number in range(7):
        assert api.fire("shop", f"cursor-{number}").ok
    in_one = [event["sequence"] for event in api.get("events", limit=1000)["items"]]
    in_many = [event["sequence"] for event in api.events(limit=3)]
    assert in_many[:len(in_one)] == in_one and in_one == sorted(in_one)


def test_an_alert_from_firing_to_resolved(api, webhook):
    alert = api.fire("shop", "life").json()["id"]
    again = api.fire("shop", "life").json()["id"]
    assert again == alert, "the key of an open alert is the same alert"
    page = webhook.wait_for("fired", 10)
    assert page.json["service"] == "shop" and page.key
    assert api.get(f"alerts/{alert}")["state"] == "firing"
    for _ in range(2):
        assert api.call("POST", f"alerts/{alert}/acknowledge", json={}).ok
    assert api.get(f"alerts/{alert}")["state"] == "acknowledged"
    assert api.call("POST", f"alerts/{alert}/resolve", json={"reason": "over"}).ok
    webhook.wait_for("resolved", 10)
    types = [event["type"] for event in api.events(subject=f"alert/{alert}")]
    assert types[0] == "alert.fired" and "alert.acknowledged" in types and "alert.resolved" in types


def test_a_mail_is_sent_too(api, mail):
    api.fire("shop", "mail", summary="Orders fail everywhere")
    message = mail.wait_for(15)
    assert "Orders fail everywhere" in message["subject"]
    assert message["to"] == "ana@example.org" or "ana@example.org" in message["to"]


def test_a_link_shows_by_get_and_acts_by_post(server, api, webhook):
    alert = api.fire("shop", "link").json()["id"]
    link = webhook.wait_for("fired", 10).json["links"]["acknowledge"]
    assert link.startswith(server.url)
    for _ in range(3):
        assert requests.get(link, timeout=5).ok
    assert api.get(f"alerts/{alert}")["state"] == "firing"
    for _ in range(2):
        assert requests.post(link, timeout=5, headers={"Origin": server.url}).ok
    assert api.get(f"alerts/{alert}")["state"] == "acknowledged"
    forged = link[:-2] + ("aa" if link[-2:] != "aa" else "bb")
    assert requests.post(forged, timeout=5).status_code in (400, 403, 404, 410)


def test_the_webhook_is_retried_with_the_same_key(api, webhook):
    webhook.answer = 503
    api.fire("shop", "retry")
    webhook.wait_for("fired", 10)
    webhook.answer = 200
    eventually(lambda: len(webhook.pages()) >= 2, 30, "a second attempt")
    assert len({message.key for message in webhook.pages()}) == 1


def test_events_are_followed_live(server, api):
    seen = []

    def follow():
        with requests.get(
            server.url + "/api/v1/events", params={"follow": 1, "after": 0}, stream=True, timeout=20,
        ) as answer:
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            for line in answer.iter_lines(decode_unicode=True):
                if line.startswith("data:"):
                    seen.append(json.loads(line[5:]))
                    if seen[-1]["type"] == "alert.fired":
                        return

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    api.fire("shop", "live")
    thread.join(timeout=15)
    assert any(event["type"] == "alert.fired" for event in seen), seen
    event = seen[-1]
    assert {"id", "source", "specversion", "time", "type", "subject", "actor", "sequence", "data"} <= set(event)


def test_an_incident_opened_by_hand(api):
    incident = api.post("incidents", {"title": "Orders are slow", "severity": "SEV-3", "service": "shop"})["id"]
    assert api.get(f"incidents/{incident}")["severity"] == "SEV-3"
    assert api.call("POST", f"incidents/{incident}/notes", json={"text": "It is the cache."}).ok
    assert api.call("POST", f"incidents/{incident}/resolve", json={"reason": "Cache restarted"}).ok
    assert api.get(f"incidents/{incident}")["state"] == "resolved"


def test_its_own_health_and_metrics(server):
    assert requests.get(server.url + "/healthz", timeout=5).ok
    assert requests.get(server.url + "/readyz", timeout=5).ok
    answer = requests.get(server.url + "/metrics", timeout=5)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n") and "mainstay_" in answer.text


def test_security_headers(server):
    headers = requests.get(server.url + "/", timeout=5).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"] or "default-src 'self'" in headers[
        "Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in headers or "/" not in headers["Server"]
