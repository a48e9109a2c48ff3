"""Groups and silences as a person on call sees them: what pages, what stands under it and why, and how to be quiet."""

import datetime
import json
import pathlib

import pytest
from selenium.webdriver.common.by import By

from support import browser as chromium
from support.definitions import write
from support.processes import eventually
from test_pages import heading, press, shoot, soon


@pytest.fixture
def definitions(tmp_path, webhook, mail):
    """`shop` needs `catalog`, which needs `database`."""
    directory = tmp_path / "definitions"
    write(directory, webhook.url, mail.port, services=("shop", "catalog", "database"))
    for path in pathlib.Path(directory).rglob("*.yaml"):
        text = path.read_text()
        for service, needs in (("shop", "catalog"), ("catalog", "database")):
            text = needs_of(text, service, needs)
        path.write_text(text)
    return directory


def needs_of(text, service, needs):
    """Adds a dependency to the Component of that name."""
    documents = text.split("\n---\n")
    for place, document in enumerate(documents):
        if "kind: Component" in document and f"name: {service}\n" in document:
            owner = "owner: shop-team"
            documents[place] = document.replace(owner, f"{owner}, dependsOn: ['component:{needs}']")
    return "\n---\n".join(documents)


@pytest.fixture
def outage(api):
    """The shop fails first, then what it needs: the database is the likelier cause."""
    for service in ("shop", "catalog", "database"):
        api.fire(service, f"{service}-down", f"{service} does not answer")
    for number in range(3):
        api.fire("shop", f"cart-{number}", f"Carts of shard {number} are lost")
    return {item["key"]: item for item in api.items("alerts", state="open")}


def test_a_cause_pages_for_its_dependants_and_says_so(server, api, browser, outage, webhook):
    assert outage["database-down"]["state"] == "firing"
    for key in ("shop-down", "catalog-down"):
        assert outage[key]["suppressedAs"] == "grouped", outage[key]
    assert outage["shop-down"]["chain"] == ["shop", "catalog", "database"]
    assert {outage[f"cart-{n}"]["suppressedAs"] for n in range(3)} == {"joined"}
    # In words for people: the alert it joined by its summary.
    assert outage["cart-0"]["suppressedBecause"].startswith('joined "shop does not answer", which ')
    eventually(
        lambda: [r for r in webhook.received if r.json["title"].startswith("The likelier cause is database")], 20,
        "the dependants' on-call to hear of the cause")

    browser.get(server.url + "/alerts")
    assert heading(browser) == "1 alert waits for somebody"
    rows = browser.find_elements(By.CSS_SELECTOR, "[data-live=paging] tbody tr")
    assert len(rows) == 1 and "database does not answer" in rows[0].text
    browser.find_element(By.CSS_SELECTOR, "[data-live=paging] summary").click()
    assert "shop → catalog → database" in browser.find_element(By.CSS_SELECTOR, "[data-live=paging]").text
    shoot(browser, "groups-alerts")

    browser.get(f"{server.url}/alerts/{outage['shop-down']['id']}")
    chain = browser.find_element(By.CSS_SELECTOR, ".chain").text.split()
    assert [word for word in chain if word != "→"] == ["shop", "catalog", "database"]
    assert "database does not answer" in browser.find_element(By.CSS_SELECTOR, "[data-live=reason]").text
    shoot(browser, "groups-dependant")
    browser.get(f"{server.url}/alerts/{outage['database-down']['id']}")
    assert "catalog does not answer" in browser.find_element(By.CSS_SELECTOR, "[data-live=under]").text
    shoot(browser, "groups-cause")
    # On a telephone what can be done stands before the log of what went out.
    browser.set_window_size(400, 800)
    top = {name: browser.find_element(By.CSS_SELECTOR, name).rect["y"] for name in ("#escalate", "[data-live=pages]")}
    assert top["#escalate"] < top["[data-live=pages]"]
    assert browser.find_element(By.LINK_TEXT, "Escalate").rect["y"] < 600
    browser.set_window_size(1200, 900)
    assert chromium.console_errors(browser) == []


def test_an_alert_is_silenced_from_its_page(server, api, browser, outage, webhook):
    browser.get(f"{server.url}/alerts/{outage['database-down']['id']}")
    press(browser, "Preview the silence")
    soon(lambda: heading(browser) == "Silence these alerts?", 10)
    assert "covers 1 open alert, 1 of which pages now" in browser.find_element(By.CSS_SELECTOR, ".lead").text
    shoot(browser, "silence-new")
    browser.find_element(By.ID, "comment").send_keys("The disk is being replaced")
    press(browser, "Silence")
    soon(lambda: heading(browser) == "1 silence holds alerts back", 10)
    shoot(browser, "silences")
    # Nothing is lost: what stood under the cause pages now.
    soon(lambda: api.get(f"alerts/{outage['catalog-down']['id']}")["state"] == "firing", 10)
    assert api.get(f"alerts/{outage['database-down']['id']}")["suppressedAs"] == "silenced"
    browser.execute_script("window.confirm = () => true")
    press(browser, "End it")
    soon(lambda: api.get(f"alerts/{outage['database-down']['id']}")["state"] == "firing", 10)


def test_a_bad_matcher_is_told_where_it_was_typed(server, browser, api):
    browser.get(server.url + "/silences/new?matchers=service%3D~%22(%22&duration=2h")
    assert "service" in browser.find_element(By.CSS_SELECTOR, "[role=alert]").text
    shoot(browser, "silence-problem")


