"""An incident's timeline: read from the journal, corrected without rewriting it, with graphs as they were."""

import contextlib
import json
import time

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By

from support.processes import eventually
from test_pages import feed, heading, press, shoot


def declare(api, **rest):
    return api.post("incidents", {"title": "Orders fail", "severity": "SEV-2", "service": "shop", **rest})


def entries(api, incident, **query):
    return api.items(f"incidents/{incident}/timeline", **query)


def pinned(api, incident):
    """Pins a graph as soon as there is data for it."""

    def pin():
        return api.call("POST", f"incidents/{incident}/graphs", json={"slo": "shop-availability"}).status_code == 204

    eventually(pin, 30, "data to pin")


def test_everything_is_in_it_and_correcting_rewrites_nothing(server, api, run):
    feed(api, failing=True)
    alert = eventually(lambda: api.items("alerts", state="open"), 30, "the alert")[0]["id"]
    incident = next((i["id"] for i in api.items("incidents", state="open")), None) or declare(api, alerts=[alert])["id"]
    api.post(f"incidents/{incident}/notes", {"text": "It is the databse\n<b>& | more</b>"})
    api.post(f"incidents/{incident}/roles", {"role": "scribe", "person": "ben"})
    api.post(f"incidents/{incident}/updates", {"text": "We look.", "audience": "external", "phase": "investigating"})
    pinned(api, incident)
    eventually(lambda: entries(api, incident, kind="page"), 20, "the page")

    found = entries(api, incident)
    assert {e["kind"] for e in found} >= {"incident", "alert", "page", "note", "role", "update", "evidence"}
    assert [e["sequence"] for e in found] == sorted(e["sequence"] for e in found)
    graph = next(e for e in found if e["kind"] == "evidence")["graph"]
    assert 0 < sum(len(s["points"]) for s in graph["series"]) <= 500
    assert any(p.get("value") for s in graph["series"] for p in s["points"])
    for kind in {e["kind"] for e in found}:
        assert {e["kind"] for e in entries(api, incident, kind=kind)} == {kind}

    # A page at a time is the same.
    assert entries(api, incident, limit=2) == entries(api, incident, limit=500)

    note = next(e for e in found if e["kind"] == "note")
    path = f"incidents/{incident}/timeline/{note['sequence']}"
    before = api.get("events", after=note["sequence"] - 1, limit=1)["items"]
    corrected = api.post(path, {"text": "It is the database"})
    assert corrected["text"] == "It is the database" and "databse" in corrected["original"]
    assert corrected["amendments"][0]["actor"] == note["actor"]
    assert api.get("events", after=note["sequence"] - 1, limit=1)["items"] == before
    api.post(path, {"hidden": True})
    assert api.post(path, {"text": "The database"})["hidden"] is True

    markdown = run("incident", "timeline", "1", "--format", "md", "--url", server.url)
    assert markdown.returncode == 0, markdown.stderr
    assert "Burn rate" in markdown.stdout and "database" not in markdown.stdout and "| time |" in markdown.stdout
    api.post(path, {"hidden": False})
    markdown = api.call("GET", f"incidents/{incident}/timeline.md")
    assert "The database" in markdown.text and f"/journal?at={note['sequence']}" in markdown.text
    assert "databse" not in markdown.text
    assert markdown.headers["content-disposition"] == 'attachment; filename="incident-1-timeline.md"'
    document = json.loads(run("incident", "timeline", "1", "--format", "json", "--url", server.url).stdout)
    assert document["number"] == 1 and document["truncated"] is False
    assert all(e["at"].endswith("Z") for e in document["entries"])

    # What is not of it cannot be corrected in it.
    other = api.events(type="server.started")[0]["sequence"]
    assert api.call("POST", f"incidents/{incident}/timeline/{other}", json={"text": "x"}).status_code == 404
    assert api.call("POST", path, json={}).status_code in (400, 422)
    assert api.call("POST", path, json={"text": "x" * 9000}).status_code in (400, 422)
    assert api.call("GET", f"incidents/{incident}/timeline", params={"kind": "nonsense"}).status_code in (400, 422)


def test_what_was_pinned_stays_as_it_was(server, api):
    feed(api, failing=True)
    incident = declare(api)["id"]
    pinned(api, incident)
    before = entries(api, incident, kind="evidence")
    now = time.time()
    api.write([({"__name__": "shop_requests_total", "code": "500", "job": "shop", "instance": "a"},
                [(90000 + i, int((now + i) * 1000)) for i in range(3)])])
    server.stop()
    server.start()
    assert entries(server.api(), incident, kind="evidence") == [
        {**e, "event": e["event"].replace(api.url, server.url)} for e in before]


