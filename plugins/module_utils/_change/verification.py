# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the last verification found, as the state directory keeps it: bounded, and without a secret.

Standard library only: the guard uses it too, to tell what is damaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

#: Entries of a list, and characters of a text, that are kept.
MOST_ENTRIES, LONGEST_TEXT = 32, 300
#: What is kept of a measured latency: texts, quantiles with the ends of their intervals, and single numbers, in seconds.
_TEXTS, _QUANTILES, _NUMBERS = ("instance", "what", "mode"), ("p50", "p95", "p99"), ("budget", "at")
_OF_A_QUANTILE = ("value", "low", "high")


@dataclass(frozen=True)
class Verification:
    """One verification.

    ``at`` is in seconds since the epoch. ``mode`` is the cache mode of the file, ``versions`` are those of LiteLLM, ``words`` how
    the mode was proved, ``problems`` a few words for each thing that was wrong. ``latency`` has by cache mode the newest
    summaries. ``drift`` names the settings that an instance did not have as the file says; None where that was not seen.
    """

    at: float
    user: str
    mode: str
    versions: list[str]
    words: str
    problems: list[str]
    latency: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    drift: list[str] | None = None

    @classmethod
    def of(cls, at: float, latency: Iterable[Any], former: Verification | None, **told: Any) -> Verification:
        """What is kept of a verification.

        :param latency: summaries that it measured; samples and whatever else is in them is left out.
        :param former: the one before, whose latencies stay for modes that were not measured now.
        :param told: the other fields.
        """
        measured: dict[str, list[dict[str, Any]]] = {}
        for summary in map(_summary_of, latency):
            if summary.get("mode"):
                measured.setdefault(summary["mode"], []).append(summary)
        kept = {**(former.latency if former is not None else {}), **measured}
        return cls(
            at=at,
            user=_short(told["user"]),
            mode=_short(told["mode"]),
            versions=_texts(told["versions"]),
            words=_short(told["words"]),
            problems=_texts(told["problems"]),
            latency={mode: entries[:MOST_ENTRIES] for mode, entries in list(kept.items())[-MOST_ENTRIES:]},
            drift=_texts(told["drift"]) if told.get("drift") is not None else None,
        )

    @classmethod
    def from_dict(cls, stored: Any) -> Verification:
        """The verification that :meth:`to_dict` gave.

        :raises TypeError: it is no such record.
        """
        if not isinstance(stored, dict) or not _is_number(stored.get("at")):
            raise TypeError("not a verification")
        kinds = {"user": str, "mode": str, "versions": list, "words": str, "problems": list, "latency": dict}
        if not all(isinstance(stored.get(name), kind) for name, kind in kinds.items()):
            raise TypeError("not a verification")
        if not all(isinstance(entries, list) for entries in stored["latency"].values()):
            raise TypeError("not a verification")
        latency = {mode: [_summary_of(entry) for entry in entries] for mode, entries in stored["latency"].items()}
        texts = {name: _texts(stored[name]) for name in ("versions", "problems")}
        if isinstance(stored.get("drift"), list):
            texts["drift"] = _texts(stored["drift"])
        return cls(stored["at"], stored["user"], stored["mode"], words=stored["words"], latency=latency, **texts)

    def to_dict(self) -> dict[str, Any]:
        """All of it, as plain data."""
        return asdict(self)


def _short(value: Any) -> str:
    return " ".join(str(value).split())[:LONGEST_TEXT]


def _texts(values: Iterable[Any]) -> list[str]:
    return [_short(value) for value in list(values)[:MOST_ENTRIES]]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _summary_of(measured: Any) -> dict[str, Any]:
    """What is kept of one latency; {} of what is none."""
    if not isinstance(measured, Mapping):
        return {}
    kept: dict[str, Any] = {name: _short(measured[name]) for name in _TEXTS if isinstance(measured.get(name), str)}
    kept.update({name: measured[name] for name in _NUMBERS if _is_number(measured.get(name))})
    for name in _QUANTILES:
        quantile = measured.get(name)
        if isinstance(quantile, Mapping):
            kept[name] = {end: quantile[end] for end in _OF_A_QUANTILE if _is_number(quantile.get(end))}
    return kept
