# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of config.yaml on the managed host: reads it, and replaces it whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from .._errors import LitellmCacheError, OptionError
from . import temporary_file
from .file_attributes import keep_attributes


class ConfigFileError(LitellmCacheError):
    """The config file is not there, may not be read, or may not be replaced."""


class ConfigFileAwayError(ConfigFileError):
    """There is no such file, or it cannot be read; that says nothing of what is in it."""


def sha256_of(content: bytes) -> str:
    """Hash of a file's bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class ConfigFile:
    """The bytes of the config file at one moment.

    ``path`` is the real path, symbolic links resolved; ``modified`` is its modification time, ``written`` when it was
    written at the latest, which nobody can set to a time to come; both are in nanoseconds since the epoch. ``names`` is how
    many hard links it has.
    """

    path: str
    content: bytes
    modified: int
    written: int
    names: int

    @classmethod
    def read(cls, path: str) -> ConfigFile:
        """The file as it is.

        :raises ConfigFileError: missing, a directory, not readable, or no UTF-8.
        """
        real = os.path.realpath(path)
        try:
            content = Path(real).read_bytes()
            status = os.stat(real)
            content.decode("utf-8")
        except FileNotFoundError:
            raise ConfigFileAwayError(
                f"there is no config file {path}: set litellm_cache_config_path to the file that the instances mount",
                path=path,
            ) from None
        except UnicodeDecodeError as error:
            raise ConfigFileError(
                f"{path} is not UTF-8 at byte {error.start}: LiteLLM cannot load it", path=path
            ) from None
        except OSError as error:
            raise ConfigFileAwayError(f"{path} cannot be read: {error.strerror}", path=path) from None
        written = min(status.st_mtime_ns, status.st_ctime_ns)
        return cls(real, content, status.st_mtime_ns, written, status.st_nlink)

    @property
    def text(self) -> str:
        """The content as text, byte order mark and line ends as they are."""
        return self.content.decode("utf-8")

    @property
    def sha256(self) -> str:
        """Hash of the content."""
        return sha256_of(self.content)

    @property
    def linked(self) -> str | None:
        """In words, that the file has another name, a hard link, under which the bytes of before stay; None where not."""
        if self.names == 1:
            return None
        return f"{self.path} has {self.names} names (hard links), and only this one leads to the new file"

    def require_one_name(self) -> None:
        """Check that the file has no other name. Not on the way to local mode or back, which nothing of the kind may stop.

        :raises ConfigFileError: it has one.
        """
        if self.linked is not None:
            apart = f"cp -p {self.path} {self.path}.new && mv {self.path}.new {self.path}"
            raise ConfigFileError(f"{self.linked}: give it a file of its own with {apart}", path=self.path)

    def replace(self, content: bytes, modified: int | None = None) -> tuple[str, ...]:
        """Put other bytes in the file's place, atomically: a reader sees the old file or the new one.

        Owner, group, mode, extended attributes (SELinux context, ACL) stay. A running container goes on seeing
        the old file until it is restarted, because a bind mount of a single file holds the inode.

        :param content: the new bytes.
        :param modified: modification time to set, nanoseconds since the epoch; None for now.
        :returns: names of the extended attributes that could not be kept.
        :raises ConfigFileError: the file was not replaced.
        """
        try:
            self.clear_away_remains()
            descriptor, temporary = temporary_file.create(self.path)
        except OSError as error:
            raise self._not_replaced(error) from None
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                lost = keep_attributes(self.path, temporary)
                accessed = os.stat(self.path).st_atime_ns
                os.utime(temporary, ns=(accessed, time.time_ns() if modified is None else modified))
                os.fsync(stream.fileno())
            os.replace(temporary, self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise self._not_replaced(error) from None
        with contextlib.suppress(OSError):  # some file systems cannot; the file has been replaced all the same
            sync_directory(os.path.dirname(self.path))
        return lost

    def remains(self) -> list[str]:
        """What a killed process of ours left beside the file."""
        return temporary_file.remains_beside(self.path)

    def clear_away_remains(self) -> None:
        """Remove it; the caller holds the lock of the state."""
        temporary_file.remove(self.remains())

    def _not_replaced(self, error: OSError) -> ConfigFileError:
        if error.errno in (errno.EBUSY, errno.EXDEV):
            reason = "it is a mount point itself; run the play on the host that holds the file"
        else:
            reason = str(error.strerror)
        return ConfigFileError(f"{self.path} was not changed, it cannot be replaced: {reason}", path=self.path)


def read_document(path: str) -> str | None:
    """The text of a document; None where there is none.

    :raises OptionError: it cannot be read.
    """
    try:
        return Path(path).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise OptionError("document", f"{path} cannot be read: {reason}") from None


def write_document(path: str, content: bytes) -> None:
    """Replace a document, or make it.

    :raises ConfigFileError: it was not written.
    """
    if os.path.exists(path):
        ConfigFile.read(path).replace(content)
        return
    try:
        with open(path, "xb") as stream:
            try:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            except OSError:
                os.unlink(path)
                raise
    except OSError as error:
        raise ConfigFileError(f"{path} cannot be written: {error.strerror}", path=path) from None


def sync_directory(directory: str) -> None:
    """Flush a directory, so that a rename in it outlives a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
