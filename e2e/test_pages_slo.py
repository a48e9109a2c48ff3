"""The pages of objectives as a person uses them: the list, one objective, the wall-board, the telemetry."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from support import browser as chromium
from test_pages import feed, feed_example, heading, shoot, soon

ROW = "tbody [data-live^='slo-']"


@pytest.fixture
def example(make_server, root, webhook):
    """The example company with a week of traffic; playback fails for the last five minutes."""
    server = make_server(root / "examples/reel", env={"REEL_INBOX_URL": webhook.url}).start()
    api = server.api()
    feed_example(api, [item["name"] for item in api.items("services") if item["name"] != "mainstay"], days=7)
    soon(lambda: any(item["health"] == "burning" for item in api.items("slos")), 60)
    return server


def names(browser):
    return [row.get_attribute("data-live").removeprefix("slo-") for row in browser.find_elements(By.CSS_SELECTOR, ROW)]


def test_a_lead_finds_what_their_team_burns(example, browser):
    api = example.api()
    every = api.items("slos")
    browser.get(example.url + "/")
    browser.find_element(By.LINK_TEXT, "SLOs").click()
    soon(lambda: f"of {len(every)} objectives" in heading(browser), 10)
    assert set(names(browser)) == {item["name"] for item in every}
    assert browser.find_elements(By.CSS_SELECTOR, f"{ROW} .spark polyline"), "budgets over their windows are drawn"
    worst = next(item for item in every if item["name"] == names(browser)[0])
    assert worst["health"] in ("burning", "exhausted")
    shoot(browser, "slos")
    team = worst["team"]
    Select(browser.find_element(By.ID, "team")).select_by_visible_text(team)
    browser.find_element(By.XPATH, "//button[text()='Show']").click()
    soon(lambda: f"team={team}" in browser.current_url, 10)
    assert set(names(browser)) == {item["name"] for item in every if item["team"] == team}
    browser.find_element(By.PARTIAL_LINK_TEXT, "Budget left").click()
    soon(lambda: "sort=budget" in browser.current_url, 10)
    assert f"team={team}" in browser.current_url, "an order keeps the filter"
    shown = [next(item for item in every if item["name"] == name) for name in names(browser)]
    left = [item["budgetLeft"] for item in shown if item.get("budgetLeft") is not None]
    assert left == sorted(left)
    sorted_by = browser.find_elements(By.CSS_SELECTOR, "th[aria-sort]")
    assert [(head.text.split()[0], head.get_attribute("aria-sort")) for head in sorted_by] == [("Budget", "ascending")]
    browser.find_element(By.ID, "text").send_keys("nothing has this name" + Keys.ENTER)
    soon(lambda: heading(browser).startswith("None of"), 10)
    assert chromium.console_errors(browser) == []


def test_one_objective_in_every_appearance(example, browser):
    playback = next(item for item in example.api().items("slos") if item["health"] == "burning")
    browser.get(f"{example.url}/slos/{playback['name']}?range=1h")
    assert browser.find_elements(By.CSS_SELECTOR, "#budget svg .c3 .dashed"), "the even pace is drawn"
    assert len(browser.find_elements(By.CSS_SELECTOR, "#burn .limit")) == len(playback["pairs"])
    for part in ("When the budget runs out", "Left out of the budget", "History", "Where the samples come from"):
        assert browser.find_elements(By.XPATH, f"//h2[text()='{part}']"), part
    shoot(browser, "slo-detail")
    assert chromium.console_errors(browser) == []


def test_a_time_is_left_out_and_counted_again(example, browser):
    api = example.api()
    playback = next(item for item in api.items("slos") if item["health"] == "burning")
    before = playback["budgetLeft"]
    # By the form, without JavaScript: its times are the last hour, which is when playback failed.
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(f"{example.url}/slos/{playback['name']}")
    browser.find_element(By.XPATH, "//summary[text()='Leave out a time']").click()
    browser.find_element(By.ID, "reason").send_keys("The provider's network was down")
    browser.find_element(By.XPATH, "//button[text()='Leave out']").click()
    soon(lambda: "exclusions" in browser.current_url, 10)
    listed = browser.find_element(By.CSS_SELECTOR, "[data-live=exclusions]").text
    assert "The provider's network was down" in listed and "local" in listed
    path = f"slos/{playback['name']}/exclusions"
    assert [item["reason"] for item in api.items(path)] == ["The provider's network was down"]
    soon(lambda: api.get(f"slos/{playback['name']}")["budgetLeft"] > before + 0.01, 30)
    browser.get(f"{example.url}/slos/{playback['name']}?range=6h")
    assert browser.find_elements(By.CSS_SELECTOR, "#budget .spans .m-exclusion"), "it is marked on the time axis"
    browser.find_element(By.XPATH, "//button[text()='Count again']").click()
    soon(lambda: api.items(path) == [], 10)
    soon(lambda: api.get(f"slos/{playback['name']}")["budgetLeft"] < before + 0.01, 30)
    to_come = api.call("POST", path, json={
        "from": "2099-01-01T00:00:00Z", "to": "2099-01-01T01:00:00Z", "reason": "not yet"})
    assert to_come.status_code == 422 and "Maintenance" in to_come.text


def test_what_burned_it_is_told_by_label_and_time(example, browser):
    playback = next(item for item in example.api().items("slos") if item["health"] == "burning")
    browser.get(f"{example.url}/slos/{playback['name']}?range=1h")
    table = browser.find_element(By.CSS_SELECTOR, "[data-live=attribution]").text
    assert "By time" in table and "503" in table, table


def test_rows_change_where_they_stand(server, api, browser):
    browser.get(server.url + "/slos")
    row = browser.find_element(By.CSS_SELECTOR, ROW)
    browser.execute_script("arguments[0].dataset.mine = 'kept'", row)
    assert "no data" in row.text
    feed(api, failing=True)
    soon(lambda: "burning" in row.text or "exhausted" in row.text, 60)
    assert browser.find_element(By.CSS_SELECTOR, ROW).get_attribute("data-mine") == "kept", "the row is the same one"
    soon(lambda: "burning budget" in heading(browser) or "no budget left" in heading(browser), 10)


def test_a_changed_order_is_said_and_not_done(example, browser):
    browser.get(example.url + "/slos?sort=name")
    before = names(browser)
    notice = browser.find_element(By.CSS_SELECTOR, "[data-reorder]")
    assert not notice.is_displayed()
    # As if the page had been made when the order was another one.
    browser.execute_script(
        "const b = document.querySelector('[data-order]'); b.append(b.firstElementChild);"
        "document.dispatchEvent(new Event('visibilitychange'))")
    soon(notice.is_displayed, 10)
    assert names(browser) == before[1:] + before[:1], "what is being read is not moved"
    notice.find_element(By.TAG_NAME, "a").click()
    soon(lambda: names(browser) == before, 10)


def test_the_wall_board_fills_a_screen_and_needs_no_hand(example, browser):
    for scheme in ("light", "dark"):
        chromium.appearance(browser, scheme)
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 1920, "height": 1080, "deviceScaleFactor": 1, "mobile": False})
        browser.get(example.url + "/wall")
        size = browser.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert size == [1920, 1080], size
        tiles = browser.find_elements(By.CSS_SELECTOR, ".wall-tile")
        assert len(tiles) == len(example.api().items("slos"))
        assert tiles[0].text.splitlines()[0] in ("exhausted", "burning")
        smallest = browser.execute_script(
            "return Math.min(...[...document.querySelectorAll('.wall-name, .wall-state')]"
            ".map(e => parseFloat(getComputedStyle(e).fontSize)))")
        assert smallest >= 24, smallest
    shoot(browser, "wall")
    assert browser.find_elements(By.CSS_SELECTOR, "main button") == []
    assert chromium.console_errors(browser) == []


def test_where_telemetry_comes_from(example, browser):
    browser.get(example.url + "/telemetry")
    sender = browser.find_element(By.CSS_SELECTOR, "[data-live=senders]").text
    assert "/intake/prometheus/api/v1/write" in sender
    assert "counted" in browser.find_element(By.CSS_SELECTOR, "[data-live=outcomes]").text
    assert "series that are counted" in browser.find_element(By.CSS_SELECTOR, "[data-live=limits]").text
    shoot(browser, "telemetry")


def test_the_list_works_without_javascript(example, browser):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(example.url + "/slos")
    browser.find_element(By.ID, "text").send_keys("playback" + Keys.ENTER)
    soon(lambda: "text=playback" in browser.current_url, 10)
    assert names(browser) and all("playback" in name for name in names(browser))
    browser.find_element(By.XPATH, "//a[text()='Clear']").click()
    soon(lambda: browser.current_url.endswith("/slos"), 10)


def test_text_of_objectives_has_enough_contrast(example, browser):
    from test_pages import CONTRAST
    name = example.api().items("slos")[0]["name"]
    for look in ("light", "dark"):
        chromium.appearance(browser, look)
        for path in ("/slos", f"/slos/{name}", "/wall", "/telemetry"):
            browser.get(example.url + path)
            assert browser.execute_script(CONTRAST) == [], (look, path)


def test_the_command_line_says_the_same(example, run):
    import json
    every = example.api().items("slos")
    team = every[0]["team"]
    listed = run("slo", "list", "--url", example.url, "--team", team, "--sort", "budget", "--format", "json")
    assert listed.returncode == 0, listed.stderr
    items = json.loads(listed.stdout)["items"]
    assert {item["name"] for item in items} == {item["name"] for item in every if item["team"] == team}
    burning = next(item["name"] for item in every if item["health"] == "burning")
    shown = run("slo", "show", burning, "--url", example.url)
    assert shown.returncode == 0 and "firing" in shown.stdout and "burn now" in shown.stdout, shown
    as_json = json.loads(run("slo", "show", burning, "--url", example.url, "--format", "json").stdout)
    assert {"pairs", "exclusions", "periods", "origin", "steps"} <= set(as_json)
    wrong = run("slo", "list", "--url", example.url, "--state", "fine")
    assert wrong.returncode == 1 and "'fine' is no state" in wrong.stderr, wrong.stderr
