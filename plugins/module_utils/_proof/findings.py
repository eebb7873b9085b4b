# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the observations of a probe mean for an operator: a class, a sentence, a known issue, a way out.

The verdict rests on what was observed; the table of known issues only explains it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._deployment.image_reference import ImageReference
from .._finding import finding
from .._settings.keys import PLACE_KEYS
from .issue import KnownIssue
from .known_issues import KNOWN_ISSUES

#: A key that LiteLLM would not survive. It is left out of the candidate.
FATAL = "fatal"
#: A wanted value that would not be effective. The switch is refused, unless known issues are only to warn.
INEFFECTIVE = "ineffective"
#: Worth knowing, and no reason to refuse.
COSMETIC = "cosmetic"

CLASSES = {
    "key_left_out": FATAL,
    "misplaced": INEFFECTIVE,
    "ineffective": INEFFECTIVE,
    "async_broken": INEFFECTIVE,
    "shared_client": INEFFECTIVE,
    "moved": INEFFECTIVE,
    "redis_full": INEFFECTIVE,
    "permission_missing": INEFFECTIVE,
    "stored_row": INEFFECTIVE,
    "differs": COSMETIC,
    "one_client": COSMETIC,
    "failover_missed": COSMETIC,
    "permission_limited": COSMETIC,
    "certificate_name_unchecked": COSMETIC,
    "eviction_policy": COSMETIC,
    "spend_buffer_without_redis": COSMETIC,
}
REFUSING_CODES = tuple(sorted(code for code, kind in CLASSES.items() if kind == INEFFECTIVE))
#: Codes of the table of known issues for codes that only the classes tell apart.
_EXPLAINED_AS = {"differs": "ineffective", "permission_limited": "permission_missing"}
WAY_OUT = ". Way out: "
#: Ways out of known issues that are told whatever the version is.
_WAYS_OUT = {issue.identifier: issue.way_out for issue in KNOWN_ISSUES}
_SUBJECT = {"cache": "the cache", "router": "the router"}
_IN_WORDS = {"host": "the host", "port": "port", "db": "database"}


def findings_of(answer: dict[str, Any], form: str | None) -> list[dict[str, Any]]:
    """Findings for the observations of one probe, the refusing ones first.

    :param answer: what ``_inside.probe.probe`` returned.
    :param form: how the candidate names Redis: host, url, cluster or sentinel.
    """
    found = [_finding_of(seen, answer, form) for seen in answer["observations"]]
    return sorted(found, key=lambda entry: entry["class"] != INEFFECTIVE)


def _finding_of(seen: dict[str, Any], answer: dict[str, Any], form: str | None) -> dict[str, Any]:
    code = seen["code"]
    known = explain(
        {
            "code": _EXPLAINED_AS.get(code, code),
            "where": seen.get("where"),
            "setting": seen.get("setting"),
            "form": form,
            "variable": seen.get("variable"),
        },
        answer["litellm_version"],
    )
    message = _sentence(seen, answer)
    if known is not None:
        message += f" (known issue {known.identifier})"
    way_out = _way_out(seen, answer) or (known.way_out if known is not None and CLASSES[code] != FATAL else None)
    return finding(
        code,
        message + (WAY_OUT + way_out if way_out else ""),
        facts={
            "class": CLASSES[code],
            "where": seen.get("where"),
            "setting": seen.get("setting"),
            "known_issue": known.identifier if known is not None else None,
            "way_out": way_out,
        },
    )


