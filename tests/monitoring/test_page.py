# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/monitoring.md lists the metrics that are written, with their labels, and the alerts that there are."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.metrics import FAMILIES, PREFIX
from ansible_collections.erni_ki.litellm.tests.monitoring import written
from ansible_collections.erni_ki.litellm.tests.monitoring.servers import ROOT

PAGE = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
ALERTS = yaml.safe_load((ROOT / "examples" / "monitoring" / "alerts.yml").read_text(encoding="utf-8"))
_SERIES = re.compile(rf"^{PREFIX}([a-z_]+){{(.*)}} \S+$", re.MULTILINE)
_LABEL = re.compile(r'([a-z_]+)="(?:[^"\\]|\\.)*"')


def test_the_table_of_metrics_is_what_is_written(tmp_path: Path) -> None:
    labels: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for path in written.write(tmp_path):
        for name, text in _SERIES.findall(path.read_text(encoding="utf-8")):
            labels[name].update(dict.fromkeys(_LABEL.findall(text)))
    of_all = ["project", "service"]
    assert all(list(found)[:2] == of_all for found in labels.values())
    rows = re.findall(rf"^\| `{PREFIX}([a-z_]+)` \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [
        (name, ", ".join(f"`{label}`" for label in list(labels[name])[2:]), FAMILIES[name]) for name in FAMILIES
    ]


def test_the_table_of_alerts_is_that_of_the_rules() -> None:
    rules = [rule["alert"] for group in ALERTS["groups"] for rule in group["rules"]]
    assert re.findall(r"^\| `(LitellmCache[A-Za-z]+)` \|", PAGE, re.MULTILINE) == rules


def test_a_result_of_a_change_is_a_word_of_the_page() -> None:
    of_changes = {"confirmed", "reverted", "revert_incomplete", "needs_operator", "lapsed"}
    assert of_changes <= set(re.findall(r"`([a-z_]+)`", PAGE))
