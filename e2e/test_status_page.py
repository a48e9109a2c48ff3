"""The public status page: what it says of incidents, where it is, and that it is never half a page."""

import functools
import http.server
import json
import random
import re
import shutil
import threading
import time

import feedparser
import html5lib
import pytest
import requests
from selenium.webdriver.common.by import By

from support import browser as chromium
from support import definitions as small
from support.processes import eventually
from test_pages import shoot

PAGE = """
---
apiVersion: mainstay.dev/v1
kind: StatusPage
metadata: {name: public}
spec:
  title: Orders status
  url: https://status.example.org
  contact: mailto:help@example.org
  components:
    - {name: Ordering, description: Putting things into the basket and paying., services: [shop], slo: shop-availability}
    - {name: Searching, services: [finder]}
---
apiVersion: mainstay.dev/v1
kind: Maintenance
metadata: {name: nightly}
spec:
  services: [finder]
  start: %s
  end: %s
  reason: The INTERNAL cluster zebra is rebuilt.
  announcement: Searching may be slow.
"""

# What must not leave: the title, notes, people, services, teams, reasons.
INTERNAL = ["shop", "finder", "zebra", "INTERNAL", "ana", "ben", "commander"]


def hours(count):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + count * 3600))


@pytest.fixture
def directory(tmp_path, webhook, mail):
    directory = small.write(tmp_path / "definitions", webhook.url, mail.port, services=("shop", "finder"))
    (directory / "status.yaml").write_text(PAGE.lstrip() % (hours(30), hours(31)))
    return directory


@pytest.fixture
def server(make_server, directory):
    return make_server(directory).start()


@pytest.fixture
def published(server):
    path = server.data / "status" / "public"
    eventually(lambda: (path / "index.html").is_file(), 20, "the page to be written")
    return path


def declare(api, service="shop", severity="SEV-1", **rest):
    return api.post("incidents", {
        "title": "INTERNAL zebra overload", "severity": severity, "service": service, **rest})["id"]


def say(api, incident, text, phase="identified", audience="external"):
    api.post(f"incidents/{incident}/updates", {"text": text, "audience": audience, "phase": phase})


def everything(path):
    return {str(file.relative_to(path)): file.read_text() for file in path.rglob("*")
            if file.is_file() and not file.name.startswith(".new-")}


def status(path):
    return json.loads((path / "status.json").read_text())


def soon(check, what):
    return eventually(check, 20, what)


def check_html(text):
    parser = html5lib.HTMLParser(strict=True)
    document = parser.parse(text)
    assert document is not None and not parser.errors


def test_an_incident_from_the_first_update_to_the_end(server, api, published, run):
    assert status(published)["status"] == {"state": "operational", "description": "All is well"}
    incident = declare(api)
    api.post(f"incidents/{incident}/notes", {"text": "INTERNAL note of ana"})
    say(api, incident, "INTERNAL words", audience="internal")
    time.sleep(2.5)
    assert status(published)["incidents"] == [], "nobody has told the public yet"

    say(api, incident, "Orders fail for <some> of you.\n\nWe know why.")
    # The first page is written last.
    soon(lambda: "Orders fail" in (published / "index.html").read_text(), "the incident to show")
    shown = status(published)
    assert shown["status"]["state"] == "majorOutage"
    assert [c["state"] for c in shown["components"]] == ["majorOutage", "operational"]
    assert shown["incidents"][0]["title"] == "Major outage: Ordering"
    assert shown["maintenance"][0]["announcement"] == "Searching may be slow."

    files = everything(published)
    assert {"index.html", "history.html", "incidents/1.html", "feed.rss", "feed.atom", "status.json",
            "style.css", "favicon.svg"} == set(files)
    for name, text in files.items():
        for word in INTERNAL:
            assert word not in text.replace("example.org", ""), f"{word} is in {name}"
        if name.endswith(".html"):
            check_html(text)
            assert "<script" not in text and " style=" not in text and 'href="/' not in text
    assert "Orders fail for &lt;some&gt; of you." in files["index.html"]

    # Corrected, it is corrected here too.
    entry = next(e for e in api.items(f"incidents/{incident}/timeline", kind="update") if "<some>" in e["text"])
    api.post(f"incidents/{incident}/timeline/{entry['sequence']}", {"text": "Orders fail for a few of you."})
    soon(lambda: "for a few of you" in (published / "index.html").read_text(), "the correction")
    assert "&lt;some&gt;" not in (published / "index.html").read_text()

    api.post(f"incidents/{incident}/resolve", {"reason": "INTERNAL reason"})
    soon(lambda: status(published)["status"]["state"] == "operational", "the end")
    shown = status(published)
    assert shown["incidents"][0]["resolvedAt"] and shown["components"][0]["uptime"] < 1
    assert "INTERNAL" not in "".join(everything(published).values())

    # The copy that is put elsewhere is the same.
    listed = run("status-page", "list", "--url", server.url)
    assert listed.returncode == 0 and "All is well" in listed.stdout
    copy = published.parent.parent / "copy"
    rendered = run("status-page", "render", "--output", copy, "--url", server.url)
    assert rendered.returncode == 0, rendered.stderr
    assert set(everything(copy)) == set(files)


