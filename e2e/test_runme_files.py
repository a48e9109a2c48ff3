"""Files as runme's users write them run unchanged: those in `runme/`, in the shapes of public repositories, with text
and commands of our own."""

import pathlib
import shutil

import pytest

from test_runner import eventually, finished, output, start

FILES = pathlib.Path(__file__).parent / "runme"


@pytest.fixture
def api(definitions, make_server):
    shutil.copytree(FILES, definitions / "runbooks")
    return make_server(definitions).start().api()


def outputs(api, run):
    return {step["name"]: output(api, run["id"], step["index"]) for step in run["steps"]}


def ran(api, name, outcome="completed"):
    run = finished(api, start(api, name))
    assert run["outcome"] == outcome, (run, outputs(api, run))
    return run, outputs(api, run)


def test_each_file_is_a_runbook_called_after_it(api):
    titles = {book["name"]: book["title"] for book in api.items("runbooks")}
    assert titles == {
        "walkthrough": "Walk through a shell", "people": "People service", "TESTING": "Testing",
        "pipeline": "Pipeline", "verify": "Verification of a feature"}


def test_cells_without_names_hand_on_what_they_export(api):
    run, said = ran(api, "walkthrough")
    assert list(said) == ["export-dogname", "echo-dogname", "import-os", "tempdir"]
    assert said["echo-dogname"] == "Roscoe has a BAZ LOO\n"
    assert said["import-os"] == "python sees Roscoe\n"
    assert said["tempdir"] == "hi!\n"
    assert run["exports"] == {"DOG_NAME": "Roscoe", "FOO_BAR": "BAZ LOO"}


def test_names_that_are_there_twice_and_what_is_left_out(api):
    run, said = ran(api, "people")
    assert said == {
        "check": "formatted\n", "check-2": "linted\n", "deploy-data-model": "https://people-base.example.net",
        "deploy-read-model": "deployed people to https://people-base.example.net\n"}


def test_directories_prompts_lists_and_quotes(api):
    run, said = ran(api, "TESTING")
    assert said == {
        "test:linting": "catalog.yaml\n", "test:unit": "verify.md\nin verify\n", "test:release": "released\n"}


def test_front_matter_as_toml(api):
    run, said = ran(api, "pipeline")
    assert said == {"ci:configure": "Usage: runme run ci:<task>\n", "ci:push": "pushing org/tool:latest-qcow2\n1\n"}


def test_a_cell_that_fails_ends_the_run(api):
    run, said = ran(api, "verify", "failed")
    assert said["vs-test-health"] == "HTTP status: 200\nPASS: healthy\n"
    assert said["vs-test-broken"] == "FAIL: expected 404\n"
    assert [step["state"] for step in run["steps"]] == ["done", "done", "failed", "skipped"]


def test_a_file_that_comes_later_is_there_without_a_restart(api, definitions):
    (definitions / "runbooks/later.md").write_text("# Later\n\n```sh\necho \"came later\"\n```\n")
    eventually(lambda: "later" in {book["name"] for book in api.items("runbooks")}, 30)
    assert ran(api, "later")[1] == {"echo-came": "came later\n"}
