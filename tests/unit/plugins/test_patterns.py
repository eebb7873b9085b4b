# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every regular expression of the modules, against texts that somebody else makes: the log of a proxy holds what its
clients send.

Nothing is timed: the characters are counted that a matcher looks at. The same text, twice as long, takes about twice as
many, where a pattern that tries each way through its repetitions takes four or eight times as many.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins import module_utils
from ansible_collections.erni_ki.litellm.tests.unit.support.regex_steps import GIVEN_UP, Steps, texts_of

LENGTH = 60
#: Steps that a text twice as long may take more. Its end adds some, so it is not exactly two.
GROWTH = 2.6
ROOT = Path(str(module_utils.__path__[0]))
#: Patterns that are not linear, and why that does no harm.
EXCUSED = {
    "_URLS_WITH_SECRET": "within one word of the operator's own file, where the end of a password is the last @ of the word",
}


def patterns_in(value: Any) -> Iterator[Any]:
    """The compiled patterns of a constant."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from patterns_in(part)


def all_patterns() -> dict[tuple[str, str], list[Any]]:
    """By file and name."""
    found = {}
    for module in pkgutil.walk_packages([str(ROOT)], f"{module_utils.__name__}."):
        if not module.ispkg:
            for name, value in vars(importlib.import_module(module.name)).items():
                patterns = list(patterns_in(value))
                if patterns:
                    found[module.name[len(module_utils.__name__) + 1 :], name] = patterns
    return found


SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.py")))
PATTERNS = all_patterns()


def uses_of(name: str) -> set[str]:
    """How a constant is used: its methods that are called. Those of a table are called by the name of a loop."""
    called = set(re.findall(rf"\b{name}\.(match|fullmatch|search|sub|split|findall|finditer)\(", SOURCES))
    return called or ({"match"} if name == "_OTHERS" else {"search"})


def growth(pattern: Any, use: str) -> tuple[float, str]:
    """The most that any text of those made for a pattern grows by, and which one it is."""
    steps = Steps(pattern)
    short, long = texts_of(steps, LENGTH), texts_of(steps, 2 * LENGTH)
    taken = ((steps.of(short[key], use), steps.of(long[key], use), repr(short[key])) for key in short)
    grown = ((float("inf") if more == GIVEN_UP else more / max(LENGTH * 4, some), text) for some, more, text in taken)
    return max(grown, default=(0.0, ""))


@pytest.mark.parametrize(("module", "name"), [pytest.param(*key, id="-".join(key)) for key in sorted(PATTERNS)])
def test_twice_the_text_is_twice_the_work(module: str, name: str) -> None:
    if name in EXCUSED:
        return
    for pattern in PATTERNS[module, name]:
        for use in sorted(uses_of(name)):
            grown, text = growth(pattern, use)
            assert grown <= GROWTH, f"{pattern.pattern!r}.{use} takes {grown:.1f} times as long on {text} twice"


@pytest.mark.parametrize("name", sorted(EXCUSED))
def test_an_excuse_is_needed(name: str) -> None:
    patterns = [pattern for (_module, known), found in PATTERNS.items() for pattern in found if known == name]
    assert max(growth(pattern, use)[0] for pattern in patterns for use in uses_of(name)) > GROWTH


@pytest.mark.parametrize(
    ("pattern", "linear"),
    [("a+b", False), (r"(a*)*b", False), ("^a+b", True), (r"\ba{1,9}b", True), (r"x(?:ab)+y", True), (r"\s*\Z", False)],
)
def test_the_count_tells_them_apart(pattern: str, linear: bool) -> None:
    assert (growth(re.compile(pattern), "search")[0] <= GROWTH) == linear
