# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways to turn what an image is made of into another reference, the best one first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .pieces import UNSET, VARIABLE, Piece
from .reference import parts_of


@dataclass(frozen=True)
class Replacement:
    """A piece that is to read otherwise."""

    piece: Piece
    text: str


def alternatives(pieces: Sequence[Piece], wanted: str) -> Iterator[tuple[Replacement, ...]]:
    """Each way in which few pieces change and all others stay: of each part of the reference at most one.

    First the reference is one part, then name and rest (tag and digest), then registry, name and rest. So what holds the tag
    alone changes alone where the name is to stay.

    :param wanted: the reference that is to come of it.
    """
    old = parts_of("".join(piece.text for piece in pieces))
    new = parts_of(wanted)
    if old is None or new is None:
        return
    for joined in (3, 2, 1):  # how many of the three parts are one
        olds = ["".join(old[:joined]), *old[joined:]]
        news = ["".join(new[:joined]), *new[joined:]]
        choices = [_of_part(part, text) for part, text in zip(_cut(pieces, [len(part) for part in olds]), news)]
        for chosen in itertools.product(*choices):
            found = tuple(replacement for replacement in chosen if replacement is not None)
            if found:
                yield _joined(found)


def _cut(pieces: Sequence[Piece], lengths: Sequence[int]) -> list[list[Piece]]:
    """The pieces, cut where parts of these lengths meet."""
    parts: list[list[Piece]] = []
    waiting = list(pieces)
    for length in lengths:
        part: list[Piece] = []
        while waiting and len(waiting[0].text) <= length:
            length -= len(waiting[0].text)
            part.append(waiting.pop(0))
        if length:
            part.append(waiting[0].part(0, length))
            waiting[0] = waiting[0].part(length, len(waiting[0].text))
        parts.append(part)
    parts[-1] += waiting
    return parts


def _of_part(pieces: Sequence[Piece], wanted: str) -> list[Replacement | None]:
    """Each single change of a piece that makes a part what is wanted; None for no change."""
    if "".join(piece.text for piece in pieces) == wanted:
        return [None]
    found: list[Replacement] = []
    for number, piece in enumerate(pieces):
        before = "".join(other.text for other in pieces[:number])
        behind = "".join(other.text for other in pieces[number + 1 :])
        fits = wanted.startswith(before) and wanted.endswith(behind) and len(wanted) >= len(before) + len(behind)
        if fits and piece.kind != UNSET:
            found.append(Replacement(piece, wanted[len(before) : len(wanted) - len(behind)]))
    # What an operator has given a name is what he means to change.
    found.sort(key=lambda replacement: replacement.piece.kind != VARIABLE)
    return list(found)


def _joined(replacements: tuple[Replacement, ...]) -> tuple[Replacement, ...]:
    """Changes of neighbours in one text as one."""
    found: list[Replacement] = []
    for replacement in replacements:
        last = found[-1] if found else None
        piece = replacement.piece
        if (
            last is not None
            and piece.start is not None
            and (last.piece.path, last.piece.end) == (piece.path, piece.start)
        ):
            whole = Piece(
                last.piece.text + piece.text,
                piece.kind,
                piece.path,
                last.piece.line,
                last.piece.start,
                piece.end,
                piece.variable,
            )
            found[-1] = Replacement(whole, last.text + replacement.text)
        else:
            found.append(replacement)
    return tuple(found)
