# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks on a deployment as that of ERNI-KI is today, with the two variables that its operator sets.

Several Compose files, names of containers, models in PostgreSQL alone, Redis by a URL that only the entrypoint exports, and
users of Redis in an ACL file.
"""

from __future__ import annotations

import http.client
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator

import pytest
import redis
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, Fingerprint, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

#: Nothing waits longer than it must. This is about time alone: what is right, the two variables of the inventory say.
QUICK = {"litellm_cache_stable_for": 0}
SWITCH, ROLLBACK, VERIFY, FLUSH, HISTORY = (
    f"playbooks/{name}.yml" for name in ("switch_redis", "rollback_local", "verify", "flush_cache", "history")
)
#: Where the URL of the entrypoint ends.
URL_END = b'@redis:6379/1"'


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """One stack of that shape."""
    name = f"erni-ki-live-{os.getpid()}"
    bed = Bed.up(tmp_path_factory.mktemp("stack") / "project", name, shape="erni_ki")
    yield bed
    bed.down()


@pytest.fixture
def live(stack: Bed) -> Iterator[Bed]:
    """The stack as after its first start. Afterwards no file of ours and no log of a container holds a secret."""
    stack.reset()
    yield stack
    Canary(stack.secrets).search_all(stack.state_files() + stack.logs())


@pytest.fixture
def playbooks(live: Bed, tmp_path: Path) -> AnsibleRunner:
    """Runs playbooks against it."""
    return live.ansible(tmp_path)


def ask_proxy(bed: Bed, path: str) -> Any:
    """Ask LiteLLM, with the master key."""
    connection = http.client.HTTPConnection(bed.address("litellm"), 4000, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {bed.master_key}"})
    answer = connection.getresponse()
    assert answer.status == 200
    return json.loads(answer.read())


def restart(bed: Bed) -> None:
    """What an operator does after an edit."""
    bed.container("litellm").restart(timeout=30)
    until(bed.proxy_answers, "LiteLLM answers again")


def follow_the_way_out(bed: Bed, refused: Run) -> None:
    """Do what the refusal says: let the URL that the entrypoint exports end as told there, and restart."""
    told = re.search(r"let the value of the URL end in (\?[\w=&]+)", refused.failures[0].message)
    assert told, refused.output
    entrypoint = bed.entrypoint.read_bytes()
    assert entrypoint.count(URL_END) == 1
    bed.entrypoint.write_bytes(entrypoint.replace(URL_END, URL_END[:-1] + told[1].encode() + b'"'))
    restart(bed)


def params(bed: Bed) -> dict[str, Any]:
    """The cache's settings in the file."""
    return yaml.safe_load(bed.config.read_text(encoding="utf-8"))["litellm_settings"]["cache_params"]


def answers(bed: Bed) -> list[str]:
    """Names of the cached answers in the database of the URL."""
    return [key for key in bed.redis().scan_iter() if re.fullmatch("[0-9a-f]{64}", key)]


def untouched(bed: Bed) -> Fingerprint:
    """A fingerprint without the SETs: LiteLLM 1.106.2 notes its database's settings each minute (litellm_config:param:*)."""
    found = bed.fingerprint()
    return replace(found, redis_writes={name: calls for name, calls in found.redis_writes.items() if name != "set"})


def the_whole_way(live: Bed, playbooks: AnsibleRunner) -> None:
    """Check, switch, the same again, verify, a flush, the history, and the way back."""
    before = untouched(live)
    check = playbooks.playbook(SWITCH, "--check", variables=QUICK)
    assert check.code == 0 and check.changed, check.output
    assert untouched(live) == before

    switch = playbooks.playbook(SWITCH, variables=QUICK)
    assert switch.code == 0, switch.output
    assert [entry["kind"] for entry in switch.of("Confirm the mode by requests")["evidence"]] == ["harvested"]
    assert params(live)["url"] == "os.environ/REDIS_URL" and live.databases_in_use() == {1}
    running = live.fingerprint()
    again = playbooks.playbook(SWITCH, variables=QUICK)
    assert again.code == 0 and not again.changed, again.output
    after = live.fingerprint()
    assert (after.config_sha256, after.started) == (running.config_sha256, running.started)

    verify = playbooks.playbook(VERIFY)
    assert verify.code == 0 and not verify.changed, verify.output
    told = verify.verdict
    assert "answered from Redis in" in told and "to database 1" in told and live.started() == running.started

    live.ask("what is to be flushed")
    until(lambda: answers(live), "the answer is in Redis")
    cached = answers(live)
    flush = playbooks.playbook(FLUSH, variables=QUICK)
    assert flush.code == 0 and not set(cached) & set(answers(live)), flush.output
    assert [entry["kind"] for entry in flush.of("Show that the request is a miss now")["evidence"]] == ["missed"]

    history = playbooks.playbook(HISTORY)
    assert history.code == 0 and not history.changed, history.output
    assert "pending change  none" in history.of("Tell")["lines"]

    back = playbooks.playbook(ROLLBACK, variables=QUICK)
    assert back.code == 0, back.output
    assert params(live)["type"] == "local"


