# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another image for a service: a text in, a text out, and the proof that it does what it should and nothing else."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass

from .._yaml.patch import TextPatch, apply_splices, inverse_splices
from .alternatives import Replacement, alternatives
from .image import Image, image_of, place_in_words
from .pieces import DEFAULT, SHELL, VARIABLE, ComposeError, FileText, Piece
from .reach import Reach, reached_by
from .reference import require_reference
from .services import Project, Reader, Told, load_project

#: Each reads all files again.
MOST_ATTEMPTS = 20

# Words that YAML takes for something else than text when no quotes are around them. Go's reader knows more numbers than PyYAML.
_NO_TEXT = re.compile(r"[-+.0-9][0-9a-fA-FoOxXbBeE_.:+-]*|~|null|true|false|yes|no|on|off|y|n", re.IGNORECASE)


@dataclass(frozen=True)
class ImageChange:
    """The change of one file that gives a service another image.

    :ivar path: real path of the file.
    :ivar before: its text before, the byte order mark included; ``after`` is that after the change. ``files.encoded`` makes bytes
        of them. Where both are the same, nothing is to be done.
    :ivar image: the image before. ``wanted`` is the reference after.
    :ivar place: what is changed, in words.
    :ivar reach: whom the change concerns, the wanted service among them; None where nothing is to be done.
    """

    path: str
    before: str
    after: str
    image: Image
    wanted: str
    place: str
    reach: Reach | None


def change_image(told: Told, read: Reader, service: str, wanted: str, also: Collection[str] = ()) -> ImageChange:
    """The change that gives a service the image ``wanted``. Nothing is written.

    :param read: reads a file, the same content each time.
    :param also: other services, and other top-level keys, that the change may reach.
    :raises ComposeError: there is none in one file, or it would reach somebody else; with the way out.
    """
    require_reference(wanted)
    project = load_project(told, read)
    image = image_of(project, service)
    if image.reference == wanted:
        file = image.value.file
        return ImageChange(file.path, file.content, file.content, image, wanted, image.in_words, None)
    refusals: list[ComposeError] = []
    for replacements in itertools.islice(alternatives(image.pieces, wanted), MOST_ATTEMPTS):
        attempt = _Attempt(told, read, project, service, image, replacements)
        try:
            return attempt.result(wanted, also)
        except ComposeError as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]
    raise image.value.refuse(
        f"the image is put together from {image.in_words}, and no change of one of these makes the wanted one of it; write "
        "the whole reference in one place"
    )


@dataclass(frozen=True)
class _Attempt:
    """One way to change the image, tried on the texts."""

    told: Told
    read: Reader
    project: Project
    service: str
    image: Image
    replacements: tuple[Replacement, ...]

    def result(self, wanted: str, also: Collection[str]) -> ImageChange:
        """The change, proved.

        :raises ComposeError: it is none that may be made.
        """
        for replacement in self.replacements:
            self._require_writable(replacement.piece, replacement.text)
        file = self._file()
        edited = self._edited(file)
        after = FileText(file.path, file.byte_order_mark + edited)
        changed = load_project(self.told, lambda path: self._read_again(path, after))
        self._verify(changed, wanted)
        reach = reached_by(self.project, changed, {file.path})
        self._refuse_others(reach.beyond({self.service, *also}))
        place = " and ".join(place_in_words(replacement.piece) for replacement in self.replacements)
        return ImageChange(file.path, file.content, after.content, self.image, wanted, place, reach)

    def _require_writable(self, piece: Piece, text: str) -> None:
        if piece.kind == SHELL:
            raise self.image.value.refuse(
                f"the image comes from {place_in_words(piece)}, and no file holds it; take {piece.variable} out of that "
                "environment and put it into the environment file of the project"
            )
        if piece.start is None:
            message = "what is to change is written there with escapes or on several lines; write it plainly"
            raise ComposeError(message, piece.path, piece.line)
        if not text and piece.kind in (VARIABLE, DEFAULT):
            message = f"the variable {piece.variable} would have to become empty there; write the image without it"
            raise ComposeError(message, piece.path, piece.line)
        if len(self.image.pieces) == 1 and not self.image.value.node.style and _NO_TEXT.fullmatch(text):
            message = "YAML would not take the wanted image for text there; put quotes around the one that is there"
            raise ComposeError(message, piece.path, piece.line)

    def _file(self) -> FileText:
        """The one file that is to change."""
        paths = sorted({replacement.piece.path for replacement in self.replacements})
        file = self.read(paths[0])
        if len(paths) > 1 or file is None:
            raise self.image.value.refuse(
                f"for the wanted image {self.image.in_words} would have to change together, and one change is one file; write "
                "the whole reference in one place"
            )
        return file

    def _edited(self, file: FileText) -> str:
        """The text of the file with all replacements in it."""
        patch = TextPatch(file.lines)
        for replacement in dict.fromkeys(self.replacements):
            piece = replacement.piece
            if piece.start is not None and piece.end is not None:
                patch.replace(piece.start, piece.end, replacement.text)
        try:
            splices = patch.splices()
        except ValueError:  # one place would have to read in two ways
            raise self._refuse("an edit there would not bring the wanted image; change it by hand") from None
        edited = apply_splices(file.text, splices)
        if apply_splices(edited, inverse_splices(file.text, splices)) != file.text:
            raise self._refuse("the edit could not be taken back exactly; change the image by hand")
        return edited

    def _read_again(self, path: str, after: FileText) -> FileText | None:
        file = self.read(path)
        return after if file is not None and file.path == after.path else file

    def _verify(self, changed: Project, wanted: str) -> None:
        """Check that the changed files name the wanted image."""
        image = image_of(changed, self.service)
        if image.reference != wanted:
            raise self._refuse("an edit there would not bring the wanted image; change it by hand")

    def _refuse_others(self, others: Collection[str]) -> None:
        if others:
            raise self._refuse(
                f"a change there reaches more than {self.service}: {', '.join(others)}; give {self.service} an image of "
                "its own, or a variable of its own"
            )

    def _refuse(self, message: str) -> ComposeError:
        piece = self.replacements[0].piece
        return ComposeError(message, piece.path, piece.line)
