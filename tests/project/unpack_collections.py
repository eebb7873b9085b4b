# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes collections out of the wheel of the package `ansible`.

Usage: unpack_collections.py FOLDER WHEEL NAMESPACE/NAME...
"""

from __future__ import annotations

import sys
import zipfile


def unpack(target: str, wheel: str, collections: list[str]) -> None:
    """Extract what belongs to the collections, and nothing else."""
    wanted = tuple(f"ansible_collections/{name}/" for name in collections)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target, [name for name in archive.namelist() if name.startswith(wanted)])


if __name__ == "__main__":
    unpack(sys.argv[1], sys.argv[2], sys.argv[3:])
