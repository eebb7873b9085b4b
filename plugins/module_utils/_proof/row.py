# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One row of what a verification tells, with its verdict."""

from __future__ import annotations

from dataclasses import dataclass

OK, NOTE, WRONG = "ok", "note", "WRONG"
#: A fact that speaks neither for the cache nor against it.
FACT = ""


@dataclass(frozen=True)
class Row:
    """One thing that was looked at.

    :param verdict: OK, NOTE, WRONG or FACT.
    :param brief: what is wrong, in a few words; empty for nothing.
    :param mend: the command that mends it, or a sentence; empty for nothing.
    """

    verdict: str
    what: str
    seen: str
    brief: str = ""
    mend: str = ""

    def told(self) -> dict[str, str]:
        """As a document has it."""
        return {"verdict": self.verdict, "what": self.what, "seen": self.seen, "mend": self.mend}
