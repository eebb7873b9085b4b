# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments that no request proves: no model in the file, nothing of a chat cached, a key that is not let in.

Local mode is reached in any case, and what could not be shown is told with its reason. Redis is proved without a chat. What
would stand in the way is told before anything is touched.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

SWITCH, ROLLBACK, VERIFY, FLUSH = (
    f"playbooks/{name}.yml" for name in ("switch_redis", "rollback_local", "verify", "flush_cache")
)
CONFIRM = "Confirm the mode by requests"
PLAN = "Plan the change, prove it in the running container, and write it to the config file"
UPSTREAM = {"api_base": "http://upstream:8000/v1", "api_key": "not-checked"}
CHAT = {"model_name": "some-chat", "litellm_params": {"model": "openai/test-chat", **UPSTREAM}}
VECTORS = {
    "model_name": "some-vectors",
    "litellm_params": {"model": "openai/text-embedding-3-small", **UPSTREAM},
    "model_info": {"mode": "embedding"},
}
REDIS = {"type": "redis", "host": "redis", "port": 6379, "db": 1, "password": "os.environ/REDIS_PASSWORD", "ttl": 900}
#: Lets one key in, and not the master key.
DOORMAN = """
from litellm.proxy._types import UserAPIKeyAuth


async def check_key(request, api_key):
    if api_key != "sk-of-a-team":
        raise ValueError("this key is not known")
    return UserAPIKeyAuth(api_key=api_key)
"""


def configuration(cache_params: dict[str, Any], *models: dict[str, Any], **general: Any) -> bytes:
    """A config.yaml."""
    model: dict[str, Any] = {"model_list": list(models)} if models else {}
    model["litellm_settings"] = {"cache": True, "cache_params": cache_params}
    model["general_settings"] = {"master_key": "os.environ/LITELLM_MASTER_KEY", **general}
    return yaml.safe_dump(model, sort_keys=False).encode()


class Deployment:
    """The stack with another file, and the playbooks on it."""

    def __init__(self, bed: Bed, ansible: AnsibleRunner) -> None:
        self.bed = bed
        self._ansible = ansible

    def has(self, content: bytes) -> None:
        """The instance runs with this file, and nothing is left of the test before."""
        self.bed.clear()
        self.bed.put(content)
        self.bed.container("litellm").restart(timeout=5)
        until(self.bed.proxy_answers, "LiteLLM answers with the file")
        until(self.bed.emptied, "Redis is empty")

    def run(self, playbook: str, *words: str, **variables: Any) -> Run:
        """Run a playbook."""
        return self._ansible.playbook(playbook, *words, variables={"litellm_cache_stable_for": 0, **variables})

    def reaches_local(self, reason: str, lets_in: bool = True, **variables: Any) -> None:
        """`rollback_local` arrives, and tells why no hit could be shown; the check run told it before."""
        before = self.bed.fingerprint()
        check = self.run(ROLLBACK, "--check", **variables)
        assert check.code == 0 and reason in str(check.of("Report")["lines"]), check.output
        assert self.bed.fingerprint() == before
        run = self.run(ROLLBACK, **variables)
        assert run.code == 0, run.output[-4000:]
        (evidence,) = run.of(CONFIRM)["evidence"]
        assert evidence["kind"] == "unproved"
        (told,) = [line for line in run.of("Report")["lines"] if reason in line]
        assert told.endswith("the proxy reports the cache type local" if lets_in else "does not tell its cache type"), (
            told
        )
        assert b"type: local" in self.bed.config.read_bytes()
        again = self.run(ROLLBACK, **variables)
        assert again.code == 0 and not again.changed, again.output[-4000:]

    def refuses_redis(self, *words: str, **variables: Any) -> None:
        """`switch_redis` is refused with these words, and nothing was touched; the check run says the same."""
        before = self.bed.fingerprint()
        for mode in (["--check"], []):
            run = self.run(SWITCH, *mode, **variables)
            assert run.code == 2 and len(run.failures) == 1, run.output[-4000:]
            for word in (*words, "nothing was changed"):
                assert word in run.failures[0].message, run.failures[0].message
        assert self.bed.fingerprint() == before

    def proves_redis(self, kind: str, **variables: Any) -> Run:
        """`switch_redis` ends with this kind of evidence, and so does `verify`."""
        run = self.run(SWITCH, **variables)
        assert run.code == 0, run.output[-4000:]
        verify = self.run(VERIFY, **variables)
        assert verify.code == 0, verify.output[-4000:]
        for proof in (run.of(CONFIRM), verify.of("Prove the mode by requests")):
            assert [evidence["kind"] for evidence in proof["evidence"]] == [kind], proof["evidence"]
        assert self.bed.cache_type() == "redis"
        return run


