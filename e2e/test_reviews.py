"""From a resolved incident to a published review with action items that are issues elsewhere, on a real server."""

import base64
import hashlib
import hmac
import json
import subprocess

import pytest
import requests
from selenium.webdriver.common.by import By

from support.issues import IssueDouble
from support.processes import eventually
from test_pages import feed, heading, press, shoot, soon

TRACKER = """\
apiVersion: mainstay.dev/v1
kind: Tracker
metadata: {{name: shop-issues}}
spec:
  type: {kind}
  url: "{url}"
  repository: example/shop
  tokenRef: env:TRACKER_TOKEN
  webhookSecretRef: env:TRACKER_WEBHOOK
  services: [shop]
  automatic: true
"""


def resolved(api, title="Orders fail"):
    """The review of an incident that is over."""
    incident = api.post("incidents", {"title": title, "severity": "SEV-2", "service": "shop"})
    api.post(f"incidents/{incident['id']}/resolve", {"reason": "rolled back"})
    return next(item for item in api.get("reviews")["items"] if item["id"] == incident["id"])


def action(api, review, title="Warm the cache at start"):
    return api.post(f"reviews/{review['id']}/actions", {
        "title": title, "kind": "prevent", "owner": "ana", "due": "2031-01-31"})


@pytest.fixture(params=["github", "gitlab"])
def tracked(request, make_server, definitions):
    double = IssueDouble(request.param)
    (definitions / "tracker.yaml").write_text(TRACKER.format(kind=request.param, url=double.url))
    server = make_server(definitions, env={"TRACKER_TOKEN": "t0ken", "TRACKER_WEBHOOK": "k3y"}).start()
    yield double, server
    double.stop()


def test_an_action_item_becomes_one_issue_and_closes_with_it(tracked):
    double, server = tracked
    api = server.api()
    review = resolved(api)
    double.lose = 1
    made = action(api, review)

    def exported():
        return next((item for item in api.get("actions")["items"] if item.get("issue")), None)

    # The first answer is lost; a minute later the issue is found by its key.
    item = eventually(exported, 90, "the issue")
    assert len(double.issues) == 1, "a lost answer made no second issue"
    issue = double.issues[1]
    assert issue["title"] == made["title"] and {"mainstay", "prevent"} <= set(issue["labels"])
    assert f"action/{made['id']}" in issue["text"] and f"/reviews/{review['id']}" in issue["text"]
    assert issue["due"] == ("2031-01-31" if double.kind == "gitlab" else None)
    assert item["issue"].endswith("issues/1")

    def hook(closed, key="k3y", repository="example/shop"):
        if double.kind == "github":
            body = {"action": "closed" if closed else "reopened", "issue": {"number": 1},
                    "repository": {"full_name": repository}}
            text = json.dumps(body).encode()
            sign = hmac.new(key.encode(), text, hashlib.sha256).hexdigest()
            headers = {"X-GitHub-Event": "issues", "X-Hub-Signature-256": f"sha256={sign}"}
        else:
            body = {"object_kind": "issue", "object_attributes": {"action": "close" if closed else "reopen", "iid": 1},
                    "project": {"path_with_namespace": repository}}
            text = json.dumps(body).encode()
            headers = {"X-Gitlab-Event": "Issue Hook", "X-Gitlab-Token": key}
        return requests.post(f"{server.url}/intake/webhook/{double.kind}", data=text, headers=headers, timeout=10)

    assert hook(True, key="wrong").status_code == 401
    assert hook(True, repository="example/other").status_code == 202
    assert api.get("actions")["items"], "neither closed it"
    assert hook(True).status_code == 200 and hook(True).status_code == 200
    assert not api.get("actions")["items"]
    closed = api.get("actions", state="closed")["items"][0]
    assert closed["closedVia"] == "tracker/shop-issues"
    assert hook(False).status_code == 200 and api.get("actions")["items"]


