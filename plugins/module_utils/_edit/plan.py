# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans of lossless edits of config.yaml: what a plan is, how its stages come about, and the one that leads back.

A plan is pure: text in, verified text out. Parse once, collect all changes by position, apply them from the text as read,
verify the result; never an emitter. plan_mode.py has those that lead to a wish.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .._errors import ConfigParseError, UnsafeEditError
from .._finding import finding
from .._settings.description import description_of, mode_of, read_config
from .._settings.keys import CACHE_PARAMS_PATH, MODE_REDIS, ROUTER_PATH
from .._settings.lost_indentation import refuse_lost_indentation
from .._settings.value_changes import changes_between
from .._yaml.document import YamlText
from .._yaml.nodes import refuse_what_has_no_end
from .._yaml.patch import Splice, apply_splices, index_after
from .._yaml.section import EMPTY, Section
from .check import verify_edit
from .draft import Draft, Vacancy
from .journal import Journal
from .second_reader import SecondReading, read_again
from .undo import JournalUndo


@dataclass(frozen=True)
class Plan:
    """A verified edit, not yet written.

    ``base`` is the text as read, ``candidate`` the text wanted, ``cache`` what that says of the cache, as describe_cache
    tells it. ``operations`` are the steps between them, ``findings`` what the operator should know, ``journal`` what is to
    be stored with the change (None: nothing to undo any more). ``exact`` is False when an undo met lines that the operator
    had changed. ``second_reader`` is who read the candidate once more, None where nobody did. ``changes`` are the settings that
    have another value, as changes_between tells them.
    """

    base: str
    candidate: str
    mode_before: str
    cache: dict
    operations: tuple
    findings: tuple
    journal: Journal | None
    exact: bool
    second_reader: str | None = None
    changes: tuple = ()

    @property
    def mode_after(self) -> str:
        """The cache mode of the candidate."""
        return self.cache["mode"]

    @property
    def changed(self) -> bool:
        """Whether the candidate differs from the text as read."""
        return self.candidate != self.base


def plan_revert(text: str, journal: Journal) -> Plan:
    """The Plan that undoes ``journal`` wholly.

    :raises ConfigError: that is not possible exactly.
    """
    document = parsed(text)
    return plan_of(document, [Stage.undo(document, journal)], None)


class Stage:
    """One pass of changes over a document, applied and verified."""

    def __init__(self, draft: Draft, exact: bool = True) -> None:
        self.draft = draft
        self.exact = exact
        self.edited = draft.document
        self.vacancies: dict[tuple[str, ...], Vacancy] = {}
        if not draft.patch.empty:
            self._apply()

    @classmethod
    def undo(cls, document: YamlText, journal: Journal) -> Stage:
        """Undo ``journal`` in ``document``."""
        draft = Draft(document)
        undo = JournalUndo(draft, journal)
        undo.collect()
        return cls(draft, undo.exact)

    def _apply(self) -> None:
        document = self.draft.document
        try:
            splices = self.draft.patch.splices()
            self.edited = YamlText(
                document.with_byte_order_mark(apply_splices(document.text, splices)), before=document
            )
        except (ValueError, ConfigParseError) as error:
            raise UnsafeEditError(f"the edited text would not parse: {error}") from error
        verify_edit(self.draft, splices, self.edited)
        self.vacancies = {place: self._moved(vacancy, splices) for place, vacancy in self.draft.vacated.items()}

    def _moved(self, vacancy: Vacancy, splices: list[Splice]) -> Vacancy:
        """The vacancy with its line in the edited text."""
        index = index_after(splices, self.draft.document.lines.start(vacancy.line))
        lines = self.edited.lines
        return replace(vacancy, line=lines.at(index) if index < len(lines.text) else len(lines))


def parsed(text: str) -> YamlText:
    document = read_config(text)
    if "&" in document.text:
        refuse_what_has_no_end(document.root, document.lines)
    if Section.root_of(document).section_at(CACHE_PARAMS_PATH).state == EMPTY:
        refuse_lost_indentation(document.lines)
    return document


def plan_of(document: YamlText, stages: list[Stage], journal: Journal | None) -> Plan:
    last = stages[-1]
    edited = last.edited
    again = read_again(document, edited) if edited.text != document.text else SecondReading(None)
    findings = [item for stage in stages for item in stage.draft.findings] + _dollar_findings(edited)
    return Plan(
        base=document.with_byte_order_mark(document.text),
        candidate=edited.with_byte_order_mark(edited.text),
        mode_before=mode_of(document.model),
        cache=description_of(edited.model),
        operations=tuple(step for stage in stages for step in stage.draft.steps),
        findings=(*findings, *again.findings),
        journal=journal,
        exact=all(stage.exact for stage in stages),
        second_reader=again.reader,
        changes=tuple(changes_between(document.model, edited.model)),
    )


def _dollar_findings(document: YamlText) -> list[dict]:
    """Findings for values such as ``${NAME}``, which LiteLLM takes literally."""
    if mode_of(document.model) != MODE_REDIS:
        return []
    root = Section.root_of(document)
    findings = []
    for path in (CACHE_PARAMS_PATH, ROUTER_PATH):
        section = root.section_at(path)
        for entry in section.entries:
            value = section.model.get(entry.key)
            if isinstance(value, str) and value.startswith("$") and entry.key not in ("namespace",):
                findings.append(
                    finding(
                        "dollar_value",
                        f"{section.name}.{entry.key} begins with a dollar sign; LiteLLM expands os.environ/NAME only",
                        entry.first_line + 1,
                    )
                )
    return findings
