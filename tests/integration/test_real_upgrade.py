# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another image for a service of two instances: the reference where it stands, the containers, and each way back.

Docker itself and Compose are the oracle: which containers there are, and whether Compose would leave them as they are.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

UPGRADE, SWITCH = "playbooks/upgrade_litellm.yml", "playbooks/switch_redis.yml"
REPOSITORY = "erni-ki-test/litellm"
OLDEST, NEWEST = f"{REPOSITORY}:1.77.7", f"{REPOSITORY}:1.110.2"
#: An image in which nothing of LiteLLM is.
NO_LITELLM = "erni-ki-test/redis:7.0"
#: Nothing waits longer than it must.
QUICK = {"litellm_cache_stable_for": 0}
#: A value beside the reference that is nobody's business.
SECRET = "Pw@in/an#env%file"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """One stack of two instances, with a secret in the file that names the image."""
    name = f"erni-ki-upgrade-{os.getpid()}"
    bed = Bed.up(tmp_path_factory.mktemp("stack") / "project", name, version="1.77.7", shape="scaled")
    with environment_of(bed).open("a", encoding="utf-8") as file:
        file.write(f"# the key of somebody\nSOMEBODYS_KEY='{SECRET}'\n")
    yield bed
    Canary({**bed.secrets, "somebody's key": SECRET}).search_all(bed.state_files() + bed.logs())
    bed.down()


@pytest.fixture
def runner(stack: Bed, tmp_path: Path) -> AnsibleRunner:
    """Runs playbooks on it, and sees that no secret is told."""
    runner = stack.ansible(tmp_path)
    runner.canary = Canary({**stack.secrets, "somebody's key": SECRET})
    return runner


def environment_of(bed: Bed) -> Path:
    """The file that names the image."""
    return bed.directory / ".env"


def images(bed: Bed) -> dict[str, str]:
    """The image of each instance by its name, as Docker has it; all of them run."""
    assert {one.status for one in bed.instances()} == {"running"}
    return {one.name: one.attrs["Config"]["Image"] for one in bed.instances()}


def started(bed: Bed) -> dict[str, str]:
    """When each instance was started."""
    return {one.name: one.attrs["State"]["StartedAt"] for one in bed.instances()}


def compose_would_do(bed: Bed) -> set[str]:
    """What Compose would do with each container, in its own words."""
    command = ["docker", "compose", "--project-directory", str(bed.directory), "up", "--detach", "--dry-run"]
    done = subprocess.run(command, cwd=bed.directory, capture_output=True, text=True, check=True)
    return set(re.findall(r"Container \S+\s+(\w+)", done.stderr + done.stdout))


def upgrade(runner: AnsibleRunner, image: str, *words: str, **variables: Any) -> Run:
    """Run the playbook."""
    return runner.playbook(UPGRADE, *words, variables={**QUICK, "litellm_upgrade_image": image, **variables})


def history(bed: Bed) -> list[dict[str, Any]]:
    """The lines of the history."""
    return [json.loads(line) for line in (bed.state / "history.jsonl").read_text(encoding="utf-8").splitlines()]


def pending(bed: Bed) -> list[str]:
    """What is left of a change that is not final."""
    names = ("pending.json", "reverting.json", "confirming.json", "compose-file")
    return [name for name in names if (bed.state / name).exists()]


