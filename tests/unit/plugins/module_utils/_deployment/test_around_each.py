# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands of the operator around the restart of an instance."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.around_each import (
    AroundEachError,
    run_around,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import Instance

NETWORKS = (("a", "172.18.0.2"), ("b", "172.19.0.2"))
ONE = Instance("a" * 64, "ki-litellm-1", "ki", "running", "litellm:1", 1.0, 0, 0, 60, (), (), NETWORKS)


def test_it_is_told_which_instance_and_there_is_no_shell(tmp_path: Path) -> None:
    script = tmp_path / "tell me"
    script.write_text('#!/bin/sh\necho "$LITELLM_INSTANCE $LITELLM_ADDRESSES $1 $2" >"$3"\n', encoding="utf-8")
    script.chmod(0o755)
    run_around(f"'{script}' 'a b' '$HOME;x' {tmp_path}/told", ONE, "option", 60)
    assert (tmp_path / "told").read_text(encoding="utf-8") == "ki-litellm-1 172.18.0.2 172.19.0.2 a b $HOME;x\n"


def test_nothing_is_run_where_nothing_is_said() -> None:
    run_around("", ONE, "option", 0)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("sh -c 'echo first; echo no such server; exit 3'", "ended with 3, for ki-litellm-1: no such server$"),
        ("false", "ended with 1, for ki-litellm-1$"),
        ("/no/such/program", "cannot be run: No such file or directory, for ki-litellm-1$"),
        ("'unfinished", "cannot be run: No closing quotation, for ki-litellm-1$"),
    ],
)
def test_a_failure_is_one_sentence(command: str, reason: str) -> None:
    with pytest.raises(AroundEachError, match=f"^the command of litellm_cache_before_each {reason}"):
        run_around(command, ONE, "litellm_cache_before_each", 60)


def test_how_long_it_takes_is_bounded() -> None:
    with pytest.raises(AroundEachError, match="did not end within 0 s, for ki-litellm-1"):
        run_around("sleep 60", ONE, "option", 0.05)
