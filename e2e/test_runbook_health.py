"""How runbooks do, from real runs: on the page, in the API and on the command line."""

import re

from support import browser as chromium
from support.processes import eventually
from test_pages import heading, shoot
from test_runner import book, books, finished, serve, start  # noqa: F401


def test_health_is_told_from_what_happened(books, serve, run, browser):
    front = "service: shop\n"
    book(books, "good", ("sh", "look", "echo fine"), front=front)
    book(books, "flaky", ("sh", "act", 'test "$MOOD" = good'),
         front=front + "inputs:\n  - {name: MOOD, default: good}\n")
    book(books, "by-hand", ("ask", "sure", "question: Sure?"), ("sh", "act", "echo ok", {"x-needs": "sure"}), front=front)
    book(books, "never", ("sh", "act", "echo never"), front=front)
    (books / "lonely.yaml").write_text(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: lonely\n  annotations:\n"
        '    mainstay.dev/tier: "1"\nspec: {type: service, lifecycle: production, owner: shop-team}\n')
    server = serve()
    api = server.api()
    for _ in range(2):
        assert finished(api, start(api, "good"))["outcome"] == "completed"
    assert finished(api, start(api, "flaky", MOOD="bad"))["outcome"] == "failed"
    for _ in range(2):
        asking = start(api, "by-hand")
        eventually(lambda: (api.get(f"runs/{asking}").get("waitsFor") or {}).get("kind") == "answer", 10, "the question")
        api.post(f"runs/{asking}/steps/0/answer", {"answer": "yes"})
        assert finished(api, asking)["outcome"] == "completed"
    stopped = start(api, "by-hand")
    api.post(f"runs/{stopped}/cancel", {"reason": "not counted"})
    api.post("alerts", {"summary": "Nobody knows what to do", "service": "lonely", "key": "k", "severity": "critical"})

    report = api.get("runbook-health")
    found = {(each["kind"], each["subject"]) for each in report["problems"]}
    assert found == {
        ("failing", "flaky"), ("needsHand", "by-hand"), ("neverRun", "never"), ("serviceWithout", "lonely"),
        ("alertWithout", "Nobody knows what to do")}, found
    assert report["healthy"] is False
    healths = {each["name"]: each["health"] for each in api.items("runbooks")}
    assert [healths[name].get("successShare") for name in ("good", "flaky", "by-hand", "never")] == [1, 0, 1, None]
    assert healths["by-hand"]["manualSteps"] == ["sure"] and healths["good"]["runs"] == 2
    assert healths["good"]["lastRunAt"] and healths["good"]["lastSuccessAt"]
    assert not healths["flaky"].get("lastSuccessAt") and not healths["never"].get("lastRunAt")

    said = run("runbook", "health", env={"MAINSTAY_URL": server.url})
    assert said.returncode == 1, said.stdout + said.stderr
    for words in ("flaky", "lonely", "Nobody knows what to do", "by-hand"):
        assert words in said.stdout, said.stdout

    browser.get(f"{server.url}/runbooks")
    assert heading(browser).startswith("The runbook flaky fails")
    for look in ("light", "phone"):
        chromium.appearance(browser, look)
        text = browser.find_element("css selector", "main").text
        for words in ("tier 1, owned by shop-team", "Nobody knows what to do", "a person always helps at sure", "never",
                      "100 %", "0 %"):
            assert words in re.sub("[\u00a0\u202f]", " ", text) or words.replace(" %", "%") in text, (look, words, text)
    shoot(browser, "runbook-health")

    # What was mended is told no more.
    assert finished(api, start(api, "flaky"))["outcome"] == "completed"
    for name in ("lonely", "never"):
        book(books, name, ("sh", "act", "echo here"), front="service: lonely\n")
    eventually(
        lambda: {(each["kind"], each["subject"]) for each in api.get("runbook-health")["problems"]}
        >= {("failing", "flaky")} and "lonely" in {each["name"] for each in api.items("runbooks")}, 30, "the new one")
    kinds = {(each["kind"], each["subject"]) for each in api.get("runbook-health")["problems"]}
    assert not {kind for kind, _ in kinds} & {"serviceWithout", "alertWithout"}, kinds
    assert ("failing", "flaky") in kinds, "half of its runs are too few"