def test_from_the_oldest_to_the_newest_and_back(stack: Bed, runner: AnsibleRunner, tmp_path: Path) -> None:
    file, before = environment_of(stack), environment_of(stack).read_bytes()
    names, untouched = list(images(stack)), stack.fingerprint()
    refused = upgrade(runner, NO_LITELLM)
    assert refused.code == 2 and not refused.changed, refused.output[-4000:]
    assert f"a clone did not do on the image {NO_LITELLM} what the instances are to do: " in refused.failures[0].message
    assert "did not come up" in refused.failures[0].message and "Nothing was changed" in refused.failures[0].message
    assert (stack.fingerprint(), file.read_bytes()) == (untouched, before)
    check = upgrade(runner, NEWEST, "--check")
    assert check.code == 0 and check.changed, check.output[-4000:]
    assert (stack.fingerprint(), file.read_bytes()) == (untouched, before)
    assert f"CHECK  {stack.name}  {OLDEST} -> {NEWEST}" in check.output
    assert f"would be made anew: {', '.join(names)}; nothing was touched" in check.output

    reports = tmp_path / "reports"
    run = upgrade(runner, NEWEST, litellm_cache_reason="a try", litellm_cache_report_dir=str(reports))
    assert run.code == 0 and not run.skipped, run.output[-4000:]
    canary = run.of("Bring the image to the host, try it in a clone, and name it in the Compose files")["canary"]
    assert (canary["version"], [one["kind"] for one in canary["evidence"]]) == ("1.110.2", ["hit"])
    assert f"At once: ansible-playbook erni_ki.litellm.upgrade_litellm -e litellm_upgrade_image={OLDEST}" in run.output
    assert images(stack) == {name: NEWEST for name in names}
    assert file.read_bytes() == before.replace(OLDEST.encode(), NEWEST.encode())
    assert compose_would_do(stack) == {"Running"}
    assert [one["name"] for one in run.of("Make the containers anew, one after another")["instances"]] == names[::-1]
    for name in names:
        assert re.search(
            rf"^{name}  LiteLLM 1\.77\.7 -> 1\.110\.2  away \S+ s  answered from its memory in ", run.output, re.M
        )
    (line,) = history(stack)
    assert (line["image"], line["result"], line["reason"]) == ({"from": OLDEST, "to": NEWEST}, "confirmed", "a try")
    assert line["evidence"]["versions"] == ["1.110.2"] and not pending(stack)
    for path in reports.iterdir():
        runner.canary.search(path.read_text(encoding="utf-8"), path.name)
    (path,) = reports.glob("*.json")
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["image"] == {"before": OLDEST, "after": NEWEST}
    assert report["mode"] == {"file": "local", "before": "local", "effective": ["local", "local"]}
    assert [(one["litellm_version"], one["image"]) for one in report["instances"]] == [("1.110.2", NEWEST)] * 2

    running = stack.fingerprint()
    again = upgrade(runner, NEWEST)
    assert again.code == 0 and not again.changed, again.output[-4000:]
    assert f"UNCHANGED  {stack.name}  {NEWEST}" in again.output and stack.fingerprint() == running

    back = upgrade(runner, OLDEST)
    assert back.code == 0, back.output[-4000:]
    assert images(stack) == {name: OLDEST for name in names} and file.read_bytes() == before


def test_an_image_that_does_not_start_is_taken_back(stack: Bed, runner: AnsibleRunner) -> None:
    file = environment_of(stack)
    before, modified, was, first = file.read_bytes(), file.stat().st_mtime_ns, images(stack), started(stack)
    run = upgrade(runner, NO_LITELLM, litellm_upgrade_proof="none")
    names = list(was)
    assert run.code == 2, run.output[-4000:]
    assert (
        f"FAILED: {stack.name} is back on the image {OLDEST}. Make the containers anew, one after another failed: "
        in (run.failures[-1].message)
    )
    assert f"{names[-1]} did not come back" in run.failures[-1].message
    assert "every instance was proved on the old image" in run.failures[-1].message
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (before, modified)
    assert images(stack) == was and not pending(stack) and compose_would_do(stack) == {"Running"}
    assert started(stack)[names[0]] == first[names[0]] and started(stack)[names[-1]] != first[names[-1]]
    assert history(stack)[-1]["result"] == "reverted"


def test_the_guard_takes_back_what_a_silent_run_left(stack: Bed, runner: AnsibleRunner) -> None:
    """All instances run the new image already, so there is none left that the others could be made like."""
    before, was = environment_of(stack).read_bytes(), images(stack)
    options = {"project_dir": str(stack.directory), "state_dir": str(stack.state)}
    left = runner.tasks(
        {
            "name": {
                "litellm_image": {
                    "image": NEWEST,
                    "proof": "none",
                    "run": "silent",
                    "confirm_timeout": 5,
                    "stable_for": 0,
                }
            },
            "live": {"litellm_restart": {"recreate": True, "run": "silent", "stable_for": 0}},
        },
        defaults=options,
    )
    assert not left.failures, left.output[-4000:]
    until(lambda: not pending(stack), "the guard took the change back")
    assert environment_of(stack).read_bytes() == before and images(stack) == was
    last = history(stack)[-1]
    assert (last["result"], last["by"], last["image"]) == ("reverted", "guard", {"from": OLDEST, "to": NEWEST})
    assert {one["name"] for one in last["restarted"]} == set(was) and compose_would_do(stack) == {"Running"}


