# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The last look at the files before a change is made final: what was proved must still be what they say."""

from __future__ import annotations

from .._deployment.config_file import ConfigFile
from .._errors import ConfigError, LitellmCacheError
from .._settings.description import describe_cache
from .image_record import ImageRecord
from .pending import PendingChange


class NotInFileError(LitellmCacheError):
    """The change that is to be made final is no longer in the file."""


def edited_since(change: PendingChange) -> str | None:
    """What somebody did to the files since the change, in words; None where they hold the very bytes of the change.

    :raises NotInFileError: one holds the bytes of before again, or the config file is in another mode by now.
    :raises ConfigFileError: one is away.
    """
    told = [_compose_file_edited(change.of_image)] if change.of_image is not None else []
    return "; ".join(filter(None, [*told, _config_file_edited(change)])) or None


def _compose_file_edited(image: ImageRecord) -> str | None:
    file = ConfigFile.read(image.path)
    if file.sha256 == image.candidate_sha256:
        return None
    if file.sha256 == image.base_sha256:
        raise NotInFileError(
            f"{file.path} names {image.before} again, put back by somebody: the change of the image is not made final"
        )
    return _told(file)


def _config_file_edited(change: PendingChange) -> str | None:
    """The same of the config file.

    An edit that leaves the mode as it is does not take the change back: it was proved, and its journal goes by keys.
    """
    file = ConfigFile.read(change.config_path)
    if file.sha256 == change.candidate_sha256:
        return None
    if file.sha256 == change.base_sha256:
        raise NotInFileError(
            f"{file.path} holds the bytes of before the change again, put back by somebody: the change is not made final"
        )
    try:
        mode = describe_cache(file.text)["mode"]
    except ConfigError as error:
        raise NotInFileError(
            f"{file.path} was edited by somebody since the change, and cannot be read any more: {error}; the change is not "
            "made final"
        ) from None
    if mode != change.mode_after:
        raise NotInFileError(
            f"{file.path} was edited by somebody since the change, and is in the cache mode {mode} now, not "
            f"{change.mode_after}: the change is not made final"
        )
    return _told(file)


def _told(file: ConfigFile) -> str:
    return f"{file.path} was edited by somebody since the change; what they wrote stays, and was not proved"
