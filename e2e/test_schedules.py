"""Schedules as people and calendars see them: two iCalendar libraries, the pager, the API and the pages agree."""

import concurrent.futures
import datetime
import json

import icalendar
import pytest
import recurring_ical_events
import requests
from selenium.webdriver.common.by import By

from support import browser as chromium
from test_pages import heading, shoot, soon

UTC = datetime.timezone.utc
SUN = """\
apiVersion: mainstay.dev/v1
kind: Schedule
metadata: {name: sun, title: Follow the sun}
spec:
  timeZone: UTC
  layers:
    - name: apac
      timeZone: Asia/Tokyo
      users: [ana]
      rotation: weekly
      start: 2026-01-05T00:00
      restrictions: [{from: "09:00", to: "17:00"}]
    - name: emea
      timeZone: Europe/Berlin
      users: [ben, ana]
      rotation: daily
      start: 2026-01-05T00:00
      handover: {time: "09:00"}
      restrictions: [{from: "09:00", to: "17:00"}]
    - name: amer
      timeZone: America/Los_Angeles
      users: [ana, ben]
      rotation: weekly
      start: 2026-01-07T00:00
      handover: {day: monday, time: "08:00"}
      restrictions: [{days: [monday, tuesday, wednesday, thursday, friday], from: "08:00", to: "16:00"}]
"""


@pytest.fixture
def definitions(definitions):
    (definitions / "sun.yaml").write_text(SUN)
    return definitions


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def stamp(moment):
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text):
    """Every event as (start, end, summary), first by icalendar alone and then as recurring-ical-events expands it."""
    calendar = icalendar.Calendar.from_ical(text)
    events = [(e["DTSTART"].dt, e["DTEND"].dt, str(e["SUMMARY"])) for e in calendar.walk("VEVENT")]
    assert len({str(e["UID"]) for e in calendar.walk("VEVENT")}) == len(events)
    if events:
        ends = [e[1] for e in events]
        expanded = recurring_ical_events.of(calendar).between(min(e[0] for e in events), max(ends))
        assert sorted((e["DTSTART"].dt, e["DTEND"].dt, str(e["SUMMARY"])) for e in expanded) == sorted(events)
    return events


@pytest.mark.parametrize("schedule", ["shop", "sun"])
def test_two_libraries_read_what_shifts_says(run, definitions, schedule):
    # Both changes of the clock lie within.
    span = ["--definitions", definitions, "--from", "2026-02-01T00:00:00Z", "--to", "2026-12-01T00:00:00Z"]
    shifts = run("oncall", "shifts", "--schedule", schedule, "--format", "json", *span)
    assert shifts.returncode == 0, shifts.stderr
    calendar = run("oncall", "ical", "--schedule", schedule, *span)
    assert calendar.returncode == 0, calendar.stderr
    wanted = [(instant(item["start"]), instant(item["end"]), f"{item['user']} on call: {schedule}")
              for item in json.loads(shifts.stdout)["items"] if "user" in item]
    assert len(wanted) > (40 if schedule == "shop" else 500)
    assert read(calendar.stdout) == wanted


def test_a_persons_calendar_has_the_shifts_of_all_schedules(run, definitions):
    span = ["--definitions", definitions, "--from", "2026-03-01T00:00:00Z", "--to", "2026-04-12T00:00:00Z"]
    shifts = run("oncall", "shifts", "--person", "ana", "--format", "json", *span)
    items = json.loads(shifts.stdout)["items"]
    assert {item["schedule"] for item in items} == {"shop", "sun"} and {item["user"] for item in items} == {"ana"}
    events = read(run("oncall", "ical", "--person", "ana", *span).stdout)
    assert sorted(events) == sorted(
        (instant(item["start"]), instant(item["end"]), f"ana on call: {item['schedule']}") for item in items)


