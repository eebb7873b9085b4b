# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rule of a diagnosis is, and which rules hold for what was seen.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .facts import Evidence, Facts

CERTAIN, LIKELY, POSSIBLE = LIKELIHOODS = ("certain", "likely", "possible")


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong.

    :param code: its name, in results and as the anchor of its page.
    :param complaints: what somebody complains of then.
    :param title: in a few words.
    :param see: the evidence for it, None for none.
    :param cause: why it makes trouble, in a sentence.
    :param mend: the command that mends it, or a sentence; ``{apply}`` is the playbook of the file's mode, ``{redis}`` the
        service of Redis.
    :param likelihood: one of LIKELIHOODS: how sure it is that the complaint comes from it.
    :param explains: codes of rules whose evidence is only what follows from this one.
    :param asked: whether it is told only to somebody who complains of it, because a healthy deployment may be so.
    """

    code: str
    complaints: tuple[str, ...]
    title: str
    see: Callable[[Facts], Evidence | None]
    cause: str
    mend: str
    likelihood: str
    explains: tuple[str, ...] = ()
    asked: bool = False


@dataclass(frozen=True)
class Finding:
    """A rule that holds.

    :param evidence: what was seen.
    :param mend: what mends it here.
    """

    rule: Rule
    evidence: tuple[str, ...]
    mend: str

    def to_dict(self) -> dict[str, Any]:
        """As a document has it."""
        return {
            "code": self.rule.code,
            "title": self.rule.title,
            "evidence": list(self.evidence),
            "cause": self.rule.cause,
            "mend": self.mend,
            "likelihood": self.rule.likelihood,
        }


def findings_of(facts: Facts, rules: Iterable[Rule]) -> list[Finding]:
    """The findings, the most likely first; without those that only follow from another one.

    :param rules: of those that are as likely, the first one comes first.
    """
    found = []
    for rule in rules:
        if facts.complaint in rule.complaints if facts.complaint else not rule.asked:
            evidence = rule.see(facts)
            if evidence is not None:
                mend = evidence.mend or rule.mend.format(**facts.words)
                found.append(Finding(rule, evidence.seen, mend))
    explained = {code for finding in found for code in finding.rule.explains}
    left = [finding for finding in found if finding.rule.code not in explained]
    return sorted(left, key=lambda finding: LIKELIHOODS.index(finding.rule.likelihood))
