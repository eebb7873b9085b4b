# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of a host."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.surroundings import Surroundings
from ansible_collections.erni_ki.litellm.plugins.module_utils._host.libraries import LIBRARIES
from ansible_collections.erni_ki.litellm.plugins.module_utils._host.plan import Plan, Python
from ansible_collections.erni_ki.litellm.plugins.module_utils._host.rows import (
    INSTALLED,
    MISSING,
    NOTE,
    OK,
    WOULD,
    Docker,
    of_docker,
    of_guard,
    of_libraries,
    of_rights,
)

YAML, REDIS = LIBRARIES
PYTHON = Python("/usr/bin/python3", "3.11.2", True, True, {"yaml": "6.0", "redis": "4.3.4"})
HOST = {"in_container": False, "with_controller": False, "ends_at_logout": False, "systemd": True}


def test_what_was_there_and_what_was_installed() -> None:
    rows = of_libraries(PYTHON, Plan(wanted=[REDIS]), {}, check=False)
    assert [(row.state, row.seen, row.problem) for row in rows] == [(OK, "6.0", ""), (INSTALLED, "4.3.4", "")]


def test_what_would_be_installed() -> None:
    plan = Plan(wanted=[YAML, REDIS])
    rows = of_libraries(None, plan, {"redis": "4.3.4-3"}, check=True)
    assert [(row.state, row.seen) for row in rows] == [(WOULD, "5.4 or newer"), (WOULD, "4.3.4-3")]


def test_what_is_still_missing() -> None:
    (_yaml, redis) = of_libraries(
        Python("p", "3.9", True, True, {"yaml": "6.0"}), Plan(wanted=[REDIS]), {}, check=False
    )
    assert (redis.state, redis.seen) == (MISSING, "none")
    assert redis.problem == "redis-py: it is still missing for flush_cache, and the look of verify into Redis"


@pytest.mark.parametrize(
    ("docker", "states"),
    [
        (Docker("20.10.24", None, "2.26.1"), [OK, OK]),
        (Docker("20.10.24", None, "v2.26.1"), [OK, OK]),
        (Docker("20.10.24", None, "1.29.2"), [OK, NOTE]),
        (Docker(None, "no way to it", None), [MISSING, NOTE]),
    ],
)
def test_docker(docker: Docker, states: list[str]) -> None:
    assert [row.state for row in of_docker(docker)] == states


def test_docker_that_does_not_answer_ends_the_run_in_its_own_words() -> None:
    assert of_docker(Docker(None, "no way to it", None))[0].problem == "Docker Engine: no way to it"


@pytest.mark.parametrize(
    ("other", "seen"),
    [
        ({}, "outlives a reboot"),
        ({"systemd": False}, "would end with a reboot"),
        ({"systemd": False, "in_container": True}, "would end with this container"),
        ({"systemd": False, "in_container": True, "with_controller": True}, "would end with the run"),
    ],
)
def test_what_a_guard_outlives(other: dict[str, bool], seen: str) -> None:
    row = of_guard(Surroundings(**{**HOST, **other}))
    assert (row.seen, row.state) == (seen, NOTE if other else OK)
    assert row.problem == ""


def test_rights() -> None:
    assert [row.state for row in of_rights({"/a": True, "/b": True})] == [OK]
    assert [row.problem for row in of_rights({"/a": True, "/b": False})] == [
        "rights: /b may not be written: set ansible_become"
    ]
