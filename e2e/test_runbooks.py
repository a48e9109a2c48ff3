"""Runbooks on a real server: found on the pages of what is wrong, run, approved by a second person, stopped, read."""

import json
import re
import time

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By

from support import browser as chromium
from support.processes import eventually
from test_pages import heading as read_heading, press, shoot, soon

HEAL = """\
---
title: Heal the shop
service: shop
class: remediation
owner: shop-team
inputs:
  - {name: TICKET, type: string, required: true, description: "The change it is for"}
  - {name: REGION, type: choice, options: [eu, us], default: eu}
---

# Heal the shop

Orders fail in one region: send its traffic elsewhere. <script>document.title = "owned"</script>
[never](javascript:alert(1)) <img src=x onerror="document.title='owned'">

```sh {"name":"look","x-risk":"read-only","x-timeout":"1m"}
echo "region $REGION for $TICKET"
for i in 1 2 3; do echo "look $i"; sleep 1; done
echo '<script>document.title = "owned"</script>'
```

```ask {"name":"sure","x-needs":"look"}
question: Do orders fail in that region alone?
type: boolean
```

```sh {"name":"drain","x-needs":"sure","x-risk":"destructive","x-approve":"shop-team:1","x-timeout":"1m","x-undo":"fill"}
echo "drained $REGION, sure: $ANSWER_SURE"
```

```sh {"name":"fill","x-risk":"reversible"}
echo "filled $REGION again"
```

```sh {"name":"verify","x-needs":"drain","x-risk":"read-only"}
test "$TICKET" != bad || { echo "orders still fail"; exit 4; }
echo "orders are taken"
```
"""

LOOK = """\
---
title: Look at the shop
service: shop
class: diagnostic
---

# Look at the shop

```sh {"name":"codes","x-risk":"read-only"}
i=0; while [ $i -lt 400 ]; do echo "shop 200 $i"; i=$((i + 1)); done
```
"""


@pytest.fixture
def company(make_server, definitions):
    """The small company with runbooks; people with roles of their own."""
    (definitions / "runbooks").mkdir()
    (definitions / "runbooks/heal-shop.md").write_text(HEAL)
    (definitions / "runbooks/look-shop.md").write_text(LOOK)
    return make_server(definitions).start()


@pytest.fixture
def people(company):
    """Clients that act for ana (responder), ben (responder) and root (admin)."""
    admin = company.api().post("tokens", {"name": "root", "role": "admin"})["token"]
    root = company.api(admin)
    found = {"root": root}
    for name in ("ana", "ben"):
        token = root.post("tokens", {"name": name, "role": "responder", "user": name})["token"]
        found[name] = company.api(token)
        found[name].token = token
    found["root"].token = admin
    return found


def waits(api, run, kind, seconds=30):
    """The run once it waits for that."""

    def look():
        found = api.get(f"runs/{run}")
        return found if found.get("waitsFor", {}).get("kind") == kind else None

    return eventually(look, seconds, lambda: f"the {kind}; {api.get(f'runs/{run}')}")


def ended(api, run, seconds=30):
    def look():
        found = api.get(f"runs/{run}")
        return found if found["state"] == "finished" else None

    return eventually(look, seconds, lambda: f"the end; {api.get(f'runs/{run}')}")


def heading(browser):
    """Empty in the moment in which the page is replaced by the next one."""
    try:
        return read_heading(browser)
    except WebDriverException:
        return ""


def log_in(browser, server, token):
    browser.delete_all_cookies()
    browser.get(server.url + "/login")
    browser.find_element(By.TAG_NAME, "summary").click()
    browser.find_element(By.ID, "token").send_keys(token)
    press(browser, "Log in")
    soon(lambda: "/login" not in browser.current_url and heading(browser) != "Log in", 10)


