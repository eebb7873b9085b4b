# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables that Compose puts into its files: those of its own environment, then those of environment files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .environment_file import read_environment_file
from .pieces import SHELL, FileText, Piece


class Environment:
    """Variables, each as the pieces of its value."""

    def __init__(self, values: Mapping[str, list[Piece]]) -> None:
        self._values = dict(values)

    @classmethod
    def of_shell(cls, variables: Mapping[str, str]) -> Environment:
        """That of the process that runs Compose."""
        return cls({name: [Piece(value, SHELL, variable=name)] for name, value in variables.items()})

    def lookup(self, name: str) -> list[Piece] | None:
        """The value of a variable, None where it has none."""
        return self._values.get(name)

    def with_files(self, files: Iterable[FileText]) -> Environment:
        """These variables, and those of environment files that are not among them; a later file wins over an earlier one.

        :raises ComposeError: Compose could not read one of the files.
        """
        found: dict[str, list[Piece]] = {}
        for file in files:
            read_environment_file(file, found, self.lookup)
        return Environment({**found, **self._values})