def test_the_command_line_knows_reviews(server, run, tmp_path):
    api = server.api()
    review = resolved(api, "Certificate expired")
    resolved(api, "Queue is slow")
    env = {"MAINSTAY_URL": server.url}
    assert "Certificate expired" in run("review", "list", "--search", "certificates", env=env).stdout
    assert "Queue" not in run("review", "list", "--search", "certificates", env=env).stdout
    number = str(review["number"])
    assert "## Contributing factors" in run("review", "export", number, env=env).stdout
    assert "? " in run("review", "show", number, env=env).stdout
    made = run("action", "create", number, "Renew by itself", "--kind", "prevent", "--owner", "ana", "--due",
               "2031-01-31", env=env)
    assert "action item 1" in made.stdout
    assert "Renew by itself" in run("action", "list", env=env).stdout
    assert run("action", "close", "1", env=env).returncode == 0
    api.post(f"reviews/{review['id']}/sections/trigger", {"text": "Ana's change removed it.", "base": 0})
    refused = run("review", "publish", number, env=env)
    assert refused.returncode == 1 and "ana" in refused.stderr
    assert run("review", "publish", number, "--reason", "she asked for it", env=env).returncode == 0
    text = tmp_path / "draft.md"
    text.write_text("Fine.\n\nThe cause was human error.\n")
    found = run("review", "check", str(text))
    assert found.returncode == 1 and f"{text}:3:15: human-error" in found.stdout
    text.write_text("The limit was set to 10 instead of 100.\n")
    assert run("review", "check", str(text)).returncode == 0


def test_a_review_is_written_in_the_page_and_printed(server, api, browser, tmp_path):
    feed(api, failing=True)
    api.fire("shop", "orders", "Orders fail in every region")
    incident = eventually(lambda: api.get("incidents")["items"], 30, "an incident")[0]
    api.post(f"incidents/{incident['id']}/resolve", {"reason": "rolled back"})
    review = api.get("reviews")["items"][0]
    address = f"{server.url}/reviews/{review['id']}"
    browser.get(f"{address}/edit?section=trigger")
    text = browser.find_element(By.ID, "text")
    text.clear()
    text.send_keys("Ana broke the shop. It was human error.")
    press(browser, "Save")
    soon(lambda: browser.find_elements(By.CSS_SELECTOR, "#trigger .blame"), 10)
    blame = [item.text for item in browser.find_elements(By.CSS_SELECTOR, "#trigger .blame")]
    assert len(blame) == 2 and "Ana broke" in blame[0] and "Kinder:" in blame[1]
    shoot(browser, "review-blame")
    press(browser, "Publish")
    soon(lambda: "names ana as a cause" in browser.page_source, 10)
    # Somebody else was faster: both texts are there, and the merged one is saved.
    browser.get(f"{address}/edit?section=trigger")
    base = next(part["base"] for part in api.get(f"reviews/{review['id']}")["sections"] if part["section"] == "trigger")
    api.post(f"reviews/{review['id']}/sections/trigger", {"text": "A limit was lowered to 10.", "base": base})
    text = browser.find_element(By.ID, "text")
    text.clear()
    text.send_keys("A change reached all hosts at once.")
    press(browser, "Save")
    soon(lambda: heading(browser) == "Somebody else has written this section meanwhile", 10)
    assert browser.find_element(By.ID, "theirs").text == "A limit was lowered to 10."
    mine = browser.find_element(By.ID, "text")
    assert mine.get_attribute("value") == "A change reached all hosts at once."
    shoot(browser, "review-conflict")
    mine.send_keys(" It lowered a limit to 10.")
    press(browser, "Save")
    soon(lambda: "It lowered a limit to 10." in browser.find_element(By.ID, "trigger").text, 10)
    assert not browser.find_elements(By.CSS_SELECTOR, "#trigger .blame")
    cause = browser.find_element(By.ID, "cause")
    cause.send_keys("configuration/limit")
    press(browser, "Link cause")
    soon(lambda: "Remove configuration/limit" in browser.page_source, 10)
    browser.find_element(By.ID, "title").send_keys("Roll limits out in steps")
    press(browser, "Add action item")
    soon(lambda: "Roll limits out in steps" in browser.find_element(By.ID, "actions").text, 10)
    shoot(browser, "review")
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": False, "preferCSSPageSize": True})
    pdf = tmp_path / "review.pdf"
    pdf.write_bytes(base64.b64decode(printed["data"]))
    text = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    pages = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True, check=True).stdout
    count = int(next(line for line in pages.splitlines() if line.startswith("Pages:")).split()[1])
    assert "Contributing factors" in text and "It lowered a limit to 10." in text
    assert "Roll limits out in steps" in text and "Timeline" in text
    assert "Questions that the figures ask" not in text and "Link cause" not in text and "Log out" not in text
    assert 1 <= count <= 5
    first = text.split("\f")[0]
    assert "Overview" in first and "Impact in numbers" in first, "the first page is not left empty"
    assert "not published; printed" in first and "As Markdown" not in first
    press(browser, "Publish")
    soon(lambda: "published" in browser.find_element(By.CSS_SELECTOR, "main .lead").text, 10)
    browser.get(f"{server.url}/actions")
    shoot(browser, "actions")
    browser.get(f"{server.url}/reviews?q=limit")
    assert heading(browser).startswith("1 review with")
    shoot(browser, "review-search")
