# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook diagnose on a real deployment: healthy, it finds nothing; each fault gives its own finding and no other one."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

DIAGNOSE = "playbooks/diagnose.yml"
#: What a switch would write into cache_params.
REDIS = {
    "type": "redis",
    "host": "redis",
    "port": 6379,
    "db": 1,
    "password": "os.environ/REDIS_PASSWORD",
    "socket_timeout": 30,
    "socket_connect_timeout": 10,
    "health_check_interval": 30,
    "retry_on_timeout": True,
}
#: Longer than a run of the playbook takes, milliseconds.
PAUSE = 600_000
NEW_PASSWORD = "An-0ther-Passw0rd-Nobody-May-See"


def codes(run: Run) -> list[str]:
    """The codes of the findings of a run, in the order in which they were printed."""
    assert run.code == 0 and not run.changed, run.output
    lines = run.of("Report")["lines"]
    assert all(len(line) <= 80 for line in lines), run.output
    # A long title goes on in the next line.
    return re.findall(r"\((?:certain|likely|possible), (\w+)\)", " ".join(" ".join(lines).split()))


def diagnosed(ansible: AnsibleRunner, complaint: str = "", **variables: Any) -> list[str]:
    """The codes of what a run finds of what was logged from now on."""
    return codes(ansible.playbook(DIAGNOSE, variables=asked(complaint, **variables)))


def asked(complaint: str = "", **variables: Any) -> dict[str, Any]:
    """Variables of a run that looks at what is logged from now on."""
    since = {"litellm_cache_diagnose_since": str(time.time())}
    return {**since, "litellm_cache_diagnose_complaint": complaint, **variables}


def in_redis(bed: Bed) -> bytes:
    """Bring the bed to Redis as somebody would by hand; the bytes of its file then."""
    edited(bed, lambda settings: settings["cache_params"].update(REDIS))
    return bed.config.read_bytes()


