# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make test` has of the sanity tests: all of them on one core, and on the oldest what can differ by core."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1] / "project"
#: Around the verb: cores and Pythons of some machine, and an ansible-test that only says what it was called with.
PROGRAM = """
set -euo pipefail
root=. cache=. lean=. reports=. cores=('2.16.1 3.10' '2.18.1 3.11' '2.21.1 3.12') target_pythons='3.9'
. {project}/say.sh
. {project}/checks.sh
need_tools() {{ :; }}
ansible_test_home() {{ :; }}
first_python() {{ case " {pythons} " in *" $1 "*) echo true ;; *) return 1 ;; esac; }}
find_python() {{ return 1; }}
run_ansible_test() {{ echo "called: $1 ${{*:4}}"; }}
verb_sanity {words}
"""
NEVER_LEFT_OUT = ("validate-modules", "import", "compile", "ansible-doc", "runtime-metadata", "action-plugin-docs")


def calls(pythons: str, words: str = "") -> dict[str, list[str]]:
    """The words that ansible-test is called with, by the core."""
    script = PROGRAM.format(project=PROJECT, pythons=pythons, words=words)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    called = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("called: ")]
    return {core: arguments for core, *arguments in called}


@pytest.mark.parametrize("pythons", ["3.10 3.11 3.12", "3.10 3.12"])
def test_in_short_the_oldest_core_says_nothing_twice(pythons: str) -> None:
    found = calls(pythons, "short")
    assert list(found) == ["2.16.1", "2.21.1"] and found["2.21.1"] == ["sanity"]
    left_out = found["2.16.1"][2::2]
    assert found["2.16.1"][:2] == ["sanity", "--skip-test"] and "pylint" in left_out
    assert not {*left_out} & {*NEVER_LEFT_OUT}


def test_where_there_is_one_core_nothing_is_left_out() -> None:
    assert calls("3.11", "short") == {"2.18.1": ["sanity"]}


def test_a_release_leaves_nothing_out() -> None:
    assert calls("3.10 3.11 3.12") == {"2.16.1": ["sanity"], "2.21.1": ["sanity"]}
