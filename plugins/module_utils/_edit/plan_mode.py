# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans that bring config.yaml to a cache mode, or to the text of a snapshot. Pure."""

from __future__ import annotations

from .._errors import UnsafeEditError
from .._finding import finding
from .._settings.decisions import cache_target
from .._settings.description import description_of, mode_of
from .._settings.keys import CACHE_PARAMS_PATH, MODE_LOCAL, MODE_REDIS, TLS_KEYS
from .._settings.value_changes import changes_between
from .._settings.wishes import CacheWishes
from .._yaml.comments import SectionComments
from .._yaml.document import YamlText
from .._yaml.patch import apply_splices
from .._yaml.section import Section
from .anchors import named_by_anchor
from .draft import Draft, Vacancy
from .journal import Journal, Ledger
from .outcome import require_outcome
from .plan import Plan, Stage, parsed, plan_of
from .second_reader import SecondReading, read_again
from .section_editor import bring_to_target
from .undo import JournalUndo

_EASILY_FORGOTTEN = ("username", *TLS_KEYS, "max_connections")


def plan_cache_mode(text: str, wishes: CacheWishes, journal: Journal | None) -> Plan:
    """The Plan that brings ``text`` to ``wishes``.

    Leaving a mode first undoes its journal, so that what the operator edited in between stays and all else comes back as it
    was; then the wishes are applied to the result.

    :raises ConfigError: no exact edit exists.
    :raises OptionError: the wishes do not fit the file.
    """
    document = parsed(text)
    stages: list[Stage] = []
    if journal is not None and _must_undo(journal, wishes):
        stages.append(_undone_if_possible(document, journal))
        journal = None
    before = stages[-1] if stages else Stage(Draft(document))
    applied, journal_after = _applied(before, wishes, journal)
    require_outcome(document, before.edited.model, applied.edited.model, wishes)
    return plan_of(document, stages + [applied], journal_after)


def _applied(before: Stage, wishes: CacheWishes, journal: Journal | None) -> tuple[_Applied, Journal | None]:
    """The stage that brings the text of the one ``before`` to ``wishes``, and the journal behind it.

    :raises UnsafeEditError: there is no exact way back, and the mode is not local: the way there must stay open.
    """
    start = before.edited
    applied = _Applied.apply(before, wishes, journal)
    journal_after = _journal_after(journal, mode_of(start.model), wishes.mode, applied.draft.ledger)
    applied.require_settled(wishes, journal_after)
    try:
        applied.require_way_back(start, journal, journal_after)
    except UnsafeEditError as error:
        if wishes.mode != MODE_LOCAL:
            raise
        applied = _Applied.apply(before, wishes, None)
        applied.require_settled(wishes, None)
        applied.exact = False
        applied.draft.findings.append(
            finding("journal_not_kept", f"no exact way back from here is known, so no journal is kept: {error}")
        )
        return applied, None
    return applied, journal_after


def plan_text(text: str, wanted: str, journal: Journal | None) -> Plan:
    """The Plan that puts ``wanted`` in the place of ``text``, ``journal`` being the one that belongs to it.

    :raises ConfigError: ``wanted`` is nothing that LiteLLM would load.
    """
    before, after = parsed(text), parsed(wanted)
    again = read_again(after, after) if wanted != text else SecondReading(None)
    return Plan(
        text,
        wanted,
        mode_of(before.model),
        description_of(after.model),
        (),
        again.findings,
        journal,
        True,
        again.reader,
        tuple(changes_between(before.model, after.model)),
    )