@pytest.mark.rest
def test_a_container_that_is_gone_comes_back(stack: Bed, runner: AnsibleRunner) -> None:
    """A module that is killed between the removal and the new container leaves none."""
    was = images(stack)
    options = {"project_dir": str(stack.directory), "state_dir": str(stack.state)}
    named = runner.tasks(
        {
            "name": {
                "litellm_image": {
                    "image": NEWEST,
                    "proof": "none",
                    "run": "cut",
                    "confirm_timeout": 600,
                    "stable_for": 0,
                }
            }
        },
        defaults=options,
    )
    assert not named.failures, named.output[-4000:]
    for one in stack.instances():
        one.remove(force=True)
    back = runner.tasks({"back": {"litellm_cache_guard": {"state": "reverted", "run": "cut"}}}, defaults=options)
    assert not back.failures, back.output[-4000:]
    assert back.of("back")["ended"]["result"] == "reverted" and images(stack) == was
    assert compose_would_do(stack) == {"Running"}


def test_what_somebody_wrote_meanwhile_stays(stack: Bed, runner: AnsibleRunner) -> None:
    file, was = environment_of(stack), started(stack)
    before = file.read_bytes()
    options = {"project_dir": str(stack.directory), "state_dir": str(stack.state)}
    named = runner.tasks(
        {"name": {"litellm_image": {"image": NEWEST, "proof": "none", "run": "mine", "confirm_timeout": 600}}},
        defaults=options,
    )
    assert not named.failures, named.output[-4000:]
    edited = file.read_bytes() + b"ANOTHER=line\n"
    file.write_bytes(edited)
    back = runner.tasks({"back": {"litellm_cache_guard": {"state": "reverted", "run": "mine"}}}, defaults=options)
    ended = back.of("back")["ended"]
    assert (ended["result"], file.read_bytes(), started(stack)) == ("needs_operator", edited, was)
    assert f"{file} was edited by somebody since, so it stays as it is; before it named {OLDEST}" in ended["told"]
    file.write_bytes(before)


def test_who_names_no_image_is_told_which(stack: Bed, runner: AnsibleRunner) -> None:
    untouched = stack.fingerprint()
    run = upgrade(runner, "")
    assert run.code == 0 and not run.changed, run.output[-4000:]
    assert f"UNCHANGED  {stack.name}  LiteLLM 1.77.7, image {OLDEST}" in run.output
    assert "tested versions with none of such issues: 1.110.2, " in run.output
    assert stack.fingerprint() == untouched


@pytest.mark.parametrize(
    ("image", "variables", "sentence"),
    [
        ("Not A Reference", {}, "'Not A Reference' is no reference of an image: write it like "),
        (
            f"{REPOSITORY}:0.0.1",
            {"litellm_upgrade_pull": "never"},
            f"the image {REPOSITORY}:0.0.1 is not on the managed host: bring it there",
        ),
        (
            "127.0.0.1:1/litellm:1",
            {"litellm_upgrade_pull_timeout": 30},
            "Docker did not pull 127.0.0.1:1/litellm:1: ",
        ),
    ],
    ids=["no reference", "not here", "no registry"],
)
def test_a_refusal_is_one_sentence_and_touches_nothing(
    stack: Bed, runner: AnsibleRunner, image: str, variables: dict[str, Any], sentence: str
) -> None:
    file = environment_of(stack).read_bytes()
    run = upgrade(runner, image, **variables)
    assert run.code == 2 and len(run.failures) == 1, run.output[-4000:]
    assert sentence in " ".join(run.failures[0].message.split())
    assert environment_of(stack).read_bytes() == file and not pending(stack)


