# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which image a service has, and what says so."""

from __future__ import annotations

from dataclasses import dataclass

from .document import RESET, Value
from .pieces import DEFAULT, SHELL, UNSET, VARIABLE, ComposeError, Piece, text_of
from .reference import parts_of
from .services import Layer, Project
from .template import pieces_of

MOST_PIECES = 100


@dataclass(frozen=True)
class Image:
    """The image of a service.

    :ivar reference: as Compose has it.
    :ivar pieces: what it is made of, in their order.
    :ivar value: the value of the key ``image`` that says so.
    """

    reference: str
    pieces: tuple[Piece, ...]
    value: Value

    @property
    def place(self) -> Piece:
        """What holds the end of the reference, which is its tag or digest where it has one."""
        return next((piece for piece in reversed(self.pieces) if piece.text), self.pieces[-1])

    @property
    def in_words(self) -> str:
        """Where the reference stands."""
        return " and ".join(dict.fromkeys(place_in_words(piece) for piece in self.pieces if piece.text))


def place_in_words(piece: Piece) -> str:
    """Where a piece of a value stands; without its text."""
    if piece.kind == SHELL:
        return f"the variable {piece.variable} of the environment that Compose runs in"
    if piece.kind == UNSET:
        return f"the variable {piece.variable}, which has no value"
    where = f"{piece.path}, line {piece.line}"
    if piece.kind == VARIABLE:
        return f"the variable {piece.variable} in {where}"
    return f"the default of the variable {piece.variable} in {where}" if piece.kind == DEFAULT else where


def image_of(project: Project, service: str) -> Image:
    """The image of a service.

    :raises ComposeError: there is no such service, or it has no image that somebody could name, because it is built for example.
    """
    layers = project.services.get(service)
    if not layers:
        names = ", ".join(sorted(project.services)) or "none"
        raise ComposeError(f"the project has no service {service}; its services are: {names}")
    build = _highest(layers, "build")
    if build is not None:
        raise build[1].refuse(
            f"{service} is built there, and Compose would build it again rather than take another image; change what it is built "
            "from, or remove build and name an image"
        )
    found = _highest(layers, "image")
    if found is None:
        raise layers[-1].value.refuse(f"{service} has no image there, so Compose itself cannot start it; name one")
    layer, value = found
    pieces = tuple(pieces_of(value.written(), layer.environment.lookup))
    reference = text_of(pieces)
    if len(pieces) > MOST_PIECES:
        raise value.refuse(f"the image is put together from more than {MOST_PIECES} parts; write it out")
    if parts_of(reference) is None:
        unset = [piece.variable for piece in pieces if piece.kind == UNSET]
        way_out = f"{unset[0]} has a value in no file and in no environment, give it one" if unset else "write one"
        raise value.refuse(f"what {service} has there is no reference of an image; {way_out}")
    return Image(reference, pieces, value)


def _highest(layers: list[Layer], key: str) -> tuple[Layer, Value] | None:
    """The value of a key in the highest layer that has it."""
    for layer in reversed(layers):
        value = layer.value.pairs().get(key)
        if value is not None and value.node.tag == RESET:
            if layer.extended:
                raise value.refuse(
                    "this service is extended, and !reset is not followed there; remove the key and its tag"
                )
            return None
        if value is not None and not value.is_null:
            return layer, value
    return None