@pytest.fixture
def deployment(shared_bed: Bed, ansible: AnsibleRunner, canary: Canary) -> Iterator[Deployment]:
    """The stack of the session, for a test that gives it a file of its own: one start for both."""
    yield Deployment(shared_bed, ansible)
    canary.search_all(shared_bed.state_files() + shared_bed.logs())


@pytest.fixture
def as_at_first(bed: Bed, ansible: AnsibleRunner) -> Iterator[Deployment]:
    """The same with the file of the beginning."""
    yield Deployment(bed, ansible)
    subprocess.run(["docker", "unpause", bed.container("upstream").name], capture_output=True, check=False)


@pytest.mark.shape("no model at all")
def test_without_a_model_local_is_reached_and_redis_is_proved_by_the_proxy_itself(deployment: Deployment) -> None:
    deployment.has(configuration(REDIS))
    deployment.reaches_local("no chat or embedding model is known")
    deployment.proves_redis("pinged")
    assert not [key for key in deployment.bed.redis().scan_iter() if len(key) == 64]  # the entry of the ping is gone


@pytest.mark.shape("in another database of the same Redis")
@pytest.mark.rest
def test_a_move_from_one_database_to_another_is_told(deployment: Deployment) -> None:
    deployment.has(configuration({**REDIS, "db": 0}, CHAT))
    run = deployment.proves_redis("harvested")
    assert "the cache moves from redis:6379/0 to redis:6379/1" in str(run.of("Report")["lines"])


@pytest.mark.shape("no model at all, in a crash loop")
@pytest.mark.rest
def test_out_of_a_crash_loop_without_a_model(deployment: Deployment) -> None:
    deployment.has(configuration({"type": "local"}))
    deployment.bed.put(configuration({**REDIS, "no_such_argument": 1}))
    litellm = deployment.bed.container("litellm")
    litellm.restart(timeout=5)

    def looping() -> bool:
        litellm.reload()
        return litellm.attrs["RestartCount"] > 0

    until(looping, "LiteLLM restarts again and again")
    run = deployment.run(ROLLBACK)
    assert run.code == 0, run.output[-4000:]
    assert deployment.bed.cache_type() == "local"


@pytest.mark.shape("counters only: `supported_call_types: []`")
@pytest.mark.rest
def test_counters_without_answers(deployment: Deployment) -> None:
    """Nobody is talked into caching what he does not want cached."""
    nothing = {"supported_call_types": []}
    deployment.has(configuration({**REDIS, **nothing}, CHAT))
    run = deployment.proves_redis("pinged", litellm_cache_socket_timeout=7)
    assert run.changed and b"socket_timeout: 7" in deployment.bed.config.read_bytes()
    assert "neither acompletion nor aembedding" in str(run.of("Report")["lines"])
    deployment.reaches_local("neither acompletion nor aembedding")


@pytest.mark.rest
@pytest.mark.shape("embeddings alone are cached")
def test_embeddings_alone(deployment: Deployment) -> None:
    deployment.has(configuration({"type": "local", "supported_call_types": ["aembedding"]}, CHAT, VECTORS))
    run = deployment.proves_redis("harvested")
    assert run.of(CONFIRM)["write_path"]["proved"] is True
    # The model gives one vector for every text, as models do for the same one: an equal vector is no sign of a cache.
    flush = deployment.run(FLUSH)
    assert flush.code == 0, flush.output[-4000:]
    assert [one["kind"] for one in flush.of("Show that the request is a miss now")["evidence"]] == ["missed"]
    back = deployment.run(ROLLBACK)
    assert back.code == 0 and [one["kind"] for one in back.of(CONFIRM)["evidence"]] == ["hit"], back.output[-4000:]
    calls = deployment.bed.calls()
    verify = deployment.run(VERIFY)
    assert verify.code == 0 and "not measured: LiteLLM does not name its hits" in verify.verdict, verify.output[-4000:]
    assert deployment.bed.calls() - calls == 1 and verify.of("Time hits")["upstream_calls"] == 0