@pytest.mark.rest
def test_an_upgrade_and_a_switch_in_one_run(tmp_path: Path) -> None:
    bed = Bed.up(tmp_path / "project", f"erni-ki-upgrade-switch-{os.getpid()}", "1.77.7")
    try:
        runner, untouched = bed.ansible(tmp_path), bed.fingerprint()
        refused = upgrade(runner, NO_LITELLM, SWITCH)
        assert refused.code == 2 and not refused.did("Plan the change, prove it in the running container"), (
            refused.output
        )
        assert bed.fingerprint() == untouched
        both = upgrade(runner, NEWEST, SWITCH)
        assert both.code == 0, both.output[-4000:]
        assert set(images(bed).values()) == {NEWEST} and b"type: redis" in bed.config.read_bytes()
        assert [one["result"] for one in history(bed)] == ["confirmed", "confirmed"]
        evidence = both.of("Confirm the mode by requests")["evidence"]
        assert [one["kind"] for one in evidence] == ["harvested"]
    finally:
        bed.down()


#: Breaks the start of the second container that is made anew, once; whoever comes after finds it mended.
BREAKS_THE_SECOND = """#!/bin/sh
cp '{good}' '{entrypoint}'
case "$LITELLM_INSTANCE" in *-2) test -e '{done}' || {{ touch '{done}'; echo 'exit 3' > '{entrypoint}'; }};; esac
"""


@pytest.mark.rest
def test_the_second_of_three_fails(tmp_path: Path) -> None:
    """The first one goes back too, and the third one is never touched."""
    bed = Bed.up(tmp_path / "project", f"erni-ki-upgrade-three-{os.getpid()}", "1.77.7", shape="scaled")
    try:
        override = bed.directory / "compose.override.yml"
        override.write_text(override.read_text(encoding="utf-8").replace("scale: 2", "scale: 3"), encoding="utf-8")
        bed.compose("up", "--detach", "litellm")
        bed.wait()
        script, good = tmp_path / "before", tmp_path / "good"
        good.write_bytes(bed.pristine_entrypoint)
        place = {"good": good, "entrypoint": bed.entrypoint, "done": tmp_path / "done"}
        script.write_text(BREAKS_THE_SECOND.format(**place), encoding="utf-8")
        script.chmod(0o755)
        was, ids = images(bed), {one.name: one.id for one in bed.instances()}
        first = min(ids)
        run = upgrade(
            bed.ansible(tmp_path), NEWEST, litellm_upgrade_proof="none", litellm_cache_before_each=str(script)
        )
        assert run.code == 2, run.output[-4000:]
        (restart,) = [one for one in run.failures if one.action.endswith("litellm_restart")]
        assert restart["restarted"] == sorted(ids, reverse=True)[:2]
        now = {one.name: one.id for one in bed.instances()}
        assert images(bed) == was and now[first] == ids[first]
        assert all(now[name] != ids[name] for name in ids if name != first)
        assert history(bed)[-1]["result"] == "reverted" and pending(bed) == []
        assert compose_would_do(bed) == {"Running"}
    finally:
        bed.down()


@pytest.mark.rest
def test_a_database_that_is_ahead_of_the_image(tmp_path: Path) -> None:
    """LiteLLM's own migrations, of both versions; the database behind them has only some of its tables (tests/stack/database)."""
    bed = Bed.up(tmp_path / "project", f"erni-ki-upgrade-live-{os.getpid()}", "1.106.2", shape="erni_ki")
    try:
        # Its database runs in the same image there, so LiteLLM gets a reference of its own.
        file = bed.directory / "compose" / "ai.yml"
        named = file.read_text(encoding="utf-8").replace("${LITELLM_IMAGE}", f"{REPOSITORY}:1.106.2-database", 1)
        file.write_text(named, encoding="utf-8")
        untouched = bed.fingerprint()
        refused = upgrade(bed.ansible(tmp_path), f"{REPOSITORY}:1.80.0-database")
        assert refused.code != 0
        told = " ".join(refused.output.split())
        assert "the database is ahead of it: LiteLLM 1.106.2 has brought it " in told, refused.output[-3000:]
        assert "set litellm_upgrade_newer_database to warn. Nothing was changed" in told
        now = bed.fingerprint()
        assert file.read_text(encoding="utf-8") == named
        assert (now.started, now.config_sha256, now.state) == (
            untouched.started,
            untouched.config_sha256,
            untouched.state,
        )
    finally:
        bed.down()
