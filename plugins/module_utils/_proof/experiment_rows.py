# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a verification showed beside the mode, one row for each promise.

Pure: the result of litellm_cache_roundtrip in, rows out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._telling import counted
from .row import NOTE, OK, WRONG, Row

_DIAGNOSE = "ansible-playbook erni_ki.litellm.diagnose"


def rows_of_experiments(proof: dict[str, Any], mode: str) -> Iterator[Row]:
    """What was shown beside the mode: namespaces, and the further kinds of requests.

    :param proof: result of litellm_cache_roundtrip.
    """
    apart = (proof.get("write_path") or {}).get("namespaces_apart")
    if apart:
        yield Row(OK, "namespaces", "an answer that lay under another namespace was not given")
    elif apart is False:
        told = "an answer that lay under another namespace was given"
        yield Row(WRONG, "namespaces", told, "namespaces mix", _DIAGNOSE)
    for tried in proof.get("experiments") or []:
        kind, given, cached = tried["kind"], tried["given"], tried["cached"]
        if given is None:
            yield Row(NOTE, kind, f"not shown: {tried['reason']}")
        elif given and cached:
            source = "Redis" if mode == "redis" else "its memory"
            yield Row(OK, kind, f"answered from {source} in {counted(tried['seconds'], 'second')}")
        elif given == cached:
            yield Row(OK, kind, "not answered from the cache, as supported_call_types leaves it out")
        elif given:
            told = "answered from the cache, although supported_call_types leaves it out"
            yield Row(WRONG, kind, told, f"{kind} is cached against the file", _DIAGNOSE)
        else:
            mend = f"{_DIAGNOSE} -e litellm_diagnose_complaint=not_cached"
            yield Row(WRONG, kind, "not answered from the cache", f"{kind} is not cached", mend)