def test_gaps_and_quality_need_no_server(run, definitions):
    gaps = run("oncall", "gaps", "--definitions", definitions, "--from", "2026-03-16T00:00:00Z", "--to",
               "2026-03-17T00:00:00Z", "--format", "json")
    assert gaps.returncode == 1
    answer = json.loads(gaps.stdout)
    # Tokyo 00:00-08:00Z, Berlin 08:00-16:00Z, Los Angeles, already in summer, 15:00-23:00Z.
    assert answer["items"] == [
        {"schedule": "sun", "start": "2026-03-16T23:00:00Z", "end": "2026-03-17T00:00:00Z"}]
    covered = run("oncall", "gaps", "--definitions", definitions, "--schedule", "shop", "--format", "json")
    assert covered.returncode == 0 and json.loads(covered.stdout)["items"] == []
    quality = run("oncall", "quality", "--definitions", definitions, "--schedule", "shop", "--format", "json")
    assert quality.returncode == 0, quality.stderr
    judged = json.loads(quality.stdout)["items"][0]
    assert judged["score"] == 45, judged
    assert {finding["aspect"] for finding in judged["findings"]} == {"share", "nights", "alone", "few", "backToBack"}
    said = run("oncall", "quality", "--definitions", definitions, "--schedule", "shop").stdout
    assert "shop: 45 of 100" in said and "Layer primary has ana alone" in said


@pytest.mark.parametrize("arguments, words", [
    (["shifts", "--schedule", "shp"], "did you mean shop?"), (["shifts", "--person", "anna"], "did you mean ana?"),
    (["ical"], "either --schedule NAME or --person NAME"), (["gaps", "--from", "2026-02-01", "--to", "2026-01-01"],
                                                          "--to is not after --from"),
    (["quality", "--schedule", "nothing"], "no schedule nothing"), (["who", "--at", "noonish"], "noonish"),
])
def test_mistakes_are_said_in_a_line(run, definitions, arguments, words):
    result = run("oncall", *arguments, "--definitions", definitions)
    assert result.returncode in (1, 2) and words in result.stderr, result


def test_rotations_that_cannot_be_are_refused_with_their_place(run, definitions):
    for old, new, words in [
        ("users: [ana]\n", "users: []\n", "sun.yaml:9:14: spec.layers.0.users is empty"),
        ("Asia/Tokyo", "Asia/Atlantis", "Asia/Atlantis"),
        ("rotation: daily", "rotation: dayly", "did you mean `daily`?"),
        ("start: 2026-01-07T00:00", "start: 2026-01-07T00:00\n      until: 2026-01-06T00:00", "until is not after start"),
        ("{day: monday, time", "{day: monday, tme", "time is missing"),
    ]:
        (definitions / "sun.yaml").write_text(SUN.replace(old, new))
        result = run("validate", definitions)
        assert result.returncode == 1 and words in result.stdout + result.stderr, (new, result.stdout, result.stderr)


def test_an_active_override_is_the_same_everywhere(server, api, webhook, browser, run):
    now = datetime.datetime.now(UTC).replace(microsecond=0)
    start, end = now - datetime.timedelta(minutes=1), now + datetime.timedelta(hours=3)
    # The API, the command line, the page and iCal before it: ana.
    assert next(i for i in api.items("oncall") if i["schedule"] == "shop")["user"] == "ana"
    made = api.post("schedules/shop/overrides", {"user": "ben", "start": stamp(start), "end": stamp(end)})
    entry = next(i for i in api.items("oncall") if i["schedule"] == "shop")
    assert entry["user"] == "ben" and entry["override"] and instant(entry["until"]) == end
    shifts = api.items("schedules/shop/shifts")
    assert [s["user"] for s in shifts[:2]] == ["ben", "ana"] and instant(shifts[0]["end"]) == end
    who = run("oncall", "who", "--schedule", "shop", "--format", "json", env={"MAINSTAY_URL": server.url})
    assert json.loads(who.stdout)["items"][0]["user"] == "ben"
    browser.get(server.url + "/schedules/shop")
    assert heading(browser).startswith("ben is on call until ")
    events = read(requests.get(server.url + "/schedules/shop.ics", timeout=10).text)
    covered = next((title for s, e, title in events if (s, e) == (start, end)), "")
    assert covered.startswith("Ben") and covered.endswith("on call: shop"), events[:5]
    feed = server.url + api.get("people/ben/feed")["path"]
    assert (start, end) in [(s, e) for s, e, _ in read(requests.get(feed, timeout=10).text)]
    # The pager.
    api.fire("shop", "orders", "Orders fail")
    soon(lambda: webhook.received, 20)
    assert {page["person"] for page in api.items("pages")} == {"ben"}
    # And without it again.
    assert api.call("DELETE", f"schedules/shop/overrides/{made['id']}").status_code == 204
    assert next(i for i in api.items("oncall") if i["schedule"] == "shop")["user"] == "ana"
    assert (start, end) not in [(s, e) for s, e, _ in read(requests.get(feed, timeout=10).text)]


