"""The pages as a person uses them, in headless Chromium: light, dark, at 360 px, by keyboard, without JavaScript."""

import math
import os
import pathlib
import time

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from support import browser as chromium
from support.processes import eventually

SHOTS = pathlib.Path(os.environ.get("MAINSTAY_SCREENSHOTS", "/tmp/mainstay-screenshots"))


def soon(check, seconds):
    """Until `check` is true; the failure names the line that waited."""

    def settled():
        try:
            return check()
        except (NoSuchElementException, StaleElementReferenceException):
            # The page was replaced between finding an element and reading it.
            return None

    return eventually(settled, seconds, "the page to get there")


def press(browser, label):
    """Clicks a button, found anew where the live page replaced it meanwhile."""

    def pressed():
        browser.find_element(By.XPATH, f"//button[text()='{label}']").click()
        return True

    soon(pressed, 10)


def heading(browser):
    return browser.find_element(By.TAG_NAME, "h1").text


def shoot(browser, name):
    """Screenshots in each appearance, none of which scrolls sideways."""
    for look in chromium.SIZES:
        chromium.appearance(browser, look)
        # A phone widens its window to what does not fit, so the width is held against the device's.
        width = browser.execute_script("return document.documentElement.scrollWidth")
        assert width <= chromium.SIZES[look][0], f"{name} is {width} px wide in {look}"
    chromium.screenshots(browser, SHOTS, name)
    chromium.appearance(browser, "light")


def feed(api, failing=False, minutes=90):
    """A shop with 90 minutes of steady traffic behind it; failing for the last ten if asked."""
    now = time.time()
    good, bad, samples = 0, 0, {"200": [], "500": []}
    for step in range(minutes * 4, -1, -1):
        at = now - step * 15
        broken = failing and step < 40
        good, bad = good + (0 if broken else 60), bad + (60 if broken else 0)
        samples["200"].append((good, int(at * 1000)))
        samples["500"].append((bad, int(at * 1000)))
    response = api.write([
        ({"__name__": "shop_requests_total", "code": code, "job": "shop", "instance": "a"}, values)
        for code, values in samples.items()])
    assert response.ok, response.text


@pytest.fixture
def alert(api):
    api.fire("shop", "orders", "Orders fail in every region")
    return soon(lambda: next(iter(api.items("alerts", state="firing")), None), 20)


def feed_example(api, services, minutes=60, days=0):
    """The example company: an hour of every service's traffic, playback failing for the last five minutes; before it
    as many days, coarsely and with a bad hour now and then."""
    now = time.time()
    recent = [(now - step * 15, 15, step) for step in range(minutes * 4, -1, -1)]
    past = [[(now - minutes * 60 - hours * 3600, 6 * 3600, None)] for hours in range(days * 24, 0, -6)]
    totals = {service: [0.0, 0.0, 0.0, 0.0] for service in services}
    # All series up to a time before the next time: what is far behind the newest data counts as late.
    for moments in [*past, recent]:
        series = []
        for place, service in enumerate(services):
            points = [[], [], [], []]
            for at, seconds, step in moments:
                phase = step if step is not None else int(at) // 21600
                load = seconds * (40 + 9 * place + 12 * math.sin((phase + 30 * place) / 31))
                steady = 0.0001 if service != "search" else 0.0006
                if step is None:
                    share = steady + (0.008 if (phase + 5 * place) % 37 == 0 else 0)
                else:
                    broken = (service == "playback" and step < 20) or (service == "catalog" and 90 < step < 92)
                    share = 0.9 if broken else steady
                for column, amount in enumerate((load * (1 - share), load * share, load * (1 - share / 3), load)):
                    totals[service][column] += amount
                    points[column].append((round(totals[service][column]), int(at * 1000)))
            names = [("http_requests_total", {"code": "200"}), ("http_requests_total", {"code": "503"}),
                     ("http_request_duration_seconds_bucket", {"le": "0.5" if service == "search" else "0.25"}),
                     ("http_request_duration_seconds_count", {})]
            series += [({"__name__": name, "service": service, "instance": "a", **labels}, column)
                       for (name, labels), column in zip(names, points)]
        response = api.write(series)
        assert response.ok, response.text