def test_silences_by_command(server, api, run, outage):
    env = {"MAINSTAY_URL": server.url}
    words = run("silence", "preview", 'service="shop"', env=env).stdout
    assert "covers 4 open alerts" in words
    added = run("silence", "add", 'service="shop"', "--for", "30m", "--comment", "a drill", env=env)
    silence = added.stdout.strip()
    listed = json.loads(run("silence", "list", "--state", "active", "--format", "json", env=env).stdout)
    assert [item["id"] for item in (listed if isinstance(listed, list) else listed["items"])] == [silence]
    assert run("silence", "expire", silence, env=env).returncode == 0
    again = run("silence", "expire", silence, env=env)
    assert again.returncode != 0 and "expired" in again.stderr
    refused = run("silence", "add", 'service=~".*"', "--comment", "everything", env=env)
    assert refused.returncode != 0 and "every alert" in refused.stderr
    eventually(lambda: api.items("silences", state="expired"), 10, "the silence to be expired")


def test_lists_filter_and_page(server, api, browser, outage):
    assert {item["service"] for item in api.items("alerts", state="open", service="shop")} == {"shop"}
    assert api.items("alerts", state="open", urgency="ticket") == []
    first = api.json("GET", "alerts?state=open&limit=4")
    rest = api.json("GET", f"alerts?state=open&limit=4&cursor={first['next']}")
    ids = [item["id"] for item in first["items"] + rest["items"]]
    assert len(ids) == len(set(ids)) == 6 and ids == sorted(ids, reverse=True)
    browser.get(server.url + "/alerts?state=open&service=shop")
    assert len(browser.find_elements(By.CSS_SELECTOR, "[data-live=alerts] tbody tr")) == 4
    browser.get(server.url + "/alerts?state=nonsense")
    assert "nonsense" in browser.page_source


def test_a_silence_that_begins_later_has_the_escalation_wait(server, api, browser, webhook):
    begins = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=6)
    silence = api.post("silences", {
        "matchers": 'service="catalog"', "start": begins.isoformat(), "duration": "1h", "comment": "The rack moves"})
    alert = api.fire("catalog", "catalog-down", "catalog does not answer").json()["id"]
    webhook.wait_for("fired", 20)
    assert api.get(f"alerts/{alert}")["state"] == "firing"
    held = eventually(
        lambda: (found := api.get(f"alerts/{alert}"))["state"] == "suppressed" and found, 20, "the silence to begin")
    assert held["suppressedAs"] == "silenced" and "The rack moves" in held["escalationPaused"]
    assert held["escalationLevel"] == 1
    events = api.events()
    assert [e["subject"] for e in events if e["type"] == "silence.began"] == [f"silence/{silence['id']}"]
    paused = next(e for e in events if e["type"] == "procedure.paused")
    assert "The rack moves" in paused["data"]["reason"] and paused["data"]["left"]

    browser.get(f"{server.url}/alerts/{alert}")
    reason = browser.find_element(By.CSS_SELECTOR, "[data-live=reason]").text
    assert "Its escalation waits after level 1 and goes on from there" in reason
    shoot(browser, "alert-waits")
    api.post(f"silences/{silence['id']}/expire")
    again = eventually(
        lambda: (found := api.get(f"alerts/{alert}"))["state"] == "firing" and found, 20, "the alert to go on")
    assert "escalationPaused" not in again and again["procedure"] == held["procedure"]
    resumed = [e for e in api.events() if e["type"] == "alert.escalation_resumed"]
    assert [e["data"]["procedure"] for e in resumed] == [held["procedure"]]
    assert len([r for r in webhook.received if r.json["kind"] == "fired"]) == 1, "nobody is paged twice"


RESOURCES = """\
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: orders-db}
spec: {type: database, owner: shop-team, dependsOn: ['component:database']}
"""


@pytest.fixture
def resources(definitions):
    """`shop` needs the database `orders-db`, a Resource that the component `database` runs."""
    (definitions / "resources.yaml").write_text(RESOURCES)
    for path in pathlib.Path(definitions).rglob("*.yaml"):
        path.write_text(path.read_text().replace("component:catalog", "resource:orders-db"))
    return definitions


def test_a_cause_is_found_through_a_resource(resources, server, api, browser):
    shop = api.fire("shop", "shop-down", "shop does not answer").json()["id"]
    api.fire("database", "database-down", "database does not answer")
    held = eventually(
        lambda: (found := api.get(f"alerts/{shop}")).get("suppressedAs") and found, 10, "the cause to take over")
    assert held["suppressedAs"] == "grouped" and held["chain"] == ["shop", "orders-db", "database"]
    service = api.get("services/database")
    assert service["dependentsThrough"] == [["database", "resource:default/orders-db", "shop"]], service
    assert api.get("services/shop")["dependsThrough"] == [["shop", "resource:default/orders-db", "database"]]
    incident = next(i for i in api.items("incidents") if i["service"] == "database")
    assert "shop" in api.get(f"incidents/{incident['id']}/impact")["dependants"]
    browser.get(f"{server.url}/alerts/{shop}")
    chain = browser.find_element(By.CSS_SELECTOR, ".chain")
    assert "orders-db resource" in " ".join(chain.text.split())
    assert [link.text for link in chain.find_elements(By.TAG_NAME, "a")] == ["shop", "database"]
    shoot(browser, "groups-resource")
    browser.get(f"{server.url}/services/database")
    assert "needed by resource:default/orders-db needed by shop" in browser.page_source
    shoot(browser, "service-through")
    assert chromium.console_errors(browser) == []
