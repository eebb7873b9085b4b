# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of metrics of one deployment in the directory that node_exporter reads: where it is, and how it is written.

Standard library only: the guard writes it too, when it has taken a change back.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._deployment import temporary_file
from .._errors import LitellmCacheError
from .state_directory import write_whole

if TYPE_CHECKING:  # a guard is waited for until it is up
    from .metrics import Sample
    from .pending import PendingChange
    from .state import ChangeState

VARIABLE = "litellm_cache_textfile_dir"
#: Whoever runs node_exporter may read it.
MODE = 0o644
#: What a part of the name of the file may hold, and how much of it.
_STRANGE = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_PART = 60


class MetricsError(LitellmCacheError):
    """The metrics cannot be written."""


def require_directory(directory: str) -> None:
    """Check that metrics can be written into a directory.

    :raises MetricsError: they cannot.
    """
    if not os.path.isabs(directory):
        raise MetricsError(f"{VARIABLE} must be an absolute path on the managed host, not {directory}")
    if not os.path.isdir(directory):
        raise MetricsError(
            f"{VARIABLE}: there is no directory {directory} on the managed host: make it, or name the one that node_exporter "
            "reads (--collector.textfile.directory)"
        )
    if not os.access(directory, os.W_OK | os.X_OK):
        raise MetricsError(f"{VARIABLE}: this user may not write into {directory}: run the play with become")


@dataclass(frozen=True)
class MetricsFile:
    """The file of one deployment.

    ``path`` is where it is, ``project`` and ``service`` are the labels of all that is in it.
    """

    path: str
    project: str
    service: str

    @classmethod
    def of(cls, directory: str, project: str, service: str, config_path: str) -> MetricsFile:
        """That of the deployment with this project, service and config file: no two of them share one.

        :param config_path: real path of the config file.
        """
        whole = hashlib.sha256("\0".join((project, service, config_path)).encode()).hexdigest()[:12]
        parts = [_STRANGE.sub("_", part)[:_LONGEST_PART] for part in (project, service)]
        return cls(os.path.join(directory, f"litellm_cache.{'.'.join(parts)}.{whole}.prom"), project, service)

    def to_dict(self) -> dict[str, str]:
        """All of it, for the record of a change."""
        return asdict(self)

    def write(self, samples: Iterable[Sample]) -> None:
        """Write it whole, in the place of the one before. As long as it is written node_exporter does not read it.

        :raises MetricsError: it cannot be written.
        """
        from .metrics import Sample, text_of

        require_directory(os.path.dirname(self.path))
        written = Sample("last_written_timestamp_seconds", time.time())
        text = text_of([written, *samples], {"project": self.project, "service": self.service})
        try:
            while not write_whole(Path(self.path), text.encode("utf-8", "replace"), MODE):
                pass  # somebody swept it away
        except OSError as error:
            raise MetricsError(f"{VARIABLE}: {self.path} cannot be written: {error.strerror}") from None
        temporary_file.remove(temporary_file.remains_beside(self.path))


def named_by(state: ChangeState) -> PendingChange | None:
    """The change that is being ended, whose record says where its metrics go; None where it cannot be read."""
    with contextlib.suppress(LitellmCacheError, OSError):
        return state.reverting() or state.confirming() or state.pending()
    return None


def tell(state: ChangeState, change: PendingChange | None, guard: dict[str, Any] | None = None) -> None:
    """Write what the state directory knows, where the record of a change says to.

    The instances are not asked, so what another wrote of them goes. Whatever keeps it from being written fails no change.

    :param change: None for none.
    :param guard: how its guard stands; None where that was not looked at.
    """
    if change is None or change.metrics is None:
        return
    with contextlib.suppress(LitellmCacheError, OSError, TypeError, ValueError):
        from .metrics import of_state

        MetricsFile(**change.metrics).write(of_state(known_of(state, guard)))


def known_of(state: ChangeState, guard: dict[str, Any] | None) -> dict[str, Any]:
    """What a state directory knows, as litellm_cache_status returns it.

    :raises LitellmCacheError: it cannot be read.
    """
    pending = state.pending() or state.reverting() or state.confirming()
    verification = state.verification()
    return {
        "at": time.time(),
        "pending": pending.summary() if pending is not None else None,
        "guard": guard,
        "history": state.history(),
        "verification": verification.to_dict() if verification is not None else None,
        "damage": state.findings(),
    }
