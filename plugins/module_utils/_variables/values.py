# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the value of a variable is of the type and among the choices that its argument spec names.

No sentence has the value, because it may be a secret that stands in the wrong place; only words of a choice are told.

Pure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Callable

from ansible.module_utils.common.validation import check_type_dict

from .names import meant

_WHOLE = re.compile(r"[0-9]+\Z")
#: What the filter ``bool`` of Ansible takes for true, and what is false by the same habit.
_TRUTHS = {"true", "yes", "on", "1", "false", "no", "off", "0"}
#: A word that is told because it stands where one of a few words has to.
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,20}\Z")
_WANTED = {
    "int": "a whole number",
    "float": "a number that is not negative",
    "bool": "true or false",
    "list": "a list",
    "dict": "a mapping",
    "str": "text",
    "path": "a path",
}
Option = Mapping[str, Any]


def is_unset(value: Any) -> bool:
    """Whether nothing is set: surveys send an empty text for what was left empty."""
    return value is None or (isinstance(value, (str, list, tuple, dict)) and len(value) == 0)


def wrong_values(values: Mapping[str, Any], options: Mapping[str, Option]) -> list[str]:
    """One sentence for each value that its option does not allow.

    :param values: of variables, evaluated, by name.
    :param options: by name; one of the type dict may have ``options`` of its own.
    """
    return [
        sentence
        for name, option in options.items()
        if not is_unset(values.get(name))
        for sentence in _wrong(name, values[name], option)
    ]


def _wrong(name: str, value: Any, option: Option) -> Iterator[str]:
    or_empty = "" if option.get("required") else ", or empty"
    kind = option["type"]
    if not _HAS_TYPE[kind](value):
        yield f"{name} must be {_WANTED[kind]}{or_empty}"
    elif kind == "list":
        yield from _wrong_elements(name, _elements(value), option, or_empty)
    elif kind == "dict" and "options" in option:
        yield from _wrong_members(name, check_type_dict(value), option["options"])
    elif "choices" in option and value not in option["choices"]:
        yield f"{name} must be {_either(option['choices'])}{or_empty}{_not(value)}"


def _wrong_elements(name: str, elements: list[Any], option: Option, or_empty: str) -> Iterator[str]:
    kind, choices = option.get("elements", "str"), option.get("choices")
    if not all(_HAS_TYPE[kind](element) for element in elements):
        yield f"{name} must be a list, each element {_WANTED[kind]}{or_empty}"
    elif choices:
        for element in elements:
            if element not in choices:
                yield f"each element of {name} must be {_either(choices)}{_not(element)}"


def _wrong_members(name: str, members: Mapping[str, Any], options: Mapping[str, Option]) -> Iterator[str]:
    for member in members:
        if member not in options:
            known = "" if meant(str(member), options) else f", only {', '.join(sorted(options))}"
            told = member if _PLAIN.match(str(member)) else "such key"
            yield f"{name} has no {told}{meant(str(member), options)}{known}"
    for sentence in wrong_values(members, options):
        yield f"{name}: {sentence}"


def _either(choices: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))


def _not(value: Any) -> str:
    return f", not {value}" if _PLAIN.match(str(value)) else ""


def _elements(value: Any) -> list[Any]:
    """The elements of a list, or of a text with commas, as modules read it."""
    return [part.strip() for part in str(value).split(",")] if _is_scalar(value) else list(value)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (str, int, float))


def _is_whole(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return bool(_WHOLE.match(str(value).strip())) or (isinstance(value, float) and value >= 0 and value.is_integer())


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not _is_scalar(value):
        return False
    try:
        return 0 <= float(value) < math.inf
    except ValueError:
        return False


def _is_truth(value: Any) -> bool:
    return _is_scalar(value) and str(value).strip().lower() in _TRUTHS


def _is_mapping(value: Any) -> bool:
    try:
        check_type_dict(value)
    except (TypeError, ValueError):
        return False
    return True


_HAS_TYPE: dict[str, Callable[[Any], bool]] = {
    "int": _is_whole,
    "float": _is_number,
    "bool": _is_truth,
    "list": lambda value: isinstance(value, (list, tuple)) or _is_scalar(value),
    "dict": _is_mapping,
    "str": _is_scalar,
    "path": _is_scalar,
}