def test_of_the_same_override_at_once_exactly_one_is_made(api):
    now = datetime.datetime.now(UTC).replace(microsecond=0)
    body = {"user": "ben", "start": stamp(now), "end": stamp(now + datetime.timedelta(hours=2))}

    def make(_):
        return api.call("POST", "schedules/shop/overrides", json=body).status_code

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = sorted(pool.map(make, range(16)))
    assert statuses == [201] + [409] * 15
    assert len(api.items("schedules/shop/overrides")) == 1


def test_the_newest_override_wins_and_the_earlier_one_resumes(api):
    start = (datetime.datetime.now(UTC) + datetime.timedelta(days=2)).replace(microsecond=0, second=0)

    def cover(user, first, last):
        return api.post("schedules/sun/overrides", {
            "user": user, "start": stamp(start + datetime.timedelta(hours=first)),
            "end": stamp(start + datetime.timedelta(hours=last))})["id"]

    first, second = cover("ana", 0, 8), cover("ben", 2, 4)
    shifts = api.items("schedules/sun/shifts", **{
        "from": stamp(start), "to": stamp(start + datetime.timedelta(hours=8))})
    assert [s["user"] for s in shifts] == ["ana", "ben", "ana"], shifts
    assert [s["layer"] for s in shifts] == [first, second, first]


def test_overrides_that_cannot_be_are_refused_with_the_remedy(api):
    now = datetime.datetime.now(UTC).replace(microsecond=0)

    def at(hours):
        return stamp(now + datetime.timedelta(hours=hours))

    for body, status, words in [
        ({"user": "ben", "start": at(2), "end": at(1)}, 422, "ends before it starts; give an end after"),
        ({"user": "ben", "start": at(1), "end": at(1)}, 422, "ends before it starts"),
        ({"user": "ben", "start": at(-3), "end": at(-1)}, 422, "is over already; give an end after"),
        ({"user": "ben", "start": at(-50), "end": at(1)}, 422, "start it now"),
        ({"user": "nobody", "start": at(1), "end": at(2)}, 422, "nobody has no contact"),
        ({"user": "ben", "start": at(1), "end": at(24 * 400)}, 422, "a year at most"),
        ({"user": "ben", "start": "2026-12-24 09:00 Mars/Olympus", "end": at(2)}, 422, "is no time"),
        ({"start": at(1), "end": at(2)}, 422, "Who covers is missing"),
        ({"user": "ben", "nobody": True, "start": at(1), "end": at(2)}, 422, "a user or nobody, not both"),
        ({"user": "ben", "end": at(2)}, 422, "no member 'start'"), ({"user": 7, "start": at(1), "end": at(2)}, 422, "user"),
    ]:
        answer = api.call("POST", "schedules/shop/overrides", json=body)
        assert answer.status_code == status and words in answer.text, (body, answer.text)
    missing = api.call("POST", "schedules/shp/overrides", json={"user": "ben", "start": at(1), "end": at(2)})
    assert missing.status_code == 404
    assert api.items("schedules/shop/overrides") == []