def test_screenshots_of_the_example(make_server, root, webhook, browser):
    server = make_server(root / "examples/reel", env={"REEL_INBOX_URL": webhook.url}).start()
    api = server.api()
    feed_example(api, [item["name"] for item in api.items("services") if item["name"] != "mainstay"], days=28)
    incident = soon(lambda: next(iter(api.items("incidents")), None), 60)
    api.post(f"incidents/{incident['id']}/acknowledge")
    api.post(f"incidents/{incident['id']}/notes", {"text": "Rolling playback back to the release of this morning."})
    slo = next(item for item in api.items("slos") if item["service"] == "playback" and item["health"] != "healthy")
    for name, path in {"overview": "/", "slo": f"/slos/{slo['name']}?range=1d", "oncall": "/oncall",
                       "schedule-discovery": "/schedules/discovery-primary", "person-emi": "/people/emi",
                       "incident": f"/incidents/{incident['id']}", "service": "/services/playback?range=1h",
                       "slos": "/slos", "wall": "/wall"}.items():
        browser.get(server.url + path)
        shoot(browser, name)


def test_every_page_in_every_appearance(server, api, browser, alert):
    feed(api, failing=True)
    name = api.items("slos")[0]["name"]
    soon(lambda: api.get(f"slos/{name}")["health"] in ("burning", "exhausted"), 60)
    incident = api.items("incidents")[0]["id"]
    pages = {
        "overview": "/", "service": "/services/shop", "alerts": "/alerts", "alert": f"/alerts/{alert['id']}",
        "incidents": "/incidents", "incident": f"/incidents/{incident}", "oncall": "/oncall", "journal": "/journal",
        "schedule-shop": "/schedules/shop", "person-ana": "/people/ana",
        "reviews": "/reviews", "pages": "/pages", "definitions": "/definitions",
        "slo": f"/slos/{name}?range=1h", "slos": "/slos", "wall": "/wall", "telemetry": "/telemetry",
    }
    for name, path in pages.items():
        browser.get(server.url + path)
        assert heading(browser), name
        shoot(browser, f"shop-{name}")
        assert len(browser.page_source.encode()) < 150_000, name
    assert chromium.console_errors(browser) == []


def test_somebody_takes_an_alert_by_keyboard_alone(server, api, browser, alert):
    browser.get(server.url + "/")
    keys = browser.find_element(By.TAG_NAME, "body")
    keys.send_keys("?")
    soon(lambda: browser.find_element(By.ID, "shortcuts").is_displayed(), 5)
    browser.find_element(By.ID, "shortcuts").find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    keys.send_keys("g")
    keys.send_keys("a")
    soon(lambda: browser.current_url.endswith("/alerts"), 5)
    assert "waits for somebody" in heading(browser)
    browser.find_element(By.PARTIAL_LINK_TEXT, "Orders fail").send_keys(Keys.ENTER)
    soon(lambda: alert["id"] in browser.current_url, 5)
    browser.find_element(By.TAG_NAME, "body").send_keys("k")
    focused = browser.switch_to.active_element
    assert focused.text == "Acknowledge"
    focused.send_keys(Keys.ENTER)
    soon(lambda: "acknowledged" in browser.find_element(By.CSS_SELECTOR, "main > header").text, 10)
    assert api.get(f"alerts/{alert['id']}")["acknowledgedBy"] == "user/local"


def test_a_page_updates_itself_and_keeps_what_is_being_typed(server, api, browser, alert):
    incident = api.items("incidents")[0]["id"]
    browser.get(f"{server.url}/incidents/{incident}")
    note = browser.find_element(By.ID, "note")
    note.send_keys("half a senten")
    api.post(f"incidents/{incident}/notes", {"text": "Rolled back the release"})
    timeline = (By.CSS_SELECTOR, "[data-live=timeline]")
    soon(lambda: "Rolled back" in browser.find_element(*timeline).text, 10)
    assert note.get_attribute("value") == "half a senten"
    note.send_keys("ce")
    note.submit()
    soon(lambda: "half a sentence" in browser.find_element(*timeline).text, 10)


