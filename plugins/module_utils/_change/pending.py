# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change that is in the file, or about to be, and is not final yet.

Standard library only: the guard reads it too.
"""

from __future__ import annotations

import calendar
import time
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from .image_record import ImageRecord

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
#: Seconds after which a run must have given its first sign of life: its next task begins at once.
FIRST_SIGN_SECONDS = 30.0
#: The result of a flush in the history; those of changes are others.
FLUSHED = "flushed"


def clock(moment: float) -> str:
    """A moment in UTC, as in 2026-01-31T12:00:00Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def moment_of(text: str) -> float | None:
    """Seconds since the epoch of a moment that :func:`clock` told; None for what is none."""
    try:
        return float(calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")))
    except ValueError:
        return None


def uptime() -> float:
    """Seconds since the host was started; no change of the clock moves them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def this_boot() -> str:
    """Identifier of this start of the host."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


#: What JSON gives for the types of the records.
_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "float": (int, float),
    "int": (int,),
    "bool": (bool,),
    "list[str]": (list,),
    "dict[str, Any]": (dict,),
    "dict[str, float]": (dict,),
    "dict[str, Any] | None": (dict, type(None)),
    "dict[str, str] | None": (dict, type(None)),
}


def _require_record(kind: type, stored: Any) -> None:
    """Check that plain data holds a record.

    :param kind: a dataclass.
    :raises TypeError: a field is unknown, or is of another type; whether one is missing is told when the record is made.
    """
    known = {one.name: one for one in fields(kind)}
    if not isinstance(stored, dict) or not set(stored) <= set(known):
        raise TypeError(f"not a record: {kind.__name__}")
    for name, value in stored.items():
        if not isinstance(value, _KINDS.get(str(known[name].type), (object,))):
            raise TypeError(f"{name} is of another type")


@dataclass(frozen=True)
class Lease:
    """How long the silence of the run that owns a change may last.

    ``timeout`` is in seconds, ``renewed`` in seconds since the start of the host that ``boot`` names. Modules renew it while
    they work, so that it need cover the gap between two of them alone.
    """

    run: str
    timeout: float
    boot: str
    renewed: float

    @classmethod
    def from_dict(cls, stored: Any) -> Lease:
        """The lease in plain data.

        :raises TypeError: it is none.
        """
        _require_record(cls, stored)
        return cls(**stored)

    @classmethod
    def begin(cls, run: str, timeout: float) -> Lease:
        """The lease of a change that was just made: its first sign of life is due sooner than the later ones."""
        return cls(run, timeout, this_boot(), uptime() - max(0.0, timeout - FIRST_SIGN_SECONDS))

    def renew(self) -> Lease:
        """The same from now on."""
        return replace(self, boot=this_boot(), renewed=uptime())

    @property
    def of_this_boot(self) -> bool:
        """Whether it was renewed since the host was started."""
        return self.boot == this_boot()

    def remaining(self) -> float:
        """Seconds left; zero or less when it is over, which it is after another start of the host."""
        return self.renewed + self.timeout - uptime() if self.of_this_boot else 0.0


