# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What PyYAML found wrong, in its own words and without the text's: a secret may stand where it stopped."""

from __future__ import annotations

import re

#: What PyYAML quotes by repr().
_QUOTED = re.compile(r"""(?<!\s)\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""")
#: Its own names of tokens, and single signs.
_OWN_WORD = re.compile(r"<[a-z ]+>|\W|\\[nrt]")
_ODD_END = re.compile(r"[,;:]?(?: but)?(?: found| got)?\Z")


def reason_of(error: Exception) -> str:
    """What is wrong with the text, by an error of PyYAML; nothing that stands in the text."""
    told = [getattr(error, name, None) for name in ("context", "problem", "reason")]
    reasons = [_without_text(reason) for reason in told if reason]
    return " ".join(reason for reason in reasons if reason) or "not valid"


def _without_text(reason: str) -> str:
    if reason.startswith("failed to") or " codec can't " in reason:  # with the words of another error behind it
        return re.split("[:']", reason)[0]
    kept = _QUOTED.sub(lambda match: match.group() if _OWN_WORD.fullmatch(_inside(match)) else "", reason)
    return reason if kept == reason else _ODD_END.sub("", kept.rstrip())


def _inside(match: re.Match) -> str:
    return next(group for group in match.groups() if group is not None)
