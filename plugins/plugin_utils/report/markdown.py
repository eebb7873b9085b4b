# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report in Markdown, to be pasted into a ticket.

Tables and lists of CommonMark with GitHub's tables, which trackers know. What stands in a document comes from outside in the
end, so each piece of it is one line, and what Markdown or HTML would read in it is escaped.

Pure: document in, text out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ...module_utils._telling import counted, milliseconds
from .page import moment, title_of, verdict_word, verdict_words
from .plots import label_of

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&!])")
#: A link without brackets: trackers make one of any address, and of names with an at sign.
_ADDRESS = re.compile(r"(?<=\w)(://|@)(?=\S)")


def markdown_of(document: dict[str, Any]) -> str:
    """The text.

    :param document: what a report is made of, docs/report.md.
    """
    return "\n\n".join(part for part in _parts(document) if part) + "\n"


def plain(text: object) -> str:
    """A piece of text as one line in which Markdown finds nothing of its own."""
    line = " ".join(str(text).split())
    return _ADDRESS.sub(lambda match: match.group(1)[0] + "\u200b" + match.group(1)[1:], _SPECIAL.sub(r"\\\1", line))


def _parts(document: dict[str, Any]) -> Iterator[str]:
    yield f"## {plain(title_of(document))}"
    about = [plain(document[name]) for name in ("host", "service") if document.get(name)]
    yield ", ".join([*about, moment(document["at"])])
    yield f"**{verdict_word(document)}** {plain(verdict_words(document))}"
    if document["verdict"]["words"]:
        yield "\n".join(f"- {plain(problem)}" for problem in document["verdict"]["problems"])
    for finding in document.get("findings") or []:
        yield _finding(finding)
    yield _rows(document.get("rows") or [])
    yield _latency(document.get("latency") or [])
    yield _census(document.get("census") or {})
    if document.get("back"):
        yield f"Way back: {_command(document['back'])}"


def _rows(rows: list[dict[str, Any]]) -> str:
    """The table of what was looked at; of a verification with the promises and the experiments."""
    if not any(row.get("experiment") for row in rows):
        return _table(
            ("verdict", "what", "seen"), [(row["verdict"], row["what"].strip(), _with_mend(row)) for row in rows]
        )
    told = [
        (
            row["verdict"],
            ": ".join(filter(None, (row["what"].strip(), row.get("promise")))),
            row.get("experiment") or "",
        )
        for row in rows
    ]
    cells = [(*one, _with_mend(row)) for one, row in zip(told, rows)]
    return _table(("verdict", "promise", "experiment", "evidence"), cells)


def _finding(finding: dict[str, Any]) -> str:
    lines = [f"### {plain(finding['title'])} ({plain(finding['likelihood'])})", ""]
    lines += [f"- {plain(seen)}" for seen in finding["evidence"]]
    if finding.get("cause"):
        lines += ["", plain(finding["cause"])]
    if finding.get("mend"):
        lines += ["", f"Mend: {_command(finding['mend'])}"]
    return "\n".join(lines)


def _with_mend(row: dict[str, Any]) -> str:
    return f"{row['seen']}; next: {row['mend']}" if row.get("mend") else row["seen"]


def _latency(entries: Sequence[dict[str, Any]]) -> str:
    rows = []
    for entry in entries:
        if entry.get("p50"):
            middle = entry["p50"]
            interval = f"{milliseconds(middle['low'])} to {milliseconds(middle['high'])} ms"
            further = [f"{milliseconds(entry[name]['value'])} ms" if entry.get(name) else "" for name in ("p95", "p99")]
            budget = f"{entry['budget'] * 1000:g} ms" if entry.get("budget") else ""
            rows.append(
                (label_of(entry, entries), f"{milliseconds(middle['value'])} ms ({interval})", *further, budget)
            )
    return _table(("answer", "p50 (95 % interval)", "p95", "p99", "budget"), rows)


def _census(census: dict[str, Any]) -> str:
    kinds = sorted((census.get("kinds") or {}).items())
    rows = [
        (kind, str(seen["keys"]), counted(seen["bytes"], "byte") if seen.get("bytes") else "") for kind, seen in kinds
    ]
    return _table((f"kind in {census['place']}" if census.get("place") else "kind", "keys", "size"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cell if cells[0] == '---' else plain(cell) for cell in cells)} |" for cells in lines
    )


def _command(command: str) -> str:
    """A command as code; a backtick in it would end that."""
    return "`" + " ".join(command.split()).replace("`", "'") + "`"
