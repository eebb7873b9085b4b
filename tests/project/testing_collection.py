# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lays out the collection erni_ki.litellm_testing: what others may use of the test bed, in the version of this repository.

Standard library only.

Usage: testing_collection.py REPOSITORY FOLDER    a copy of this repository, and a folder that is not there yet
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

#: Of the test bed; the rest serves this repository alone.
PARTS = ("engine.sh", "images.py", "stack.py", "project", "erni_ki", "database", "upstream", "locks")
#: Where the role has its files.
BED = Path("roles", "stack", "files", "bed")


def version_of(repository: Path) -> str:
    """The version that the repository has."""
    text = (repository / "galaxy.yml").read_text(encoding="utf-8")
    return re.findall(r"(?m)^version: (\S+)$", text)[0]


def lay_out(repository: Path, folder: Path) -> None:
    """Make the collection.

    :param folder: where; it must not be there yet.
    """
    stack = repository / "tests" / "stack"
    shutil.copytree(stack / "collection", folder)
    template = folder / "galaxy.in.yml"
    galaxy = template.read_text(encoding="utf-8").replace("@VERSION@", version_of(repository))
    template.unlink()
    (folder / "galaxy.yml").write_text(galaxy, encoding="utf-8")
    shutil.copy2(repository / "LICENSE", folder)
    (folder / BED).mkdir(parents=True)
    for part in PARTS:
        copy = shutil.copytree if (stack / part).is_dir() else shutil.copy2
        copy(stack / part, folder / BED / part)


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]), Path(sys.argv[2]))