def test_the_connection_is_said_to_be_lost(server, browser, api):
    browser.get(server.url + "/")
    time.sleep(1)
    server.kill()
    soon(lambda: "Connection lost" in browser.find_element(By.ID, "lost").text, 15)
    server.start()
    soon(lambda: not browser.find_element(By.ID, "lost").is_displayed(), 30)


def test_everything_works_without_javascript(server, api, browser, alert):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(f"{server.url}/alerts/{alert['id']}")
    browser.find_element(By.XPATH, "//button[text()='Acknowledge']").click()
    soon(lambda: api.get(f"alerts/{alert['id']}")["state"] == "acknowledged", 10)
    browser.get(server.url + "/schedules/shop")
    browser.find_element(By.XPATH, "//summary[starts-with(text(), 'Have somebody cover')]").click()
    for option in browser.find_elements(By.CSS_SELECTOR, "#user-shop option"):
        if option.get_attribute("value") == "ben":
            option.click()
    browser.find_element(By.XPATH, "//button[text()='Cover']").click()
    soon(lambda: [o["user"] for o in api.items("schedules/shop/overrides")] == ["ben"], 10)
    assert "ben is on call" in heading(browser)


def test_a_plot_shows_its_values(server, api, browser):
    feed(api)
    name = api.items("slos")[0]["name"]
    soon(lambda: api.get(f"slos/{name}").get("budgetLeft") is not None, 40)
    browser.get(f"{server.url}/slos/{name}?range=1h")
    plot = browser.find_element(By.CSS_SELECTOR, "#traffic svg")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
    browser.execute_script(
        "const b = arguments[0].getBoundingClientRect();"
        "arguments[0].dispatchEvent(new PointerEvent('pointermove', {clientX: b.right - 8, clientY: b.y + 50}))",
        plot)
    tip = browser.find_element(By.CSS_SELECTOR, "#traffic .tip")
    assert "/s" in tip.text
    rows = browser.find_elements(By.CSS_SELECTOR, "#traffic tbody tr")
    assert 20 < len(rows) <= 110


def test_login_logout_and_roles(server, browser, api):
    api.json("PUT", "users/ana", json={"role": "viewer", "password": "correct horse"})
    browser.get(server.url + "/alerts")
    assert heading(browser) == "Log in"
    browser.find_element(By.ID, "user").send_keys("ana")
    browser.find_element(By.ID, "password").send_keys("wrong" + Keys.ENTER)
    soon(lambda: "do not match" in browser.page_source, 10)
    shoot(browser, "shop-login")
    browser.find_element(By.ID, "user").send_keys("ana")
    browser.find_element(By.ID, "password").send_keys("correct horse" + Keys.ENTER)
    soon(lambda: browser.current_url.endswith("/alerts"), 10)
    browser.get(server.url + "/incidents")
    assert browser.find_elements(By.CSS_SELECTOR, "form[action='/incidents']") == []
    cookie = browser.get_cookie("mainstay_session")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    browser.find_element(By.XPATH, "//button[text()='Log out']").click()
    soon(lambda: heading(browser) == "Log in", 10)


def test_what_can_be_pressed_is_large_enough_on_a_phone(server, api, browser, alert):
    chromium.appearance(browser, "phone")
    browser.get(f"{server.url}/alerts/{alert['id']}")
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('main button, main .btn, .top nav a')]"
        ".map(e => [e.textContent.trim(), e.getBoundingClientRect().height])")
    assert sizes and all(height >= 44 for _, height in sizes), sizes


CONTRAST = """
  const lum = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => { x /= 255;
    return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4; });
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const back = e => { for (; e; e = e.parentElement) { const b = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$/.test(b)) return b; } return getComputedStyle(document.documentElement).backgroundColor; };
  const low = [];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !e.getClientRects().length
      || e.closest('svg')) continue;
    const a = lum(getComputedStyle(e).color), b = lum(back(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) low.push([e.className, e.textContent.slice(0, 30), ratio]);
  }
  return low;"""


def test_text_has_enough_contrast(server, api, browser, alert):
    for look in ("light", "dark"):
        chromium.appearance(browser, look)
        for path in ("/", f"/alerts/{alert['id']}", "/oncall", "/journal"):
            browser.get(server.url + path)
            assert browser.execute_script(CONTRAST) == [], (look, path)