def test_a_run_from_the_alert_to_its_end(company, people, browser, webhook):
    ana, ben = people["ana"], people["ben"]
    alert = ana.post("alerts", {"summary": "Orders fail", "service": "shop", "key": "orders", "severity": "critical"})
    log_in(browser, company, ana.token)
    browser.get(f"{company.url}/alerts/{alert['id']}")
    shoot(browser, "runbooks-alert")
    browser.find_element(By.XPATH, "//a[text()='Run…']").click()
    soon(lambda: heading(browser) == "Heal the shop", 10)
    assert browser.title.startswith("Heal the shop")
    assert "owned" not in browser.title and "<script>" in browser.find_element(By.CSS_SELECTOR, ".prose").text
    shoot(browser, "runbook")
    browser.find_element(By.ID, "input-TICKET").send_keys("CH-7")
    press(browser, "Dry run")
    soon(lambda: "what a run would perform" in heading(browser), 10)
    assert "CH-7" in browser.find_element(By.TAG_NAME, "main").text
    shoot(browser, "runbook-dry-run")
    assert ana.items("runs") == []
    browser.find_element(By.CSS_SELECTOR, "button[value=stepwise]").click()
    soon(lambda: "is next" in heading(browser), 10)
    shoot(browser, "run-step")
    press(browser, "Perform this step")
    # Its output comes as it is printed, before the step is done.
    soon(lambda: "look 1" in browser.find_element(By.CSS_SELECTOR, "pre.output").text, 15)
    shoot(browser, "run-live")
    soon(lambda: "Perform this step" in browser.page_source, 20)
    press(browser, "Perform this step")
    soon(lambda: "Do orders fail" in heading(browser), 15)
    shoot(browser, "run-question")
    press(browser, "yes")
    soon(lambda: "drain is next" in heading(browser), 15)
    press(browser, "Perform this step")
    soon(lambda: "waits for approval" in heading(browser), 15)
    run = ana.items("runs")[0]["id"]
    assert "somebody else has to approve it" in browser.find_element(By.TAG_NAME, "main").text

    told = eventually(
        lambda: next((r.json for r in webhook.received if "Approve drain" in str(r.body)), None), 20, "the notice")
    assert f"/runs/{run}" in json.dumps(told)
    log_in(browser, company, ben.token)
    chromium.appearance(browser, "phone")
    browser.get(f"{company.url}/runs")
    soon(lambda: heading(browser) == "1 run waits for you", 10)
    browser.find_element(By.LINK_TEXT, "Heal the shop").click()
    soon(lambda: "waits for approval" in heading(browser), 10)
    main = browser.find_element(By.TAG_NAME, "main").text
    assert "CH-7" in main and ana.get(f"runs/{run}")["waitsFor"]["hash"][:12] in main and "ana asks for it" in main
    shoot(browser, "run-approve")
    chromium.appearance(browser, "phone")
    button = browser.find_element(By.XPATH, "//button[text()='Approve']")
    assert button.size["height"] >= 44 and button.size["width"] > 200
    button.click()
    browser.switch_to.alert.accept()
    soon(lambda: "verify is next" in heading(browser), 20)
    press(browser, "Perform this step")
    soon(lambda: heading(browser) == "Heal the shop is done", 20)
    shoot(browser, "run-done")
    done = ana.get(f"runs/{run}")
    assert [step["state"] for step in done["steps"]] == ["done"] * 4
    assert "sure: true" in ana.call("GET", f"runs/{run}/steps/2/output").text
    raw = ana.call("GET", f"runs/{run}/steps/0/output")
    assert raw.headers["content-type"].startswith("text/plain") and raw.headers["x-content-type-options"] == "nosniff"
    browser.get(f"{company.url}/alerts/{alert['id']}")
    assert "Run of Heal the shop" in browser.find_element(By.CSS_SELECTOR, "[data-live=runbooks]").text
    assert not chromium.console_errors(browser)


def test_what_fails_is_undone_and_the_health_page_says_so(company, people, browser):
    ana, ben = people["ana"], people["ben"]
    run = ana.post("runbooks/heal-shop/runs", {"inputs": {"TICKET": "bad"}, "about": "service/shop"})["id"]
    waits(ana, run, "answer")
    ana.post(f"runs/{run}/steps/1/answer", {"answer": "yes"})
    waiting = waits(ana, run, "approval")["waitsFor"]
    refused = ana.call("POST", f"runs/{run}/steps/2/approve", json={"hash": waiting["hash"]})
    assert refused.status_code == 403 and "somebody else" in refused.json()["detail"]
    ben.post(f"runs/{run}/steps/2/approve", {"hash": waiting["hash"]})
    over = ended(ana, run)
    assert over["outcome"] == "failed"
    assert {s["name"]: s["state"] for s in over["steps"]} == {
        "look": "done", "sure": "done", "drain": "undone", "verify": "failed"}
    assert "filled eu again" in ana.call("GET", f"runs/{run}/steps/2/output", params={"undo": 1}).text
    replay = ben.call("POST", f"runs/{run}/steps/2/approve", json={"hash": waiting["hash"]})
    assert replay.status_code == 409
    log_in(browser, company, ana.token)
    browser.get(f"{company.url}/runs/{run}")
    assert heading(browser) == "Heal the shop failed at verify"
    assert "orders still fail" in browser.find_element(By.CSS_SELECTOR, "ol.steps").text
    shoot(browser, "run-failed")
    browser.get(f"{company.url}/runbooks")
    assert heading(browser).startswith("The runbook heal-shop fails")
    shoot(browser, "runbooks")
    browser.get(f"{company.url}/runs")
    shoot(browser, "runs")
    browser.get(f"{company.url}/services/shop")
    shoot(browser, "runbooks-service")