def test_a_time_can_be_left_uncovered_on_purpose(server, api, webhook, browser, run):
    env = {"MAINSTAY_URL": server.url}
    now = datetime.datetime.now(UTC).replace(microsecond=0)
    made = run("oncall", "override", "create", "shop", "--nobody", "--from=-1m", "--to", "+3h", env=env)
    assert made.returncode == 0 and made.stdout.startswith("nobody covers shop from"), made
    entry = api.items("schedules/shop/overrides")[0]
    assert entry["nobody"] is True and "user" not in entry
    assert "user" not in next(i for i in api.items("oncall") if i["schedule"] == "shop")
    gaps = [g for g in api.get("oncall/gaps?schedule=shop")["items"] if instant(g["start"]) <= now + datetime.timedelta(minutes=5)]
    assert [g["end"] for g in gaps] == [entry["end"]]
    who = run("oncall", "who", "--schedule", "shop", "--format", "json", env=env)
    assert "user" not in json.loads(who.stdout)["items"][0]
    browser.get(server.url + "/schedules/shop")
    assert heading(browser).startswith("Nobody is on call")
    assert "Left uncovered" in browser.find_element(By.XPATH, "//h2[text()='Overrides']/..").text
    shoot(browser, "schedule-uncovered")
    # The only level names the schedule: the alert says that nobody could be reached.
    alert = api.fire("shop", "orders", "Orders fail").json()["id"]
    skipped = soon(lambda: [e for e in api.events() if e["type"] == "escalation.level_skipped"], 20)
    assert skipped[0]["subject"] == f"alert/{alert}" and "nobody is on call in schedule shop" in skipped[0]["data"]["reason"]


def test_an_override_is_changed_in_place(server, api, browser, run):
    env = {"MAINSTAY_URL": server.url}
    now = datetime.datetime.now(UTC).replace(microsecond=0)

    def at(hours):
        return stamp(now + datetime.timedelta(hours=hours))

    made = api.post("schedules/shop/overrides", {"user": "ben", "start": at(2), "end": at(4)})
    path = f"schedules/shop/overrides/{made['id']}"
    changed = api.call("PATCH", path, json={"user": "ana", "end": at(5)})
    assert changed.status_code == 200, changed.text
    assert {**made, "user": "ana", "end": at(5)} == changed.json()
    for body, status, words in [
        ({"end": at(1)}, 422, "ends before it starts"), ({"end": at(24 * 400)}, 422, "a year at most"),
        ({"user": "nobody"}, 422, "nobody has no contact"), ({"start": at(-50)}, 422, "stays as it was"),
        ({"user": "ana", "nobody": True}, 422, "not both"), ({"start": "soon"}, 422, "is no time"),
    ]:
        answer = api.call("PATCH", path, json=body)
        assert answer.status_code == status and words in answer.text, (body, answer.text)
    unknown = "schedules/shop/overrides/01KAJ4ZJ8Q3V5T6M7N8P9RABCD"
    assert api.call("PATCH", unknown, json={"user": "ana"}).status_code == 404
    assert api.items("schedules/shop/overrides") == [changed.json()]

    told = run("oncall", "override", "change", "shop", made["id"], "--nobody", env=env)
    assert told.returncode == 0 and told.stdout.startswith("nobody covers shop from"), told
    wrong = run("oncall", "override", "change", "shop", made["id"], "--to=-1h", env=env)
    assert wrong.returncode == 1 and "ends before it starts" in wrong.stderr, wrong
    assert run("oncall", "override", "change", "shop", made["id"], env=env).returncode == 2
    assert run("oncall", "override", "create", "shop", "--to", "+1h", env=env).returncode == 2

    browser.get(server.url + "/schedules/shop")
    browser.find_element(By.LINK_TEXT, "Change").click()
    form = soon(lambda: browser.find_element(By.CSS_SELECTOR, "#cover[open] form"), 10)
    assert form.find_element(By.ID, "user-shop").get_attribute("value") == "/nobody"
    shoot(browser, "override-change")
    for option in form.find_elements(By.CSS_SELECTOR, "#user-shop option"):
        if option.get_attribute("value") == "ben":
            option.click()
    form.find_element(By.XPATH, ".//button[text()='Change']").click()
    soon(lambda: api.items("schedules/shop/overrides")[0].get("user") == "ben", 10)
    entry = api.items("schedules/shop/overrides")[0]
    assert (entry["id"], entry["start"], entry["end"]) == (made["id"], at(2), at(5)), "the times stay to the second"
    types = [e["type"] for e in api.events() if e["type"].startswith("override.")]
    assert types == ["override.created"] + ["override.changed"] * 3
    assert not chromium.console_errors(browser)


