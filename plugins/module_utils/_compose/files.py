# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of the files that Compose reads: each is read once and with a bound."""

from __future__ import annotations

import os
import stat

from .pieces import ComposeError, FileText

#: Of one file. The largest Compose files that were seen have a tenth of that.
MOST_BYTES = 1 << 20
#: Of one project.
MOST_FILES = 200


class Files:
    """Reads files, and remembers what it read, so that all that is decided is decided on the same bytes."""

    def __init__(self) -> None:
        self._read: dict[str, FileText | None] = {}

    def __call__(self, path: str) -> FileText | None:
        """The file ``path`` leads to, None where there is none.

        :raises ComposeError: it is no file, cannot be read, or is too large; or these are too many.
        """
        if "\0" in path:  # no file can have such a name
            return None
        real = os.path.realpath(path)
        if real not in self._read:
            if len(self._read) >= MOST_FILES:
                raise ComposeError(f"the project has more than {MOST_FILES} files; this one was not read", path)
            self._read[real] = _read(real)
        return self._read[real]


def encoded(content: str) -> bytes:
    """The bytes of a file of which ``content`` is the text, those that are no UTF-8 included."""
    return content.encode("utf-8", "surrogateescape")


def _read(path: str) -> FileText | None:
    try:
        # A pipe would keep the reader waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            mode = os.fstat(descriptor).st_mode
            content = b"" if not stat.S_ISREG(mode) else _bytes_of(descriptor)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ComposeError(
            f"it cannot be read: {error.strerror}; give the user of this run access to it", path
        ) from None
    if stat.S_ISDIR(mode):  # Docker makes one where a file to mount is not there
        return None
    if not stat.S_ISREG(mode):
        raise ComposeError("it is no regular file; name one that is", path)
    if len(content) > MOST_BYTES:
        raise ComposeError(f"it has more than {MOST_BYTES} bytes, so it is not read; split it", path)
    return FileText(path, content.decode("utf-8", "surrogateescape"))


def _bytes_of(descriptor: int) -> bytes:
    """The first bytes of a file, one more than may be."""
    with open(descriptor, "rb", closefd=False) as stream:
        return stream.read(MOST_BYTES + 1)
