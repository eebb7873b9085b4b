# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files of plugins/module_utils there are, and what a file imports of them."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

MODULE_UTILS = Path(__file__).resolve().parents[3] / "plugins" / "module_utils"
PACKAGE = "ansible_collections.erni_ki.litellm.plugins.module_utils"
#: What lies beside the rooms; every room may import it.
BESIDE = {"_errors", "_finding", "_module", "_telling", "_vocabulary"}


def files() -> dict[str, Path]:
    """Dotted name to path, without the empty files that make a room a package."""
    paths = (path for path in sorted(MODULE_UTILS.rglob("*.py")) if path.name != "__init__.py")
    return {".".join(path.relative_to(MODULE_UTILS).with_suffix("").parts): path for path in paths}


def imports_of(full_name: str, path: Path) -> Iterator[str]:
    """Dotted names below module_utils that a file imports, anywhere in it: so Ansible packs them with a module.

    :param full_name: of the file, from the name of the collection on.
    """
    here = full_name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name[len(PACKAGE) + 1 :] for alias in node.names if alias.name.startswith(PACKAGE))
        elif isinstance(node, ast.ImportFrom):
            origin = importlib.util.resolve_name("." * node.level + (node.module or ""), here)
            if origin == PACKAGE or origin.startswith(f"{PACKAGE}."):
                inner = origin[len(PACKAGE) + 1 :]
                if "." in inner or inner in BESIDE:
                    yield inner
                else:
                    yield from (f"{inner}.{alias.name}".lstrip(".") for alias in node.names)
