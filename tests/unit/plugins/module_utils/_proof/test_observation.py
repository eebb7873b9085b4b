# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is required before anything is changed: variables in the instances, and access to what will be written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, Iterator, Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import seals
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import DeploymentError
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.observation import (
    require_replaceable,
    require_variables,
    require_write_access,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import NOBODY, unprivileged

#: As the kernel has them.
IMMUTABLE, APPEND_ONLY = 0x10, 0x20


def instances(*missing: Optional[list[str]]) -> list[dict[str, Any]]:
    return [{"variables_missing": names, "variables_of_file": ["OF_THE_FILE"]} for names in missing]


@pytest.mark.parametrize(
    "seen",
    [
        instances([]),
        instances(["B"]),
        instances(["A"], []),  # one has it
        instances(["A"], None, ["B"]),
        instances(None),  # nobody could be asked
        [],
    ],
)
def test_a_variable_that_an_instance_has_or_nobody_could_tell(seen: list[dict[str, Any]]) -> None:
    require_variables(["A"], seen)
    require_variables([], seen)


@pytest.mark.parametrize("seen", [instances(["A"]), instances(["A"], ["B", "A"]), instances(None, ["A"])])
def test_a_variable_that_no_instance_has(seen: list[dict[str, Any]]) -> None:
    with pytest.raises(DeploymentError, match="no instance has the environment variable A: export it"):
        require_variables(["A"], seen)


def test_a_variable_that_only_the_file_sets_comes_too_late() -> None:
    with pytest.raises(
        DeploymentError, match="OF_THE_FILE is set by environment_variables of the file, which LiteLLM applies"
    ):
        require_variables(["OF_THE_FILE"], instances(["OF_THE_FILE"]))
    require_variables(["OF_THE_FILE"], instances([]))  # exported as well


def test_the_variable_that_is_missing_is_named() -> None:
    with pytest.raises(DeploymentError, match="variable B:"):
        require_variables(["A", "B"], instances(["B"]))


def refusal(config: Path, state: Path) -> str:
    """What a user without privileges is told; '' for nothing."""

    def require() -> str:
        try:
            require_write_access(str(config), str(state))
        except LitellmCacheError as error:
            return str(error)
        return ""

    return unprivileged(require)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        made.chmod(0o755)
        for inner, mode in (("open", 0o777), ("closed", 0o755)):
            (made / inner).mkdir()
            (made / inner).chmod(mode)
        yield made


def test_access_to_both_is_enough(folder: Path) -> None:
    assert refusal(folder / "open/config.yaml", folder / "open") == ""
    assert refusal(folder / "open/config.yaml", folder / "open/not/yet/there") == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has files that another user may not own")
def test_a_file_that_could_not_keep_its_owner_is_told_before(folder: Path) -> None:
    config = folder / "open/config.yaml"
    config.touch()
    told = refusal(config, folder / "open")
    assert told.startswith(f"this user may not give a file to the owner of {config} (0:0)")
    os.chown(config, NOBODY, NOBODY)
    assert refusal(config, folder / "open") == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what another user may not write")
def test_all_that_is_missing_is_told_at_once(folder: Path) -> None:
    closed = folder / "closed"
    config = f"write in {closed}, where the config file is replaced"
    state = f"write in {closed}, for the state directory {closed}/a/b"
    assert config in refusal(closed / "config.yaml", folder / "open")
    assert "state directory" not in refusal(closed / "config.yaml", folder / "open")
    assert state in refusal(folder / "open/config.yaml", closed / "a/b")
    both = refusal(closed / "config.yaml", closed / "a/b")
    assert config in both and state in both and both.endswith("Run the play with become")
    assert not (closed / "a").exists()


def test_what_nobody_may_write_is_no_question_of_become(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, state = folder / "open/config.yaml", folder / "closed/state"
    config.touch()
    attributes = {folder / "open": APPEND_ONLY, folder / "closed": IMMUTABLE, config: APPEND_ONLY}
    monkeypatch.setattr(seals, "_flags_of", lambda path: attributes.get(Path(path), 0))
    with pytest.raises(LitellmCacheError) as error:
        require_write_access(str(config), str(state))
    assert str(error.value) == (
        f"{folder}/open has the attribute a (lsattr), so no file in it can be replaced: chattr -a {folder}/open. "
        f"{folder}/closed has the attribute i (lsattr), so no file in it can be replaced: chattr -i {folder}/closed"
    )
    attributes = {folder / "closed": APPEND_ONLY, config: APPEND_ONLY}  # a directory can be made there
    require_write_access(str(config), str(state))
    with pytest.raises(LitellmCacheError, match="config.yaml has the attribute a .*, so it cannot be replaced"):
        require_replaceable(str(config))