def test_feeds_are_valid(api, published):
    incident = declare(api, severity="SEV-2")
    say(api, incident, "Orders are slow & we look.", phase="investigating")
    say(api, incident, "Found.", phase="identified")
    soon(lambda: "Found." in (published / "feed.atom").read_text(), "the feed")
    for name in ("feed.rss", "feed.atom"):
        feed = feedparser.parse((published / name).read_bytes())
        assert not feed.bozo, feed.get("bozo_exception")
        assert feed.feed.title == "Orders status"
        assert [e.title for e in feed.entries] == [
            "Identified: Partial outage: Ordering", "Investigating: Partial outage: Ordering"]
        assert all(e.link.startswith("https://status.example.org/incidents/1.html#update-") for e in feed.entries)
        assert "slow &amp; we look" in feed.entries[1].summary and feed.entries[0].published_parsed
        assert len({e.id for e in feed.entries}) == 2
    assert feedparser.parse((published / "feed.rss").read_bytes()).version == "rss20"
    assert feedparser.parse((published / "feed.atom").read_bytes()).version == "atom10"


def test_a_private_incident_is_on_no_page(server, api, published):
    incident = declare(api)
    say(api, incident, "Orders fail.")
    soon(lambda: (published / "incidents/1.html").is_file(), "the incident's page")
    api.post(f"incidents/{incident}/private", {"members": ["ana"]})
    soon(lambda: not (published / "incidents/1.html").exists(), "the page to be withdrawn")
    assert status(published)["incidents"] == [] and status(published)["status"]["state"] == "operational"
    assert requests.get(f"{server.url}/status/public/incidents/1.html", timeout=10).status_code == 404
    assert "Orders fail" not in "".join(everything(published).values())


def test_anybody_reads_it_and_nothing_else(server, api, published, run):
    token = run("token", "create", "--name", "admin", "--role", "admin", "--url", server.url)
    assert token.returncode == 0, token.stderr
    anybody = requests.Session()
    assert anybody.get(f"{server.url}/api/v1/status-pages", timeout=10).status_code == 401
    page = anybody.get(f"{server.url}/status/public", timeout=10)
    assert page.ok and page.url.endswith("/status/public/") and "All is well" in page.text
    assert anybody.get(f"{server.url}/status/public/style.css", timeout=10).headers["content-type"].startswith("text/css")
    assert anybody.get(f"{server.url}/status/public/feed.rss", timeout=10).headers["content-type"].startswith(
        "application/rss+xml")
    for path in ("status/nothing/", "status/public/secret.key", "status/public/..%2f..%2fsecret.key",
                 "status/public/incidents/9.html"):
        assert anybody.get(f"{server.url}/{path}", timeout=10).status_code == 404, path


def test_kill_9_leaves_whole_files(make_server, directory):
    """Killed at moments that come as they come, each file is one that was rendered: it ends as it should."""
    server = make_server(directory).start()
    chance = random.Random(9)
    path = server.data / "status" / "public"
    api = server.api()
    incident = declare(api)
    for round in range(6):
        say(api, incident, f"Round {round}. " + "Words. " * 1000)
        time.sleep(0.2 + chance.random() * 1.6)
        server.kill()
        for name, text in everything(path).items():
            if name.split("/")[-1].startswith(".new-"):
                continue
            end = {"html": "</html>\n", "rss": "</rss>\n", "atom": "</feed>\n", "json": "}\n", "css": "}\n",
                   "svg": "</svg>\n"}
            assert text.rstrip("\n") + "\n" == text or name.endswith("css"), name
            assert text.strip().endswith(end[name.split(".")[-1]].strip()), name
            if name.endswith("json"):
                json.loads(text)
        server.start()
        api = server.api()
        soon(lambda: f"Round {round}." in (path / "index.html").read_text(), "the newest words")
    assert not [file for file in path.rglob(".new-*")], "what was left unfinished is cleaned away"