def _sentence(seen: dict[str, Any], answer: dict[str, Any]) -> str:
    """What was observed, in one sentence without its full stop."""
    code, setting = seen["code"], seen.get("setting")
    subject = _SUBJECT.get(seen.get("where", ""), "Redis")
    if code == "key_left_out":
        return f"{_versions(answer)} would not start: {setting} is not an argument of the Redis client; left out, the rest works"
    if code == "misplaced":
        return f"{subject} would use {_in_words(setting, seen['effective'])}, not {_value(seen['wanted'])}"
    if code in ("ineffective", "differs"):
        return f"{subject} would have {setting} {_value(seen['effective'])}, not the {_value(seen['wanted'])} asked for"
    if code == "async_broken":
        client = "the router's own client" if seen.get("where") == "router" else "the client that serves requests"
        return f"{client} does not work: {seen['detail']}"
    if code == "shared_client":
        return (
            "cache and router end up on one client although their settings differ "
            f"({', '.join(seen['settings'])}), so entries go astray after some twenty minutes"
        )
    if code == "moved":
        return f"{subject} would know one node of a Redis Cluster alone, and fail for the keys of all others (MOVED)"
    if code == "failover_missed":
        return "the router's own connection names one server, and does not follow the Sentinels to another one"
    if code == "one_client":
        return "cache and router end up on one client, which is harmless because their settings agree"
    if code == "redis_full":
        return f"Redis would not store an entry, because its memory is full: {seen['detail']}"
    if code in ("permission_missing", "permission_limited"):
        return f"the Redis user may not use {setting}: {seen['detail']}"
    if code == "certificate_name_unchecked":
        return "the host name in the server's certificate is not checked"
    if code == "stored_row":
        return (
            f"cache settings saved in LiteLLM's database ({seen['detail']}) replace those of the file within 30 s of a "
            "start"
        )
    return "Redis refuses writes when its memory is full, because maxmemory-policy is noeviction"


def _in_words(setting: Any, value: Any) -> str:
    return f"{_IN_WORDS.get(setting, setting)} {_value(value)}"