def test_the_kill_switch_without_javascript(company, people, browser):
    ana, root = people["ana"], people["root"]
    run = ana.post("runbooks/heal-shop/runs", {"inputs": {"TICKET": "CH-8"}})["id"]
    log_in(browser, company, ana.token)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(f"{company.url}/runs/{run}")
    browser.find_element(By.XPATH, "//summary[text()='Stop all automation']").click()
    browser.find_element(By.ID, "stop-reason").send_keys("it drains the wrong region")
    press(browser, "Stop all automation")
    soon(lambda: "All automation is stopped" in browser.page_source, 10)
    for path in ("/", "/alerts", "/runbooks", f"/runs/{run}"):
        browser.get(company.url + path)
        banner = browser.find_element(By.CSS_SELECTOR, ".automation").text
        assert "by ana" in banner and "it drains the wrong region" in banner and "Resume" not in banner
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    shoot(browser, "automation-stopped")
    assert ana.call("POST", "runbooks/look-shop/runs", json={}).status_code == 503
    assert ana.call("POST", "automation/resume").status_code == 403
    log_in(browser, company, root.token)
    browser.get(company.url + "/runbooks")
    press(browser, "Resume automation")
    browser.switch_to.alert.accept()
    soon(lambda: "All automation is stopped" not in browser.page_source, 10)
    assert root.get("automation")["stopped"] is False


def test_the_command_line(company, people, run, definitions):
    env = {"MAINSTAY_URL": company.url, "MAINSTAY_TOKEN": people["ana"].token}
    other = {**env, "MAINSTAY_TOKEN": people["ben"].token}

    def call(*arguments, env=env, code=0):
        done = run("runbook", *arguments, env=env)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stdout + done.stderr

    assert re.search(r"heal-shop +remediation +shop +4 +never", call("list"))
    assert "TICKET" in call("show", "heal-shop") and "# Heal the shop" in call("show", "heal-shop", "--markdown")
    checked = call("check", definitions / "runbooks/heal-shop.md")
    assert "no errors" in checked and checked.index("look") < checked.index("drain") < checked.index("verify")
    bad = definitions.parent / "bad.md"
    bad.write_text(HEAL.replace("x-undo", "x-undoo"))
    assert re.search(r"bad\.md:\d+:\d+: .*x-undoo", call("check", bad, code=1))
    dry = call("run", "heal-shop", "--input", "TICKET=CH-9", "--dry-run")
    assert "nothing was performed" in dry and "TICKET=CH-9" in dry
    assert "input TICKET is missing" in call("run", "heal-shop", code=1)
    assert "no runs" in call("runs")
    followed = call("run", "heal-shop", "--input", "TICKET=CH-9", "--about", "service/shop", "--follow")
    assert "look 3" in followed and "waits for an answer" in followed
    name = people["ana"].items("runs")[0]["id"][-6:]
    call("answer", name, "yes")
    waits(people["ana"], people["ana"].items("runs")[0]["id"], "approval")
    shown = call("approve", name, env=other)
    digest = re.search(r"hash +([0-9a-f]{64})", shown).group(1)
    assert "drained $REGION" in shown and "ana" in shown
    assert "look at it again" in call("approve", name, "--hash", "0" * 64, env=other, code=1)
    assert "approved drain" in call("approve", name, "--hash", digest[:12], env=other)
    ended(people["ana"], people["ana"].items("runs")[0]["id"])
    assert "completed" in call("runs") and "done" in call("show-run", name)
    assert "not in this state" in call("cancel", name, code=1).lower() or "ended" in call("cancel", name, code=1)
    assert "without a runbook" not in call("health")
    call("stop-automation", "--reason", "a test")
    assert "stopped" in call("run", "look-shop", code=2)
    assert call("resume-automation", code=2)
    assert "goes on" in call("resume-automation", env={**env, "MAINSTAY_TOKEN": people["root"].token})


def test_a_run_that_is_stopped_step_by_step(company, people, run):
    ana = people["ana"]
    env = {"MAINSTAY_URL": company.url, "MAINSTAY_TOKEN": ana.token}
    started = run("runbook", "run", "heal-shop", "--input", "TICKET=1", "--step", env=env)
    assert started.returncode == 0
    found = ana.items("runs", state="waiting")[0]
    assert found["waitsFor"]["kind"] == "release"
    assert run("runbook", "next", found["id"], env=env).returncode == 0
    eventually(lambda: ana.get(f"runs/{found['id']}")["steps"][0]["state"] == "running", 10, "the step")
    time.sleep(0.5)
    cancelled = run("runbook", "cancel", found["id"], "--reason", "the wrong shop", env=env)
    assert cancelled.returncode == 0, cancelled.stderr
    over = ended(ana, found["id"])
    assert over["outcome"] == "cancelled" and "the wrong shop" in over["reason"]