def test_the_communicator_names_it(server, api, published, run):
    incident = declare(api)
    told = run("incident", "update", "1", "We look.", "--audience", "external", "--title", "Cards are declined",
               "--url", server.url)
    assert told.returncode == 0, told.stderr
    soon(lambda: status(published)["incidents"], "the incident to show")
    assert status(published)["incidents"][0]["title"] == "Cards are declined"
    assert "Cards are declined" in (published / "feed.rss").read_text()
    say(api, incident, "Again without a title.")
    api.post(f"incidents/{incident}/updates", {"text": "Half.", "audience": "external", "title": "Some cards are declined"})
    soon(lambda: "Some cards" in (published / "index.html").read_text(), "the new title")
    for bad in ({"audience": "internal", "title": "x"}, {"audience": "external", "title": "x" * 121}):
        assert api.call("POST", f"incidents/{incident}/updates", json={"text": "x", **bad}).status_code == 422


def test_a_severity_that_is_not_public_never_shows(make_server, directory):
    page = (directory / "status.yaml").read_text()
    severity = """
---
apiVersion: mainstay.dev/v1
kind: Severity
metadata: {name: sev-3}
spec: {level: SEV-3, definition: Hardly anybody feels it.}
"""
    (directory / "status.yaml").write_text(page.replace("contact:", "incidents: all\n  contact:") + severity)
    server = make_server(directory).start()
    api = server.api()
    published = server.data / "status" / "public"
    quiet = declare(api, severity="SEV-3")
    answer = api.call("POST", f"incidents/{quiet}/updates", json={"text": "x", "audience": "external"})
    assert answer.status_code == 409 and "SEV-3 is not public" in answer.text
    declare(api, service="finder", severity="SEV-2")
    soon(lambda: (published / "status.json").is_file() and status(published)["incidents"], "the other one")
    assert [i["number"] for i in status(published)["incidents"]] == [2]
    assert [c["state"] for c in status(published)["components"]] == ["operational", "partialOutage"]
    # Raised, it shows from then on.
    api.post(f"incidents/{quiet}/severity", {"severity": "SEV-1"})
    soon(lambda: len(status(published)["incidents"]) == 2, "the raised one")


def test_what_was_told_is_told_on_after_a_merge(server, api, published):
    first = declare(api)
    say(api, first, "Orders fail.")
    second = declare(api, severity="SEV-2")
    soon(lambda: status(published)["incidents"], "the first")
    assert [i["number"] for i in status(published)["incidents"]] == [1]
    api.post(f"incidents/{first}/merge", {"into": second})
    soon(lambda: len(status(published)["incidents"]) == 2, "the second to be told of")
    shown = {i["number"]: i for i in status(published)["incidents"]}
    assert shown[1]["mergedInto"] == 2 and "resolvedAt" not in shown[2]
    old = (published / "incidents/1.html").read_text()
    assert 'It goes on as <a href="2.html">' in old and "Resolved" not in old
    assert '<a href="1.html">' in (published / "incidents/2.html").read_text()
    assert "Resolved:" not in (published / "feed.rss").read_text()
    for name in ("incidents/1.html", "incidents/2.html"):
        check_html((published / name).read_text())
    api.post(f"incidents/{first}/unmerge")
    soon(lambda: [i["number"] for i in status(published)["incidents"]] == [1], "the second to be silent again")


def test_a_directory_of_its_own(make_server, directory, tmp_path):
    elsewhere = tmp_path / "www"
    make_server(directory, arguments=["--status-pages-directory", str(elsewhere)]).start()
    soon(lambda: (elsewhere / "public/index.html").is_file(), "the page to be written there")
    assert (elsewhere / "public/index.html").stat().st_mode & 0o777 == 0o644