def _value(value: Any) -> str:
    """A setting as a person would write it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def _way_out(seen: dict[str, Any], answer: dict[str, Any]) -> str | None:
    """The way out that the observation itself tells; None where only the table has one."""
    variable = seen.get("variable")
    if variable and variable in (answer.get("set_by_file") or ()):
        return out_of_the_section(variable)
    if variable == "REDIS_URL":
        return _WAYS_OUT["LITELLM-REDIS-URL-WINS"]
    if variable:
        return f"the proxy's environment variable {variable} does it: do not export it to the proxy"
    if seen["code"] == "failover_missed" or seen.get("where") == "router" and CLASSES[seen["code"]] == INEFFECTIVE:
        return "set litellm_cache_router to consistent or none"
    if seen["code"] == "moved":
        return "name the nodes of the Cluster in litellm_cache_redis_cluster_nodes"
    if seen["code"] == "redis_full":
        return "raise maxmemory, or set maxmemory-policy to allkeys-lru"
    if seen["code"] == "permission_missing":
        return f"allow the user +{seen['setting'].lower()}, for the keys of the cache"
    if seen["code"] == "stored_row":
        return _WAYS_OUT["LITELLM-STORED-ROW-WINS"]
    return None


def out_of_the_section(variable: str) -> str:
    """The way out where not the container but the file itself sets a variable."""
    return f"environment_variables of the file sets {variable}: take it out there"


def refusal_of(findings: list[dict[str, Any]], answer: dict[str, Any]) -> str | None:
    """Why a candidate is refused, None when it is not.

    :param findings: those of an observation have a ``class``; those of a plan or a reading have none, and refuse nothing.
    :param answer: has ``litellm_version`` and ``redis_py_version``.
    """
    refusing = [entry for entry in findings if entry.get("class") == INEFFECTIVE]
    if not refusing:
        return None
    reasons = [entry["message"].removesuffix(f"{WAY_OUT}{entry['way_out']}") for entry in refusing]
    ways_out = dict.fromkeys(entry["way_out"] for entry in refusing if entry["way_out"])
    return (
        f"{_versions(answer)}: "
        + "; and ".join(reasons)
        + "".join(f"{WAY_OUT}{way}" for way in ways_out)
        + ". To go on all the same, set litellm_cache_known_issues to warn"
    )


def _versions(answer: dict[str, Any]) -> str:
    return f"LiteLLM {answer['litellm_version']} with redis-py {answer['redis_py_version']}"


def present_issues(
    findings: list[dict[str, Any]],
    litellm_version: str | None,
    image: ImageReference | None,
    circumstances: frozenset[str],
    set_by_file: Iterable[str] = (),
) -> list[dict[str, Any]]:
    """The known issues that are present: those observed, then those of this version that cannot be observed.

    :param findings: what :func:`findings_of` returned.
    :param circumstances: cache mode, form, ``database``, names of the proxy's REDIS_* variables.
    :param set_by_file: names of variables that the file itself sets.
    """
    of_the_file = frozenset(set_by_file)
    observed = dict.fromkeys(entry["known_issue"] for entry in findings if entry["known_issue"])
    by_version = [
        issue for issue in expected(litellm_version, image, circumstances) if issue.identifier not in observed
    ]
    issues = [(issue, True) for issue in KNOWN_ISSUES if issue.identifier in observed]
    issues += [(issue, False) for issue in by_version]
    return [
        {
            "identifier": issue.identifier,
            "title": issue.title,
            "observed": seen,
            "way_out": next(map(out_of_the_section, of_the_file.intersection(issue.needs)), issue.way_out),
        }
        for issue, seen in issues
    ]


def heeded(stored: dict[str, Any] | None) -> dict[str, Any] | None:
    """The cache settings of LiteLLM's database that the proxy heeds, None for none.

    :param stored: what ``_inside.conversation.stored_settings`` returned, None where there is no database.
    """
    return stored["settings"] if stored is not None and not stored["ignored"] else None


def stored_row(stored: dict[str, Any] | None, wanted: dict[str, Any]) -> dict[str, Any] | None:
    """The observation that a row in LiteLLM's database contradicts the candidate; None when none does.

    :param stored: what ``_inside.conversation.stored_settings`` returned, None where there is no database.
    :param wanted: ``type``, and ``host``, ``port`` and ``db`` for Redis, of the candidate.
    """
    settings = heeded(stored)
    if not settings:
        return None
    unlike = [
        name
        for name, value in wanted.items()
        if value not in (None, "literal") and str(settings.get(name, value)) != str(value)
    ]
    if not unlike:
        return None
    shown = ", ".join(f"{name}: {settings[name]}" for name in ("type", *PLACE_KEYS) if name in settings)
    return {"code": "stored_row", "where": "database", "setting": unlike[0], "detail": shown}


def explain(finding: dict, litellm_version: str | None) -> KnownIssue | None:
    """The known issue that explains an observation, None when the table has none for this version.

    :param finding: ``code``, ``where``, ``setting``, ``form`` and ``variable`` of the observation.
    :param litellm_version: version of the package, None for unknown.
    """
    best: KnownIssue | None = None
    weight = 0
    for issue in KNOWN_ISSUES:
        if not issue.affects(litellm_version):
            continue
        for seen in issue.observed_as:
            if seen.matches(finding) and seen.weight() > weight:
                best, weight = issue, seen.weight()
    return best


def expected(
    litellm_version: str | None, image: ImageReference | None, circumstances: frozenset[str]
) -> list[KnownIssue]:
    """The issues of a version or of an image tag that the proof cannot observe, and that matter here.

    :param litellm_version: version of the package; None matches nothing by version.
    :param image: of the instance, None for unknown.
    :param circumstances: cache mode, form, ``database``, names of the proxy's REDIS_* variables.
    """
    tag = image.tag if image is not None else None
    found = []
    for issue in KNOWN_ISSUES:
        by_version = litellm_version is not None and not issue.observed_as and issue.affects(litellm_version)
        by_tag = tag is not None and tag in issue.tags
        if (by_version or by_tag) and circumstances.issuperset(issue.needs):
            found.append(issue)
    return found
