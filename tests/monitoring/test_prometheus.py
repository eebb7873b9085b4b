# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Metrics, alert rules and dashboard hold together: a real Prometheus reads the one, and answers every query of the others."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.metrics import FAMILIES, PREFIX
from ansible_collections.erni_ki.litellm.tests.monitoring import written
from ansible_collections.erni_ki.litellm.tests.monitoring.servers import ROOT, Prometheus, program

ALERTS = ROOT / "examples" / "monitoring" / "alerts.yml"
DASHBOARD = json.loads((ROOT / "examples" / "monitoring" / "dashboard.json").read_text(encoding="utf-8"))
RULES = [rule for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
TESTS = Path(__file__).parent / "alerts_test.yml"
NAMED = re.compile(rf"\b{PREFIX}([a-z_]+)")
#: Alerts that say of a deployment what is right of it: that nobody verified it yet.
OF_THE_NEW = "LitellmCacheNeverVerified"


def queries() -> list[tuple[str, str]]:
    """Title and expression of each panel."""
    return [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]]


def promtool(*words: str, **how: Any) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([program("promtool"), *words], capture_output=True, text=True, check=False, **how)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What node_exporter finds."""
    folder = tmp_path_factory.mktemp("textfile")
    (folder / ".litellm_cache.litellm_cache.x.prom.abcdefgh").write_text("half of a li", encoding="utf-8")
    return written.write(folder)


@pytest.fixture(scope="module")
def prometheus(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """One for all queries."""
    with Prometheus(files[0].parent, tmp_path_factory.mktemp("prometheus")) as server:
        yield server


def test_what_is_written_is_what_prometheus_would_write(files: list[Path]) -> None:
    for path in files:
        told = promtool("check", "metrics", input=path.read_text(encoding="utf-8"))
        assert not told.stdout and not told.stderr


def test_the_alert_rules_are_right_and_each_is_tested() -> None:
    assert f"{len(RULES)} rules found" in promtool("check", "rules", str(ALERTS)).stdout
    promtool("test", "rules", TESTS.name, cwd=TESTS.parent)
    tested = TESTS.read_text(encoding="utf-8")
    assert [rule["alert"] for rule in RULES if f'"{rule["alert"]}"' not in tested] == ["LitellmCacheNotInEffect"]
    assert "alertname: LitellmCacheNotInEffect" in tested  # that one with its words


def test_rules_and_dashboard_name_what_is_written(files: list[Path]) -> None:
    seen = {name for path in files for name in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert seen == set(FAMILIES)
    variables = [one["definition"] for one in DASHBOARD["templating"]["list"] if "definition" in one]
    of_dashboard = {name for _title, query in queries() for name in NAMED.findall(query)}
    of_rules = {name for rule in RULES for name in NAMED.findall(rule["expr"])}
    assert of_rules <= seen and of_dashboard <= seen and set(NAMED.findall(str(variables))) <= seen
    # Nothing is written that nobody is shown; when each container was started is there for queries of one's own.
    assert seen - of_dashboard - of_rules == {"container_start_timestamp_seconds"}


def test_node_exporter_reads_every_file_and_nothing_else(prometheus: Prometheus, files: list[Path]) -> None:
    (error,) = prometheus.query("node_textfile_scrape_error")
    assert error["value"][1] == "0"
    read = {one["metric"]["file"] for one in prometheus.query("node_textfile_mtime_seconds")}
    assert {Path(name).name for name in read} == {path.name for path in files}
    projects = {one["metric"]["project"] for one in prometheus.query(f"{PREFIX}unseen")}
    assert projects == set(written.deployments())  # the hostile one too, as it is


@pytest.mark.parametrize(("title", "query"), queries(), ids=[title for title, _query in queries()])
def test_every_query_of_the_dashboard_has_a_result(prometheus: Prometheus, title: str, query: str) -> None:
    asked = query.replace("$project", ".*").replace("$host", ".*")
    assert "$" not in asked and prometheus.query(asked), title


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_every_alert_is_about_what_is_wrong_and_nothing_else(prometheus: Prometheus, rule: dict[str, Any]) -> None:
    alerted = {one["metric"]["project"] for one in prometheus.query(rule["expr"])}
    expected = {"LitellmCacheUnseen": {"unseen"}, OF_THE_NEW: {"new"}}.get(rule["alert"], {"wrong"})
    assert alerted == expected
    told = str(rule["annotations"])
    assert {"$labels.project", "$labels.instance"} <= set(re.findall(r"\$labels\.\w+", told))
    assert rule["labels"]["severity"] in ("warning", "critical")


def test_each_panel_says_what_it_shows() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) and all(panel["description"] for panel in panels)
    assert {panel["datasource"]["uid"] for panel in panels} == {"${datasource}"}
    places = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in panels
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(set(places)) == len(places) and max(x for x, _y in places) < 24
