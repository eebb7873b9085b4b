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
_TOLD_AFTER_RESTART = {
    "redis": {True: "the answer of before came from Redis", False: "the answer of before was not given any more"},
    "local": {
        True: "the request was answered anew",
        False: "the answer of before was given although the memory is new",
    },
}
_BRIEF = {
    "restart": "a restart does to the cache what it should not",
    "hang": "without Redis the proxy does not answer",
}


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
    yield from _rows_of_kinds(proof, mode)
    for trial in proof.get("trials") or []:
        yield _row_of_trial(trial, mode)


def _row_of_trial(trial: dict[str, Any], mode: str) -> Row:
    """What was tried only where it is allowed; what went wrong is told with the reason, where there is one."""
    after_restart = trial["trial"] == "restart"
    what = "after a restart" if after_restart else "while Redis hangs"
    if trial["given"] is None:
        return Row(NOTE, what, f"not shown: {trial['reason']}")
    told = _TOLD_AFTER_RESTART[mode][trial["given"]] if after_restart else "the proxy did not answer"
    if not trial["given"]:
        return Row(WRONG, what, trial["reason"] or told, _BRIEF[trial["trial"]], _DIAGNOSE)
    if after_restart:
        return Row(OK, what, told)
    hung = counted(trial["hung"], "second")
    held_up = trial["seconds"] >= trial["hung"]
    told = f"a request was answered in {counted(trial['seconds'], 'second')}, and Redis hung for {hung}"
    return Row(NOTE, what, f"{told}: it was held up until the end") if held_up else Row(OK, what, told)


def _rows_of_kinds(proof: dict[str, Any], mode: str) -> Iterator[Row]:
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
            mend = f"{_DIAGNOSE} -e litellm_cache_diagnose_complaint=not_cached"
            yield Row(WRONG, kind, "not answered from the cache", f"{kind} is not cached", mend)
