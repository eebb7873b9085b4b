# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which known issues come and go with another version of LiteLLM, and which of the tested versions have the fewest.

A hint, as each version is: what an image really does is seen when it runs. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .._deployment.image_reference import parse_image_reference
from .._finding import finding
from .issue import KnownIssue
from .known_issues import KNOWN_ISSUES

#: The versions that the tests bring up, oldest first: tests/stack/images.py.
TESTED_VERSIONS = (
    "1.77.7",
    "1.79.3",
    "1.80.0",
    "1.80.5",
    "1.81.0",
    "1.83.14",
    "1.93.0",
    "1.99.4",
    "1.106.2",
    "1.110.2",
)


def circumstances_of(observed: dict[str, Any]) -> frozenset[str]:
    """What decides which known issues matter for a deployment.

    :param observed: what litellm_cache_info tells of it.
    """
    words = {observed["cache"]["mode"], observed["cache"]["form"] or ""}
    for one in observed["instances"]:
        words.update(one["redis_variables"] or ())
        words.update(("database",) if one["has_database"] else ())
    return frozenset(words - {""})


def issues_of(version: str | None, circumstances: frozenset[str]) -> list[KnownIssue]:
    """The known issues of a version that other versions do not have, as far as they matter.

    :param version: of LiteLLM; None for an unknown one, which has none that is known.
    """
    if version is None:
        return []
    return [
        issue
        for issue in KNOWN_ISSUES
        if (issue.first or issue.last) and issue.affects(version) and circumstances.issuperset(issue.needs)
    ]


def comparison(
    now: str | None, wanted: str, circumstances: frozenset[str], seen: str | None = None
) -> Iterator[dict[str, Any]]:
    """Findings about what the wanted image would change.

    :param now: version of LiteLLM that runs, None for an unknown one.
    :param wanted: reference of the image.
    :param seen: version of LiteLLM in it, None where nobody has looked; then its tag may tell it.
    """
    version = seen or parse_image_reference(wanted).version
    if version is None:
        message = f"the reference {wanted} does not tell the version of LiteLLM; what is known of it is not compared"
        yield finding("version_unknown", message)
        return
    before, after = (issues_of(one, circumstances) for one in (now, version))
    for issue in after:
        if issue not in before and now is not None:
            yield finding(
                "known_issue_comes", f"LiteLLM {version} has what {now} has not: {issue.title}. {issue.way_out}"
            )
    gone = [issue.title for issue in before if issue not in after]
    if gone:
        yield finding("known_issue_goes", f"LiteLLM {version} no longer has: {'; '.join(gone)}")


def advice(now: Iterable[str], circumstances: frozenset[str]) -> dict[str, Any]:
    """Which version would be the better one, for whoever names none.

    :param now: versions of LiteLLM that run.
    :returns: ``issues``, titles and ways out of what those have, and ``versions``, the tested ones with the fewest of them,
        newest first.
    """
    present = {issue.identifier: issue for version in now for issue in issues_of(version, circumstances)}
    count = {version: len(issues_of(version, circumstances)) for version in TESTED_VERSIONS}
    fewest = min(count.values())
    return {
        "issues": [{"title": issue.title, "way_out": issue.way_out} for issue in present.values()],
        "versions": [version for version in reversed(TESTED_VERSIONS) if count[version] == fewest],
        "left": fewest,
    }