def test_a_feed_link_works_without_a_login_until_it_is_revoked(api, server):
    token = api.post("tokens", {"name": "ops", "role": "admin"})["token"]
    known = server.api(token)
    link = server.url + known.get("schedules/sun/feed")["path"]
    assert requests.get(server.url + "/api/v1/schedules/sun.ics", timeout=10).status_code == 401
    answer = requests.get(link, timeout=10)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/calendar")
    assert len(read(answer.text)) > 100
    assert requests.get(link.replace("sun.ics", "shop.ics"), timeout=10).status_code == 404
    assert known.call("DELETE", "schedules/sun/feed").status_code == 204
    assert requests.get(link, timeout=10).status_code == 410
    server.kill()
    server.start()
    assert requests.get(link, timeout=10).status_code == 410
    assert requests.get(server.url + known.get("schedules/sun/feed")["path"], timeout=10).status_code == 200


def test_covering_a_shift_from_the_calendar_on_a_phone(server, api, browser):
    browser.get(server.url + "/oncall")
    assert "nobody covers Follow the sun" in heading(browser) or "Nobody is on call" in heading(browser)
    shoot(browser, "oncall-sun")
    browser.find_element(By.LINK_TEXT, "Follow the sun").click()
    soon(lambda: "/schedules/sun" in browser.current_url, 10)
    assert "Quality: " in browser.page_source and "Nobody is on call: " in browser.page_source
    shoot(browser, "schedule")
    chromium.appearance(browser, "phone")
    # The first gap of the calendar is asked to be filled: the form opens with its times.
    browser.find_element(By.CSS_SELECTOR, ".turns li.burning a.cover").click()
    form = soon(lambda: browser.find_element(By.CSS_SELECTOR, "#cover[open] form"), 10)
    for option in form.find_elements(By.CSS_SELECTOR, "#user-sun option"):
        if option.get_attribute("value") == "ben":
            option.click()
    button = form.find_element(By.XPATH, ".//button[text()='Cover']")
    assert button.rect["height"] >= 44
    button.click()
    made = soon(lambda: next(iter(api.items("schedules/sun/overrides")), None), 10)
    assert made["user"] == "ben"
    soon(lambda: "covers" in browser.find_element(By.XPATH, "//h2[text()='Overrides']/..").text, 10)
    assert chromium.sideways_scroll(browser) <= 0
    # A person's page follows.
    browser.find_element(By.LINK_TEXT, "ben").click()
    soon(lambda: "/people/ben" in browser.current_url, 10)
    assert heading(browser).startswith("Ben Okoye is ")
    shoot(browser, "person")
    assert not chromium.console_errors(browser)


def test_a_wrong_override_is_explained_over_the_form(server, api, browser):
    browser.get(server.url + "/schedules/shop?start=2026-12-24T10:00&end=2026-12-24T09:00#cover")
    soon(lambda: browser.find_element(By.CSS_SELECTOR, "#cover[open] form"), 10)
    browser.find_element(By.XPATH, "//button[text()='Cover']").click()
    problem = soon(lambda: browser.find_element(By.CSS_SELECTOR, "#cover .problem"), 10)
    assert "ends before it starts" in problem.text
    assert api.items("schedules/shop/overrides") == []
