# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real virtual environment, filled by a real pip from a folder."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._host import look, virtual_environment
from ansible_collections.erni_ki.litellm.plugins.module_utils._host.plan import Environment, HostError


def wheel_of(folder: Path, name: str, module: str, version: str) -> None:
    """A wheel with one empty module in it."""
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{module}.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def test_it_is_made_and_filled_and_then_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel_of(wheels, "PyYAML", "yaml", "6.0")
    wheel_of(wheels, "redis", "redis", "4.3.4")
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONSTRAINT": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    environment = Environment(str(tmp_path / "venv"))
    virtual_environment.make(environment, sys.executable)
    assert look.environment(environment.folder).python.libraries == {"yaml": None, "redis": None}
    virtual_environment.fill(environment, ["PyYAML>=5.4", "redis>=4.3"])
    assert look.environment(environment.folder).python.libraries == {"yaml": "6.0", "redis": "4.3.4"}
    with pytest.raises(HostError, match="pip did not install redis>=99: .*No matching distribution"):
        virtual_environment.fill(environment, ["redis>=99"])


def test_a_python_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="no virtual environment was made in .*: cannot be run: No such file"):
        virtual_environment.make(Environment(str(tmp_path / "venv")), str(tmp_path / "python"))