class _Applied(Stage):
    """A pass that brings a document to wishes."""

    @classmethod
    def apply(cls, before: Stage, wishes: CacheWishes, journal: Journal | None) -> _Applied:
        """Bring the text of the stage ``before`` to ``wishes``; ``journal`` is the one that stays in force.

        :raises ConfigError: no exact edit exists.
        """
        document = before.edited
        draft = _applied_draft(document, wishes, journal, before.vacancies)
        try:
            stage = cls(draft)
        except UnsafeEditError as error:
            raise named_by_anchor(document, error) from error
        if wishes.mode == MODE_REDIS and mode_of(document.model) != MODE_REDIS:
            draft.findings += _unused_findings(draft.root, stage.edited)
        return stage

    def require_settled(self, wishes: CacheWishes, journal: Journal | None) -> None:
        """Require that a second run would change nothing.

        :raises UnsafeEditError: it would change the file again.
        """
        if self.edited is not self.draft.document and not _applied_draft(self.edited, wishes, journal).patch.empty:
            raise UnsafeEditError("a second run would change the file again")

    def require_way_back(self, start: YamlText, journal_before: Journal | None, journal_after: Journal | None) -> None:
        """Require that both journals lead from their texts to the same text.

        Where somebody edited what the journals hold, neither leads back exactly, and the stage is told as inexact.

        :raises UnsafeEditError: they do not.
        """
        if self.edited is start or journal_after is None:
            return
        before = start.text if journal_before is None else _undone_text(start, journal_before)
        after = _undone_text(self.edited, journal_after)
        self.exact = after is not None
        if before is not None and after != before:
            raise UnsafeEditError("the journal would not lead back to the original text")


def _undone_if_possible(document: YamlText, journal: Journal) -> Stage:
    """Undo ``journal``, or nothing of it where that is not safe: the way to local mode must stay open."""
    try:
        return Stage.undo(document, journal)
    except UnsafeEditError as error:
        draft = Draft(document)
        draft.findings.append(finding("journal_not_undone", f"what was changed earlier is commented out: {error}"))
        return Stage(draft, exact=False)


def _must_undo(journal: Journal, wishes: CacheWishes) -> bool:
    """Whether the wishes lead out of the mode that the journal led into.

    Also into a third mode: what was commented out on the way, such as TLS and the login, must be there again.
    """
    return wishes.mode != journal.to_mode


def _applied_draft(
    document: YamlText,
    wishes: CacheWishes,
    journal: Journal | None,
    vacancies: dict[tuple[str, ...], Vacancy] | None = None,
) -> Draft:
    draft = Draft(document, Ledger(journal.operations if journal else ()), vacancies)
    target = cache_target(wishes, document.model, _commented_url(draft.root))
    in_place = journal is None and mode_of(document.model) == wishes.mode
    bring_to_target(draft, target, in_place)
    draft.findings = [*target.findings, *draft.findings]
    return draft


def _commented_url(root: Section) -> str | None:
    """Value of a ``url`` that stands in ``cache_params`` as a comment, with no ``host`` beside it; else None."""
    section = root.section_at(CACHE_PARAMS_PATH)
    if section.header is None:
        return None
    comments = SectionComments(section)
    urls = comments.of("url")
    return urls[-1].value if urls and not comments.of("host") and isinstance(urls[-1].value, str) else None


def _unused_findings(root: Section, edited: YamlText) -> list[dict]:
    """A finding for TLS, user and size of the pool that stand in ``cache_params`` as comments, and stay that.

    Where no journal says that they were live before, they may be comments on purpose.
    """
    section = root.section_at(CACHE_PARAMS_PATH)
    live = Section.root_of(edited).section_at(CACHE_PARAMS_PATH).model
    entries = SectionComments(section).entries if section.header is not None else []
    unused = [entry for entry in entries if entry.key in _EASILY_FORGOTTEN and entry.key not in live]
    if not unused:
        return []
    keys = ", ".join(dict.fromkeys(entry.key for entry in unused))
    line = unused[0].first_line + 1
    message = (
        f"in cache_params these keys stand commented out and are not used: {keys}; uncomment what this Redis needs"
    )
    return [finding("commented_settings_unused", message, line)]


def _journal_after(journal: Journal | None, mode_before: str, mode_after: str, ledger: Ledger) -> Journal | None:
    """The journal to store: none while the file was never in another mode, or is back in the one it came from."""
    operations = tuple(ledger)
    from_mode = journal.from_mode if journal else mode_before
    if from_mode == mode_after or not operations:
        return None
    return Journal(from_mode, mode_after, operations)


def _undone_text(document: YamlText, journal: Journal) -> str | None:
    """The text without the journal's operations, or None when that is not exact."""
    draft = Draft(document)
    undo = JournalUndo(draft, journal)
    undo.collect()
    return apply_splices(document.text, draft.patch.splices()) if undo.exact else None
