# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The migrations that a LiteLLM brings along, found where its package lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.migrations import migrations


def test_they_are_found_without_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "litellm_proxy_extras"
    for name in ("20251114182247_agents_table", "20250326162113_baseline", "nothing", "20250101000000_" + "x" * 200):
        (package / "migrations" / name).mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    (package / "migrations" / "migration_lock.toml").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert migrations({}) == {"names": ["20250326162113_baseline", "20251114182247_agents_table"]}
    (package / "migrations").rename(package / "elsewhere")
    assert migrations({}) == {"names": None}


def test_a_litellm_without_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    assert migrations({}) == {"names": None}