@dataclass(frozen=True)
class PendingChange:
    """The record of a change, with all that the way back needs.

    ``since`` is in seconds since the epoch, ``snapshot`` is a number, ``modified`` is the modification time of the file
    before the change in nanoseconds, ``journal`` is what the journal will be. ``deployment`` and ``waits`` are options
    of the modules. ``started`` has the start of each instance before the change, by its identifier. ``planted`` are
    keys in Redis. ``guard`` is how the guard is kept alive: systemd, session or none. ``versions`` are those of LiteLLM.
    ``answered`` tells whether an instance answered before the change; True where that was not looked at. ``outlives`` is
    what the guard was seen to outlive.
    ``image`` is an :class:`~.image_record.ImageRecord` where the image changes too, or alone.
    ``metrics`` is a :class:`~.metrics_file.MetricsFile` where what becomes of the change is told there.
    ``way_back`` is what was done of it already; see :class:`~.revert.Revert`.
    """

    run: str
    user: str
    since: float
    mode_before: str
    mode_after: str
    base_sha256: str
    candidate_sha256: str
    config_path: str
    snapshot: int
    modified: int
    reason: str
    journal: dict[str, Any] | None
    deployment: dict[str, Any]
    waits: dict[str, Any]
    started: dict[str, float]
    planted: list[str]
    guard: str
    versions: list[str]
    answered: bool = True
    outlives: list[str] = field(default_factory=list)
    image: dict[str, Any] | None = None
    metrics: dict[str, str] | None = None
    way_back: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, stored: Any) -> PendingChange:
        """The record that :meth:`to_dict` gave.

        :raises TypeError: it is no such record.
        """
        _require_record(cls, stored)
        if stored.get("image") is not None:
            ImageRecord.from_dict(stored["image"])
        return cls(**stored)

    @property
    def of_image(self) -> ImageRecord | None:
        """What is to be known of the image, None where it does not change."""
        return ImageRecord.from_dict(self.image) if self.image is not None else None

    @property
    def of_the_file(self) -> bool:
        """Whether the config file changes."""
        return self.base_sha256 != self.candidate_sha256

    def to_dict(self) -> dict[str, Any]:
        """All of it, for the state directory; without an image and metrics as it was before there were any."""
        later = ("image", "metrics")
        return {name: value for name, value in asdict(self).items() if name not in later or value is not None}

    def summary(self) -> dict[str, Any]:
        """What may be shown of it."""
        shown = ("run", "user", "since", "mode_before", "mode_after", "snapshot", "reason", "config_path", "guard")
        image = self.of_image
        return {**{name: getattr(self, name) for name in shown}, **({"image": image.way} if image else {})}

    def in_words(self) -> str:
        """What, by whom, since when."""
        image = self.of_image
        if image is not None and not self.of_the_file:
            what = f"a change of the image from {image.before} to {image.after}"
            return f"{what} by {self.user} since {clock(self.since)}, run {self.run}"
        of_image = f" and of the image from {image.before} to {image.after}" if image is not None else ""
        return (
            f"a change from {self.mode_before} to {self.mode_after} by {self.user} since {clock(self.since)}, "
            f"run {self.run}{of_image}"
        )

    def record(self, result: str, **facts: Any) -> dict[str, Any]:
        """The line that the history gets when the change ends.

        :param facts: what else is told; no secret.
        """
        image = self.of_image
        return {
            "at": clock(time.time()),
            "run": self.run,
            "user": self.user,
            "from": self.mode_before,
            "to": self.mode_after,
            "reason": self.reason,
            "versions": self.versions,
            "snapshot": self.snapshot if self.of_the_file or image is None else None,
            "result": result,
            **({"image": image.way} if image else {}),
            **facts,
        }


def way_in_words(summary: dict[str, Any]) -> str:
    """What changes by a pending change.

    :param summary: of :meth:`PendingChange.summary`.
    """
    image, ends = summary.get("image"), (summary["mode_before"], summary["mode_after"])
    of_image = f"image {image['from']} to {image['to']}" if image else ""
    of_the_mode = f"from {ends[0]} to {ends[1]}" if not image or ends[0] != ends[1] else ""
    return " and ".join(filter(None, (of_the_mode, of_image)))


def flush_record(run: str, user: str, mode: str, versions: list[str], flushed: dict[str, Any]) -> dict[str, Any]:
    """The line that the history gets of a flush, which changes no file.

    :param mode: the cache mode of the file.
    :param flushed: what was done; no secret.
    """
    return {
        "at": clock(time.time()),
        "run": run,
        "user": user,
        "from": mode,
        "to": mode,
        "reason": "",
        "versions": versions,
        "snapshot": None,
        "result": FLUSHED,
        "evidence": flushed,
    }
