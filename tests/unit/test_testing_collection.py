# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection with the test bed for others: whole, of the same version, and as its page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.project.testing_collection import BED, lay_out

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "tests" / "stack" / "collection" / "roles" / "stack"


def load(path: Path) -> dict:
    """The content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture
def laid_out(tmp_path: Path) -> Path:
    """The collection, as it is built."""
    lay_out(ROOT, tmp_path / "collection")
    return tmp_path / "collection"


def test_it_has_the_version_of_this_repository(laid_out: Path) -> None:
    assert load(laid_out / "galaxy.yml")["version"] == load(ROOT / "galaxy.yml")["version"]


def test_its_bed_needs_nothing_beside_it(laid_out: Path) -> None:
    for program in ("images.py", "stack.py"):
        done = subprocess.run(
            [sys.executable, "-I", "-c", f"import runpy, sys; sys.path[:0] = ['.']; runpy.run_path('{program}')"],
            cwd=laid_out / BED,
            check=False,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_its_page_has_the_variables_of_the_spec() -> None:
    options = load(ROLE / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]
    page = (ROLE.parents[1] / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^\| `(stack_\w+)` \|", page) and set(re.findall(r"(?m)^\| `(stack_\w+)` \|", page)) == set(
        options
    )
    defaults = {name: option["default"] for name, option in options.items() if "default" in option}
    assert load(ROLE / "defaults" / "main.yml") == defaults


def test_shapes_and_servers_of_its_page_are_there() -> None:
    page = (ROLE.parents[1] / "README.md").read_text(encoding="utf-8")
    bed = (ROOT / "tests" / "stack" / "stack.py").read_text(encoding="utf-8")
    for row in ("stack_shape", "stack_redis"):
        (line,) = (line for line in page.splitlines() if line.startswith(f"| `{row}`"))
        assert [word for word in re.findall(r"`([\w:.]+)`", line)[1:] if f'"{word}"' not in bed] == []
