"""`mainstay validate`: findings with file, line and column; exit 0, 1 or 2; nothing hostile takes it down."""

import re

import pytest

from support import definitions as small

FINDING = re.compile(r"^\S+:\d+:\d+: .+", re.M)


@pytest.fixture
def repository(tmp_path):
    return small.write(tmp_path / "definitions")


def test_a_sound_repository(run, repository):
    result = run("validate", repository)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout + result.stderr


def test_the_example_company(run, root):
    result = run("validate", root / "examples/reel")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_reference_to_nothing_suggests_what_was_meant(run, repository):
    path = repository / "slo.yaml"
    path.write_text(path.read_text().replace("service: shop", "service: shpo"))
    result = run("validate", repository)
    assert result.returncode == 1
    assert re.search(r"slo\.yaml:\d+:\d+: .*shpo.*did you mean `?shop`?", result.stdout + result.stderr)


@pytest.mark.parametrize("text, expected", [
    ("apiVersion: openslo/v1\nkind: SLO\n  bad indent: [", r"\d+:\d+: "),
    ("apiVersion: mainstay.dev/v1\nkind: Tier\nmetadata: {name: t}\nspec: {level: 99}\n", "level"),
    ("apiVersion: mainstay.dev/v1\nkind: Tier\nmetadata: {name: t}\nspec: {level: 1}\n---\n"
     "apiVersion: mainstay.dev/v1\nkind: Tier\nmetadata: {name: t}\nspec: {level: 2}\n", "t"),
    ("a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c, *c]\n", ""),
    ("apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: s}\nspec: {service: shop, budgetingMethod: Occurrences, "
     "timeWindow: [{duration: 30d, isRolling: true}], objectives: [{target: 1.0}]}\n", "target"),
])
def test_a_broken_file_is_named_with_its_place(run, repository, text, expected):
    (repository / "broken.yaml").write_text(text)
    result = run("validate", repository)
    output = result.stdout + result.stderr
    assert result.returncode == 1, output
    assert "broken.yaml" in output and FINDING.search(output) and re.search(expected, output), output


def test_an_unknown_field_warns_and_an_unknown_kind_is_kept(run, repository):
    tier = "apiVersion: mainstay.dev/v1\nkind: Tier\nmetadata: {name: extra}\nspec: {level: 3, colour: red}\n"
    other = "---\napiVersion: example.org/v1\nkind: Rocket\nmetadata: {name: apollo}\nspec: {stages: 3}\n"
    (repository / "extra.yaml").write_text(tier + other)
    result = run("validate", repository)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "colour" in result.stdout + result.stderr


def test_an_slo_that_cannot_be_counted_is_said_with_its_column_and_the_remedy(run, repository):
    (repository / "sloth.yaml").write_text(
        "version: prometheus/v1\nservice: shop\nslos:\n"
        "  - name: quick\n    objective: 99\n    sli:\n      events:\n"
        "        error_query: histogram_quantile(0.9, a)\n        total_query: sum(rate(a_count[5m]))\n"
        "    alerting: {name: Slow}\n"
        "  - name: plugged\n    objective: 99\n    sli: {plugin: {id: some/plugin}}\n    alerting: {name: P}\n")
    result = run("validate", repository)
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"sloth\.yaml:8:\d+: warning: SLO shop-quick is not counted: column 1: 'histogram_quantile'.*"
                     r"name a dataSource of type Prometheus", result.stdout), result.stdout
    assert "the Sloth plugin some/plugin" in result.stdout


def test_a_cycle_of_dependencies_is_said(run, repository):
    (repository / "cycle.yaml").write_text("".join(
        "---\napiVersion: backstage.io/v1alpha1\nkind: Component\n"
        f"metadata: {{name: {a}}}\nspec: {{type: service, lifecycle: production, owner: shop-team, "
        f"subcomponentOf: {b}}}\n" for a, b in (("one", "two"), ("two", "one"))))
    result = run("validate", repository)
    assert result.returncode == 1
    assert "cycle" in (result.stdout + result.stderr).lower()


@pytest.mark.parametrize("content", [
    b"\xff\xfe\x00\x01 not utf-8: \x80\x81",
    b"[" * 100_000,
    b"a: " + b"x" * 10_500_000,
    b"- " * 60_000,
    b"\x00" * 4096,
], ids=["not-utf8", "deep", "ten-megabytes", "nested-lists", "zeros"])
def test_hostile_files_are_findings_and_not_crashes(run, repository, content):
    (repository / "hostile.yaml").write_bytes(content)
    result = run("validate", repository)
    assert result.returncode == 1, (result.returncode, (result.stdout + result.stderr)[-500:])
    assert "hostile.yaml" in result.stdout + result.stderr


def test_a_directory_that_is_not_there(run, tmp_path):
    result = run("validate", tmp_path / "nowhere")
    assert result.returncode == 2
    assert result.stderr.count("\n") <= 2 and "nowhere" in result.stderr