@pytest.mark.shape("`custom_auth` without the master key")
@pytest.mark.rest
def test_a_master_key_that_is_not_let_in(deployment: Deployment, tmp_path: Path) -> None:
    bed = deployment.bed
    doorman = tmp_path / "doorman.py"
    doorman.write_text(DOORMAN, encoding="utf-8")
    subprocess.run(["docker", "cp", "-q", str(doorman), f"{bed.instance}:/app/doorman.py"], check=True)
    deployment.has(configuration({"type": "local"}, CHAT, custom_auth="doorman.check_key"))
    deployment.refuses_redis("401", "its own master key", "custom_auth", "litellm_cache_master_key_env")
    key = tmp_path / "key"
    key.write_text("sk-of-a-team\n", encoding="utf-8")
    run = deployment.run(SWITCH, litellm_cache_master_key_file=str(key))
    assert [one["kind"] for one in run.of(CONFIRM)["evidence"]] == ["harvested"], run.output[-4000:]
    deployment.reaches_local("the proxy answers 401 to its own master key", lets_in=False)


@pytest.mark.shape("keys in a header of their own (`litellm_key_header_name`)")
@pytest.mark.rest
def test_a_proxy_that_looks_for_keys_in_another_header(deployment: Deployment, ansible: AnsibleRunner) -> None:
    bed = deployment.bed
    deployment.has(configuration({"type": "local"}, CHAT, litellm_key_header_name="X-Team-Key"))
    deployment.proves_redis("harvested")
    as_a_client = {
        "proxy_url": f"http://{bed.address('litellm')}:4000",
        "master_key_file": str(bed.directory / "secrets" / "litellm_master_key"),
    }
    options = {"project_dir": str(bed.directory), "state_dir": str(bed.state), "samples": 10, "seconds": 60}
    timed = ansible.tasks({"time": {"litellm_cache_latency": {**options, **as_a_client}}}).of("time")
    assert "redis hit as a client sees it" in [one["what"] for one in timed["latency"]], timed["not_measured"]
    back = deployment.run(ROLLBACK)
    assert back.code == 0 and [one["kind"] for one in back.of(CONFIRM)["evidence"]] == ["hit"], back.output[-4000:]


@pytest.mark.rest
def test_a_key_whose_variable_the_proxy_does_not_have(as_at_first: Deployment) -> None:
    as_at_first.refuses_redis(
        "does not have the environment variable that litellm_cache_master_key_env names",
        litellm_cache_master_key_env="NOT_THERE",
    )


@pytest.mark.shape("`enforce_user_param`")
@pytest.mark.rest
def test_an_end_user_that_every_request_must_name(deployment: Deployment) -> None:
    deployment.has(configuration({"type": "local"}, CHAT, enforce_user_param=True))
    deployment.refuses_redis("enforce_user_param", "litellm_cache_test_user")
    run = deployment.run(SWITCH, litellm_cache_test_user="somebody")
    assert [one["kind"] for one in run.of(CONFIRM)["evidence"]] == ["harvested"], run.output[-4000:]
    deployment.reaches_local("litellm_cache_test_user")


@pytest.mark.shape("an upstream that hangs")
@pytest.mark.rest
def test_an_upstream_that_hangs_takes_nothing_back(as_at_first: Deployment) -> None:
    deployment = as_at_first
    subprocess.run(["docker", "pause", deployment.bed.container("upstream").name], check=True, capture_output=True)
    run = deployment.run(SWITCH, litellm_cache_request_timeout=3)
    assert run.code == 0, run.output[-4000:]
    assert [one["kind"] for one in run.of(CONFIRM)["evidence"]] == ["harvested"]
    assert "the write path is not proved" in str(run.of("Report")["lines"])
    assert "was not answered within 3 s" in str(run.of("Report")["lines"])
    back = deployment.run(ROLLBACK, litellm_cache_request_timeout=3)
    assert back.code == 0, back.output[-4000:]
    assert "was not answered within 3 s" in str(back.of("Report")["lines"])
    assert deployment.bed.cache_type() == "local"