@pytest.mark.rest  # of the test bed alone
def test_the_stack_is_as_the_live_system(live: Bed) -> None:
    assert set(yaml.safe_load(Path(live.inventory).read_text(encoding="utf-8"))["litellm"]["vars"]) - {
        "ansible_connection",
        "ansible_python_interpreter",
        "litellm_cache_state_dir",
    } == {"litellm_cache_project_dir", "litellm_cache_redis_password_env"}

    container = live.container("litellm")
    assert container.name == f"{live.name}-litellm"
    labels = container.labels
    assert labels["com.docker.compose.project.working_dir"] == str(live.directory)
    assert labels["com.docker.compose.project.config_files"].count(f"{live.directory}/compose/") == 3
    assert container.attrs["HostConfig"]["NanoCpus"] == 1_000_000_000 and container.attrs["HostConfig"]["Memory"]
    assert "REDIS_URL" not in str(container.attrs["Config"]["Env"])

    # The models outlive a restart, because they stand in the database, and nowhere else.
    restart(live)
    live.is_as_at_first()
    assert "model_list" not in yaml.safe_load(live.config.read_text(encoding="utf-8"))
    served = ask_proxy(live, "/model/info")["data"]
    assert sorted((model["model_name"], model["model_info"]["db_model"]) for model in served) == [
        ("test-chat", True),
        ("test-embedding", True),
    ]
    sql = ["psql", "-h", "/tmp", "-U", "postgres", "-Atc", 'SELECT litellm_params FROM "LiteLLM_ProxyModelTable"']
    rows = live.container("postgres").exec_run(sql).output.decode()
    assert len(rows.splitlines()) == 2 and "upstream" not in rows  # it is encrypted

    # What runs is Redis, in the database of the URL, by a user that may not empty the server.
    live.ask("a question to the live system")
    until(lambda: answers(live), "the answer is in Redis")
    assert live.cache_type() == "redis" and live.databases_in_use() == {1}
    with pytest.raises(redis.exceptions.NoPermissionError):
        redis.Redis(live.address("redis"), password=live.redis_password).flushall()


@pytest.mark.rest
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--check",), id="check"),
        pytest.param((), id="run"),
    ],
)
@pytest.mark.shape("ERNI-KI, timeouts beside the URL")
def test_the_live_file_is_refused_because_its_timeouts_are_not_heeded_and_nothing_is_touched(
    live: Bed, playbooks: AnsibleRunner, words: tuple[str, ...]
) -> None:
    before = live.fingerprint()
    run = playbooks.playbook(SWITCH, *words, variables=QUICK)
    assert run.code != 0 and len(run.failures) == 1, run.output
    told = run.failures[0].message
    assert "LITELLM-URL-DROPS-TIMEOUTS" in told and "let the value of the URL end in ?" in told
    assert "nothing was changed" in told
    assert live.fingerprint() == before


@pytest.mark.shape("ERNI-KI, as it is")
def test_the_way_back_from_the_live_file_arrives(live: Bed, playbooks: AnsibleRunner) -> None:
    check = playbooks.playbook(ROLLBACK, "--check", variables=QUICK)
    assert check.code == 0 and check.changed, check.output
    assert live.config.read_bytes() == live.pristine

    back = playbooks.playbook(ROLLBACK, variables=QUICK)
    assert back.code == 0, back.output
    assert params(live)["type"] == "local" and live.cache_type() == "local"
    assert [entry["kind"] for entry in back.of("Confirm the mode by requests")["evidence"]] == ["hit"]
    assert live.databases_in_use() == set()
    live.redis().flushall()
    live.ask("after the way back")
    verify = playbooks.playbook(VERIFY)
    assert verify.code == 0 and not verify.changed, verify.output
    assert not answers(live)


@pytest.mark.shape("ERNI-KI, timeouts in the URL")
def test_the_whole_way_after_the_way_out_that_the_refusal_names(live: Bed, playbooks: AnsibleRunner) -> None:
    follow_the_way_out(live, playbooks.playbook(SWITCH, "--check", variables=QUICK))
    the_whole_way(live, playbooks)
    assert live.cache_type() == "local" and live.databases_in_use() == set()


@pytest.mark.shape("ERNI-KI, timeouts beside the URL")
@pytest.mark.rest
def test_the_whole_way_on_a_new_litellm_which_heeds_the_timeouts_of_the_file(tmp_path: Path) -> None:
    bed = Bed.up(tmp_path / "project", f"erni-ki-live-new-{os.getpid()}", "1.106.2", shape="erni_ki")
    try:
        the_whole_way(bed, bed.ansible(tmp_path))
        Canary(bed.secrets).search_all(bed.state_files() + bed.logs())
    finally:
        bed.down()


@pytest.mark.shape("ERNI-KI, in a crash loop, Redis stopped")
@pytest.mark.rest
def test_the_way_back_out_of_a_crash_loop_arrives_without_redis(live: Bed, playbooks: AnsibleRunner) -> None:
    # LiteLLM ends at its start for a type that it does not know.
    live.put(live.pristine.replace(b'type: "redis"', b'type: "reddis"'))
    container = live.container("litellm")
    container.restart(timeout=30)
    until(lambda: live.container("litellm").attrs["RestartCount"] > 0, "LiteLLM was restarted by Docker")
    live.container("redis").stop(timeout=5)

    back = playbooks.playbook(ROLLBACK, variables=QUICK)
    assert back.code == 0, back.output
    assert params(live)["type"] == "local" and live.cache_type() == "local"
