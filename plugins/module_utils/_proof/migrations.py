# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What another image does to the database: LiteLLM brings it to what its own version wants at each start, and never back.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._finding import finding
from .._telling import counted

REFUSE, WARN = "refuse", "warn"


def unknown_there(now: Sequence[str] | None, wanted: Sequence[str] | None) -> list[str]:
    """Migrations that the database has, as far as the LiteLLM in front of it brings them along, and the wanted one does not know.

    :param now: names of those that the running LiteLLM brings along, None where it does not tell.
    :param wanted: those of the wanted one.
    """
    return sorted(set(now or ()) - set(wanted)) if wanted is not None else []


def newer_database(version: str | None, unknown: list[str]) -> str:
    """That the database is ahead of the wanted image, in words.

    :param version: of the running LiteLLM.
    :param unknown: as :func:`unknown_there` tells them; one at least.
    """
    return (
        f"the database is ahead of it: LiteLLM {version or 'that runs'} has brought it {counted(len(unknown), 'migration')} that "
        f"the wanted image does not know (the first is {unknown[0]}), and no LiteLLM takes one back"
    )


def migrates(now: Sequence[str] | None, wanted: Sequence[str] | None, version: str | None) -> list[dict[str, Any]]:
    """The finding that the wanted image migrates the database; none where it does not.

    :param version: of the wanted LiteLLM.
    """
    coming = sorted(set(wanted or ()) - set(now)) if now is not None else []
    if not coming:
        return []
    which, number = version or "of the wanted image", counted(len(coming), "migration")
    message = (
        f"LiteLLM {which} migrates the database at its start ({number}), which no way back undoes: have a backup of it"
    )
    return [finding("database_migrates", message)]
