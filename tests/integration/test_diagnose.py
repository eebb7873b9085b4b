# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook diagnose on a real deployment: what it measures, and where one request leads. The faults: test_fault_table.py."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.integration.support.diagnosing import DIAGNOSE, asked, codes, in_redis

#: Written at each start that does not find it (litellm/integrations/SlackAlerting/slack_alerting.py, 1.77.7 to 1.110.2).
OF_THE_START = "daily_metrics_report_sent"
GATHER = "Time the way to Redis, compare clocks, and read the logs"


def test_the_way_is_measured_and_one_request_followed_to_its_answer(
    bed: Bed, ansible: AnsibleRunner, tmp_path: Path
) -> None:
    bed.config.write_bytes(in_redis(bed.pristine))
    bed.restart()
    until(lambda: bed.redis().exists(OF_THE_START), "LiteLLM has written what it writes at its start")
    before = bed.fingerprint()
    healthy = ansible.playbook(DIAGNOSE)
    assert codes(healthy) == [] and f"OK  {bed.name}  redis" in healthy.output
    assert "ping" in healthy.output and bed.fingerprint() == before
    way = healthy.of(GATHER)["instances"][0]["redis"]
    assert {step: len(samples) for step, samples in way["seconds"].items()} == dict.fromkeys(
        ("dns", "connect", "login", "ping"), 5
    )
    assert way["server"]["numbers"]["policy"] == "allkeys-lru" and way["not_observable"] == {}

    prompt = f"nobody may see {time.time()}"
    body = {
        "model": "test-chat",
        "messages": [{"role": "user", "content": prompt}],
        "temperature": 0.3,
        "max_tokens": 7,
    }
    file = tmp_path / "request.json"

    def diagnosed_request(**parameters: Any) -> tuple[list[str], dict[str, Any]]:
        file.write_text(json.dumps({**body, **parameters}), encoding="utf-8")
        named = asked("not_cached", litellm_cache_diagnose_request_file=str(file))
        run = ansible.playbook(DIAGNOSE, variables=named, canary=Canary({**bed.secrets, "prompt": prompt}))
        return codes(run), run.of(GATHER)["request"]

    found, told = diagnosed_request()
    assert found[0] == "request_not_stored" and told["in_key"] == ["temperature", "max_tokens"], told
    assert bed.fingerprint() == before

    assert bed.status_of(body) == 200
    until(lambda: bed.redis().exists(*told["keys"]), "the answer lies under the key that was computed for it")
    found, told = diagnosed_request()
    assert (
        found[0] == "request_is_stored"
        and 0 < told["entries"][0]["seconds_left"] <= 1800
        and told["entries"][0]["age"] >= 0
    )
    bed.redis().move(told["keys"][0], 3)
    assert diagnosed_request()[0][0] == "request_lies_elsewhere"
    assert diagnosed_request(cache={"no-cache": True})[0][0] == "request_forbids"
    streamed = {**body, "stream": True}
    assert bed.status_of(streamed) == 200
    told = diagnosed_request(stream=True)[1]
    assert told["streams"]
    until(lambda: bed.redis().exists(*told["keys"]), "a streamed answer lies under a key of its own")