def test_an_erased_text_is_erased_here_too(server, api, run):
    incident = declare(api)["id"]
    api.post(f"incidents/{incident}/notes", {"text": "My own words"})
    note = entries(api, incident, kind="note")[0]
    api.post(f"incidents/{incident}/timeline/{note['sequence']}", {"text": "Other own words"})
    person = note["actor"].split("/")[-1]
    api.post(f"users/{person}/erase")
    text = api.call("GET", f"incidents/{incident}/timeline.json").text
    assert "own words" not in text and "[erased]" in text


def test_a_private_incidents_timeline_is_nobody_elses(server, api, run):
    def token(name, role):
        made = run("token", "create", "--name", name, "--role", role, "--url", server.url,
                   env={"MAINSTAY_TOKEN": admin} if admin else {})
        assert made.returncode == 0, made.stderr
        return made.stdout.split()[-1]

    admin = None
    admin = token("admin", "admin")
    boss = server.api(admin)
    incident = boss.post("incidents", {
        "title": "A key leaked", "severity": "SEV-1", "service": "shop", "private": True, "members": []})["id"]
    boss.post(f"incidents/{incident}/notes", {"text": "which key"})
    other = server.api(token("other", "responder"))
    for path in ("timeline", "timeline.md", "timeline.json"):
        assert other.call("GET", f"incidents/{incident}/{path}").status_code == 404
        assert other.call("GET", f"/incidents/{incident}/{path}").status_code == 404
    assert "which key" in boss.call("GET", f"incidents/{incident}/timeline.md").text


def test_long_timelines_page_well(server, api):
    incident = declare(api)["id"]
    from concurrent.futures import ThreadPoolExecutor

    def write(index):
        while True:
            answer = api.call("POST", f"incidents/{incident}/severity", json={"severity": f"SEV-{index % 2 + 1}"})
            if answer.status_code != 429:
                return
            time.sleep(0.2)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: api.post(f"incidents/{incident}/notes", {"text": f"note {i}"})
                      if i % 90 or time.sleep(1) else write(i), range(1, 601)))
    notes = entries(api, incident, kind="note", limit=100)
    assert len(notes) >= 590 and len({n["sequence"] for n in notes}) == len(notes)
    page = api.call("GET", f"/incidents/{incident}/timeline")
    assert len(page.content) < 100_000 and "Earlier entries" in page.text and page.elapsed.total_seconds() < 2


def words(browser):
    """What the page says; nothing while it is being changed for the next."""
    try:
        return browser.find_element(By.TAG_NAME, "main").text
    except (NoSuchElementException, StaleElementReferenceException):
        return ""


def test_in_a_browser(browser, server, api):
    feed(api, failing=True)
    incident = declare(api)["id"]
    api.post(f"incidents/{incident}/notes", {"text": "It is the databse"})
    pinned(api, incident)
    browser.get(f"{server.url}/incidents/{incident}")
    press(browser, "Pin as of now")
    eventually(lambda: len(browser.find_elements(By.CSS_SELECTOR, ".timeline figure")) == 2, 10, "the second graph")
    browser.get(f"{server.url}/incidents/{incident}/timeline?kind=note")
    browser.find_element(By.CSS_SELECTOR, ".timeline .at").click()
    field = browser.find_element(By.NAME, "text")
    field.clear()
    field.send_keys("It is the database")
    press(browser, "Correct")
    eventually(lambda: "It is the database" in words(browser), 10, "the correction")
    assert heading(browser) == "wrote a note"
    shoot(browser, "timeline-entry")
    browser.get(f"{server.url}/incidents/{incident}/timeline")
    eventually(lambda: "It is the database" in words(browser), 10, "the corrected note")
    assert "databse" not in words(browser)

    def unfolded():
        # The list is replaced when something is added to it, also between finding a fold and opening it.
        with contextlib.suppress(StaleElementReferenceException):
            if "databse" not in words(browser):
                browser.find_element(By.CSS_SELECTOR, ".timeline details summary").click()
        return "databse" in words(browser)

    eventually(unfolded, 10, "what the note said before")
    shoot(browser, "timeline")
    browser.get(f"{server.url}/slos/shop-availability")
    press(browser, "Pin as of now")
    eventually(lambda: f"/incidents/{incident}" in browser.current_url, 10, "the incident")
