# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bytes of a Compose file before a change, kept until the change has ended.

Standard library only: the guard uses it too.
"""

from __future__ import annotations

from pathlib import Path

from .state_directory import IMAGE_FILE, StateDirectory


class ImageFile:
    """Those of one deployment; the state removes them with the record of the change.

    :param directory: the state directory.
    """

    def __init__(self, directory: Path) -> None:
        self._files = StateDirectory(str(directory))

    def keep(self, content: bytes) -> None:
        """Keep them.

        :raises StateError: they cannot be written.
        """
        self._files.write(self._files.path / IMAGE_FILE, content)

    def content(self) -> bytes | None:
        """The bytes; None where none are kept.

        :raises StateError: they cannot be read.
        """
        try:
            return (self._files.path / IMAGE_FILE).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._files.unreadable(IMAGE_FILE, error) from None
