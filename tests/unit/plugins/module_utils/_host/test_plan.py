# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the libraries come to a host."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._host.distribution import APT, DNF, Distribution
from ansible_collections.erni_ki.litellm.plugins.module_utils._host.libraries import LIBRARIES
from ansible_collections.erni_ki.litellm.plugins.module_utils._host.plan import (
    Environment,
    HostError,
    Plan,
    Python,
    not_offered,
    plan,
    too_old,
)

DEBIAN = Distribution("Debian", APT)
STRANGE = Distribution("Strange", None)
ALL = {"yaml": "6.0", "redis": "4.3.4"}
NONE = {"yaml": None, "redis": None}
SYSTEM = Python("/usr/bin/python3", "3.11.2", True, False, NONE)
OTHER = replace(SYSTEM, path="/opt/python/bin/python3", of_the_distribution=False)
FOLDER = "/opt/venv"


def test_nothing_is_done_where_nothing_is_missing() -> None:
    for distribution in (DEBIAN, STRANGE):
        found = plan(replace(OTHER, libraries=ALL), distribution, None)
        assert found == Plan() and not found


def test_only_what_is_missing_is_installed() -> None:
    assert plan(SYSTEM, DEBIAN, None).packages == ["python3-yaml", "python3-redis"]
    found = plan(replace(SYSTEM, libraries=dict(ALL, redis="3.5.3")), DEBIAN, None)
    assert found and (found.packages, found.requirements) == (["python3-redis"], [])


def test_a_package_is_no_use_to_another_python() -> None:
    with pytest.raises(
        HostError, match="/opt/python/bin/python3 lacks PyYAML and redis-py, and is no Python of the dist"
    ):
        plan(OTHER, DEBIAN, None)


def test_unknown_packages() -> None:
    with pytest.raises(HostError, match="the packages of Strange are not known: set litellm_cache_prepare_venv"):
        plan(SYSTEM, STRANGE, None)


def test_an_environment_is_made_and_filled() -> None:
    found = plan(SYSTEM, DEBIAN, Environment(FOLDER))
    assert (found.packages, found.make) == (["python3-venv"], True)
    assert found.requirements == [library.requirement for library in LIBRARIES]


def test_python_that_makes_environments_needs_no_package() -> None:
    for distribution in (DEBIAN, STRANGE):
        assert plan(replace(OTHER, makes_environments=True), distribution, Environment(FOLDER)).packages == []


def test_python_that_makes_no_environment_and_has_no_package_is_refused() -> None:
    for running, distribution in ((OTHER, DEBIAN), (SYSTEM, STRANGE)):
        with pytest.raises(HostError, match="makes no virtual environment"):
            plan(running, distribution, Environment(FOLDER))


def test_an_environment_that_is_there_gets_what_it_lacks() -> None:
    inside = Python("/opt/venv/bin/python", "3.11.2", False, True, dict(ALL, redis=None))
    found = plan(SYSTEM, DEBIAN, Environment(FOLDER, python=inside))
    assert (found.packages, found.make, found.requirements) == ([], False, ["redis>=4.3"])
    assert not plan(SYSTEM, DEBIAN, Environment(FOLDER, python=replace(inside, libraries=ALL)))


def test_a_folder_of_something_else_is_left_alone() -> None:
    with pytest.raises(HostError, match="/opt/venv holds something else than a virtual environment"):
        plan(SYSTEM, DEBIAN, Environment(FOLDER, occupied=True))


def test_the_python_of_an_environment() -> None:
    assert Environment("/opt/venv/").interpreter == "/opt/venv/bin/python"


def test_packages_that_are_too_old() -> None:
    assert too_old(list(LIBRARIES), {"python3-yaml": "6.0-3+b2", "python3-redis": "4.3.4-3"}, DEBIAN) is None
    assert too_old(list(LIBRARIES), {}, DEBIAN) is None  # nothing is known of them, and the installation tells
    found = too_old(list(LIBRARIES), {"python3-yaml": "5.4.1-1", "python3-redis": "3.5.3-2"}, DEBIAN)
    assert found and "python3-redis is 3.5.3-2 there, and 4.3 is the oldest that serves" in found
    assert "python3-yaml" not in found and "litellm_cache_prepare_venv" in found


def test_packages_that_are_not_to_be_had() -> None:
    assert not_offered(["python3-yaml"], {"python3-yaml": "6.0-3", "other": "1"}, DEBIAN) is None
    found = not_offered(["python3-yaml", "python3-redis"], {"python3-yaml": "5.4.1-6"}, Distribution("Rocky", DNF))
    assert found and found.startswith(
        "Rocky has no python3-redis that is newer than what is there: set litellm_cache_prep"
    )
    assert found.endswith(", or enable EPEL")
