# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors that this collection raises. Private to the collection.

Everything that can go wrong on purpose derives from LitellmCacheError. ``str(error)`` is the one clear sentence that a
user reads; ``context`` holds the facts behind it and never a secret.
"""

from __future__ import annotations

from typing import Any


class LitellmCacheError(Exception):
    """Base of all errors of this collection.

    :param message: one clear sentence for the user.
    :param context: facts without secrets, fit for a module's result.
    """

    #: What to do, and what was not changed; only for the one who reads the error, not for whoever can go on without.
    way_out = ""

    def __init__(self, message: str, **context: Any) -> None:
        super().__init__(message)
        self.context = {name: value for name, value in context.items() if value is not None}


class OptionError(LitellmCacheError):
    """An option has a value that cannot be used; ``context['option']`` names it."""

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message, option=option)


class OwnWordError(OptionError):
    """The literal password of an option is a part of a word of the results, where Ansible would mask it."""


class JournalError(LitellmCacheError):
    """A stored journal cannot be read: unknown version or broken content."""

    way_out = (
        ". Nothing was written. Move journal.json of the state directory away, and run again: the way to local then comments "
        "the Redis keys out in place, as for a file that was changed by hand"
    )


class ConfigError(LitellmCacheError):
    """The text of config.yaml cannot be used; the context has ``line`` and ``column`` (from 1) where there is one."""

    @property
    def line(self) -> int | None:
        """Line of the trouble, from 1, or None."""
        return self.context.get("line")

    @property
    def column(self) -> int | None:
        """Column of the trouble, from 1, or None."""
        return self.context.get("column")


class ConfigParseError(ConfigError):
    """The text is nothing that LiteLLM's own YAML loader would load."""


class LostIndentationError(ConfigParseError):
    """The keys of ``cache_params`` stand at the column of ``cache_params`` itself."""


class UnsupportedConfigError(ConfigError):
    """The text loads, but its shape leaves no exact edit."""


class UnsafeEditError(ConfigError):
    """The verification of an edit failed, so the edit must not be written."""

    way_out = (
        ". Nothing was written: this is a fault of the collection, or a shape of the file that it does not know. Make the "
        "change by hand, and report it with the shape of that section"
    )


class YamlLibraryError(LitellmCacheError):
    """PyYAML is missing on the host that edits the file."""