def edited(bed: Bed, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the file as somebody would by hand, and restart the proxy."""
    config = yaml.safe_load(bed.config.read_text(encoding="utf-8"))
    edit(config["litellm_settings"])
    bed.config.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    restarted(bed)


def restarted(bed: Bed) -> None:
    """Restart the proxy, and wait until it answers."""
    bed.container("litellm").restart(timeout=30)
    until(bed.proxy_answers, "LiteLLM answers again")


@contextmanager
def undone(bed: Bed, content: bytes) -> Iterator[None]:
    """Afterwards the file has these bytes again, and the proxy runs them."""
    yield
    bed.config.write_bytes(content)
    restarted(bed)


def test_a_healthy_deployment_gives_no_finding_and_each_fault_its_own(bed: Bed, ansible: AnsibleRunner) -> None:
    before = bed.fingerprint()
    healthy = ansible.playbook(DIAGNOSE)
    assert codes(healthy) == [] and f"OK  {bed.name}  local" in healthy.output
    assert bed.fingerprint() == before

    content = in_redis(bed)
    running = bed.fingerprint()
    healthy = ansible.playbook(DIAGNOSE)
    assert codes(healthy) == [] and f"OK  {bed.name}  redis" in healthy.output
    assert "ping" in healthy.output and bed.fingerprint() == running
    way = healthy.of("Time the way to Redis, compare clocks, and read the logs")["instances"][0]["redis"]
    assert {step: len(samples) for step, samples in way["seconds"].items()} == dict.fromkeys(
        ("dns", "connect", "login", "ping"), 5
    )
    assert way["server"]["numbers"]["policy"] == "allkeys-lru" and way["not_observable"] == {}

    with undone(bed, content):
        edited(bed, lambda settings: settings.update(cache=False))
        assert diagnosed(ansible, "not_cached") == ["cache_off"]
    with undone(bed, content):
        edited(bed, lambda settings: settings["cache_params"].update(supported_call_types=["aembedding"]))
        assert diagnosed(ansible) == ["call_type_missing"]
    with undone(bed, content):
        edited(bed, lambda settings: settings["cache_params"].update(db=5))
        assert diagnosed(ansible, "not_cached", litellm_cache_redis_db=1)[:1] == ["not_as_the_variables"]
    bed.config.write_bytes(content + b"# by hand\n")
    assert diagnosed(ansible) == ["stale_instance"]


@pytest.mark.rest
def test_each_fault_of_redis_gives_its_own_finding(bed: Bed, ansible: AnsibleRunner) -> None:
    in_redis(bed)
    server = bed.redis()
    server.client_pause(PAUSE)
    paused = ansible.playbook(DIAGNOSE, variables=asked("timeouts"))
    bed.container("redis").restart(timeout=1)  # a server that is paused takes no word to go on
    until(bed.emptied, "Redis answers again")
    assert codes(paused)[0] == "redis_silent" and "holds up a request for up to 60 s" in " ".join(paused.output.split())

    server = bed.redis()
    server.config_set("maxmemory-policy", "noeviction")
    server.config_set("maxmemory", server.info("memory")["used_memory"] // 2)
    assert diagnosed(ansible) == ["redis_full"]
    server.config_set("maxmemory", 64_000_000)
    server.config_set("maxmemory-policy", "allkeys-lru")
    assert diagnosed(ansible) == []

    server.config_set("requirepass", NEW_PASSWORD)
    changed = ansible.playbook(DIAGNOSE, variables=asked())
    server.config_set("requirepass", bed.redis_password)  # a connection that is open stays so
    assert codes(changed) == ["login_refused"] and NEW_PASSWORD not in changed.output

    bed.container("redis").stop(timeout=5)
    stopped = diagnosed(ansible)
    bed.container("redis").start()
    until(bed.emptied, "Redis answers again")
    assert stopped == ["redis_stopped"]


def test_one_request_is_followed_to_its_answer(bed: Bed, ansible: AnsibleRunner, tmp_path: Path) -> None:
    in_redis(bed)
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
        return codes(run), run.of("Time the way to Redis, compare clocks, and read the logs")["request"]

    before = bed.fingerprint()
    found, told = diagnosed_request()
    assert found[0] == "request_not_stored" and told["in_key"] == ["temperature", "max_tokens"], told
    assert bed.fingerprint() == before

    assert status_of_a_request(bed, body) == 200
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
    assert status_of_a_request(bed, streamed) == 200
    told = diagnosed_request(stream=True)[1]
    assert told["streams"]
    until(lambda: bed.redis().exists(*told["keys"]), "a streamed answer lies under a key of its own")


@pytest.mark.rest
def test_faults_of_the_environment_and_of_the_models(bed: Bed, ansible: AnsibleRunner) -> None:
    in_redis(bed)
    since = asked()
    bed.upstream("POST", "/fail", {"status": 500})
    assert status_of_a_request(bed) == 500
    failing = ansible.playbook(DIAGNOSE, variables=since)
    bed.upstream("POST", "/fail", {"status": None})
    assert codes(failing) == ["models_fail"]

    text = bed.pristine_entrypoint.decode("utf-8")
    bed.entrypoint.write_text(text.replace("${LITELLM_ENTRYPOINT_SHAPE:-exec}", "redis_url"), encoding="utf-8")
    restarted(bed)
    assert diagnosed(ansible, "not_cached") == ["environment_over_file"]


def status_of_a_request(bed: Bed, body: dict[str, Any] | None = None) -> int:
    """Send the proxy a request, by default one that it does not know yet."""
    connection = http.client.HTTPConnection(bed.address("litellm"), 4000, timeout=120)
    body = body or {"model": "test-chat", "messages": [{"role": "user", "content": f"diagnose {time.time()}"}]}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {bed.master_key}"}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
    response = connection.getresponse()
    response.read()
    return response.status