def luminance(colour):
    """Relative luminance by WCAG 2: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(part) / 255 for part in re.findall(r"[\d.]+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# Each text with its colour and the first ground below it that is not transparent.
TEXTS = """
const found = new Map();
for (const node of document.querySelectorAll("body *")) {
  if (![...node.childNodes].some(c => c.nodeType === 3 && c.textContent.trim())) continue;
  let ground = node;
  while (ground && getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
  const pair = [getComputedStyle(node).color, getComputedStyle(ground || document.documentElement).backgroundColor];
  found.set(pair.join(), [...pair, node.textContent.trim().slice(0, 40)]);
}
return [...found.values()];
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def check_readable(browser, page):
    for scheme in ("light", "dark"):
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        texts = browser.execute_script(TEXTS)
        assert len(texts) > 3, page
        for ink, ground, text in texts:
            high, low = sorted((luminance(ink), luminance(ground)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{page}, {scheme}: {text} is {ink} on {ground}"
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True})
    width = browser.execute_script("return document.documentElement.scrollWidth")
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert width <= 360, f"{page} is {width} px wide on a telephone"


def test_readable_everywhere(browser, server, api, published):
    """Contrast and width of each page, from the disk and below another path of another server."""
    incident = declare(api)
    say(api, incident, "Orders fail. " + "Averylongwordthatdoesnotbreakbyitself" * 8)
    slow = declare(api, service="finder", severity="SEV-3")
    say(api, slow, "Searching is slow.")
    api.post(f"incidents/{slow}/resolve", {"reason": "over"})
    soon(lambda: len(status(published)["incidents"]) == 2, "both")
    soon(lambda: (published / "incidents/2.html").is_file(), "its page")
    shutil.copytree(published, published.parent / "www" / "company" / "status")
    handler = functools.partial(Quiet, directory=published.parent / "www")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        for base in (f"file://{published}", f"http://127.0.0.1:{elsewhere.server_port}/company/status"):
            for page in ("index.html", "history.html", "incidents/1.html", "incidents/2.html"):
                browser.get(f"{base}/{page}")
                check_readable(browser, page)
                # The stylesheet, the icon and all links are found.
                assert browser.execute_script("return document.styleSheets.length") == 1
                links = browser.execute_script(
                    "return [...document.querySelectorAll('a,link')].map(a => a.href)")
                for link in links:
                    if link.startswith(base):
                        assert (published / link[len(base) + 1:].split("#")[0]).is_file(), link
                    else:
                        assert link.startswith("mailto:"), link
            browser.get(f"{base}/incidents/1.html")
            browser.find_element(By.LINK_TEXT, "Orders status").click()
            assert browser.current_url == f"{base}/index.html"
        elsewhere.shutdown()
    alternates = browser.execute_script(
        "return [...document.querySelectorAll('link[rel=alternate]')].map(l => l.type)")
    assert alternates == ["application/rss+xml", "application/atom+xml"]
    assert not chromium.console_errors(browser)


def test_in_a_browser(browser, make_server, root, tmp_path):
    definitions = tmp_path / "reel"
    shutil.copytree(root / "examples/reel", definitions)
    server = make_server(definitions).start()
    api = server.api()
    path = server.data / "status" / "reel"
    incident = declare(api, service="playback")
    say(api, incident, "Films stop after a minute on some televisions.\n\nA film can be started again meanwhile.")
    soon(lambda: "Films stop" in (path / "index.html").read_text(), "the page")
    # From the disk, as from any server: no script, no link that leads nowhere.
    browser.get(f"file://{path}/index.html")
    assert browser.find_element(By.TAG_NAME, "h1").text == "Major outage: Watching films"
    shoot(browser, "status-page")
    browser.find_element(By.LINK_TEXT, "Major outage: Watching films").click()
    assert "A film can be started again" in browser.find_element(By.TAG_NAME, "main").text
    shoot(browser, "status-page-incident")
    browser.find_element(By.LINK_TEXT, "Reel status").click()
    browser.find_element(By.PARTIAL_LINK_TEXT, "All incidents").click()
    shoot(browser, "status-page-history")
    browser.get(f"{server.url}/status")
    browser.find_element(By.LINK_TEXT, "Reel status").click()
    assert browser.current_url.endswith("/status/reel/")
    assert browser.find_element(By.CSS_SELECTOR, ".banner").value_of_css_property("border-radius") == "10px"
    assert not chromium.console_errors(browser)
