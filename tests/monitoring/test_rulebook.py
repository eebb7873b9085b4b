# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebook with the real ansible-rulebook and a real deployment whose Redis is away: it diagnoses once, and changes nothing.

NOT TESTED: a running Alertmanager. Debian's finds its templates in one place alone, so it cannot be unpacked. Its message is
written here as its documentation has it, and its configuration is checked by its own tool.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import TOOLS
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.monitoring.servers import ROOT, free_port, program, running

EXAMPLES = ROOT / "examples" / "monitoring"
OWN = ROOT / ".cache" / "rulebook"
TOKEN = "t0ken-of-a-test"


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    """A deployment in the mode redis."""
    bed = Bed.up(tmp_path / "project", f"erni-ki-mon-{os.getpid()}")
    try:
        (tmp_path / "ansible").mkdir()
        quick = {"litellm_cache_stable_for": 0}
        assert bed.ansible(tmp_path / "ansible").playbook("playbooks/switch_redis.yml", variables=quick).code == 0
        yield bed
    finally:
        bed.down()


def post(port: int, alert: dict[str, Any], token: str = TOKEN) -> int:
    """What the webhook answers to an alert, as Alertmanager would send it; 0 where nobody listens."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/alerts", json.dumps(alert).encode())
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def message(name: str, status: str = "firing") -> dict[str, Any]:
    """A message of Alertmanager about one alert, in version 4 of its format."""
    labels = {"alertname": name, "instance": "redis:9121"}
    alert = {
        "status": status,
        "labels": labels,
        "annotations": {},
        "startsAt": "2026-11-27T02:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph",
        "fingerprint": "0123456789abcdef",
    }
    return {
        "version": "4",
        "groupKey": '{}/{alertname=~"Redis.*"}:{}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "litellm-diagnose",
        "groupLabels": {},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": [alert],
    }


def test_the_configuration_of_alertmanager_is_one_and_names_the_alerts_of_the_rulebook() -> None:
    subprocess.run([program("amtool"), "check-config", str(EXAMPLES / "alertmanager.yml")], check=True)
    settings = yaml.safe_load((EXAMPLES / "alertmanager.yml").read_text(encoding="utf-8"))
    (matcher,) = settings["route"]["routes"][0]["matchers"]
    pattern = re.search(r'=~ "(.*)"', matcher)
    (rulebook,) = yaml.safe_load((EXAMPLES / "rulebook.yml").read_text(encoding="utf-8"))
    (rule,) = rulebook["rules"]
    names = re.findall(r'"([A-Z]\w+)"', rule["condition"])
    assert pattern and len(names) > 3 and [name for name in names if not re.fullmatch(pattern.group(1), name)] == []
    ours = {name for name in names if name.startswith("LitellmCache")}
    assert ours <= set(re.findall(r"alert: (\w+)", (EXAMPLES / "alerts.yml").read_text(encoding="utf-8")))
    assert list(rule["action"]) == ["run_playbook"] and "rollback" not in str(rule["action"])


@pytest.mark.rest
def test_an_alert_about_redis_makes_one_diagnosis_and_no_change(bed: Bed, tmp_path: Path) -> None:
    subprocess.run(["bash", "tests/monitoring/rulebook.sh", str(OWN), str(TOOLS)], cwd=ROOT, check=True)
    reports, port = tmp_path / "reports", free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")} | {
        "PATH": f"{OWN}/bin:{TOOLS}:{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
        "LC_ALL": "C.UTF-8",
        "LITELLM_EDA_TOKEN": TOKEN,
        "LITELLM_EDA_PORT": str(port),
        "LITELLM_REPORT_DIR": str(reports),
    }
    command = [str(OWN / "bin" / "ansible-rulebook"), "--rulebook", "rulebook.yml", "--inventory", bed.inventory]
    command += ["--env-vars", "LITELLM_EDA_TOKEN,LITELLM_EDA_PORT,LITELLM_REPORT_DIR"]
    bed.container("redis").stop(timeout=10)
    before, log = bed.config.read_bytes(), tmp_path / "rulebook.log"
    with running(command, log, cwd=EXAMPLES, env=environment):
        until(lambda: post(port, message("RedisDown"), "another") == 401, f"the rulebook listens, see {log}")
        assert post(port, message("RedisDown", "resolved")) == post(port, message("HostOutOfDisk")) == 200
        assert post(port, message("RedisDown")) == post(port, message("RedisOutOfMemory")) == 200
        until(lambda: "PLAY RECAP" in log.read_text(encoding="utf-8"), f"the diagnosis ends, see {log}")
        assert post(port, message("RedisDown")) == 200  # within the 15 minutes
    said = log.read_text(encoding="utf-8")
    assert said.count("PLAY RECAP") == 1 and "changed=0" in said and TOKEN not in said
    (report,) = reports.glob("*.json")
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["kind"] == "diagnose" and not told["verdict"]["ok"] and "Redis" in json.dumps(told["verdict"]), told
    assert bed.config.read_bytes() == before
