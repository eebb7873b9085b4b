# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lets ruamel.yaml, where the host has it, read the edited sections once more.

It only reads. LiteLLM reads with PyYAML, so a section on which the two did not agree before the edit either is none that
ruamel.yaml can judge.
"""

from __future__ import annotations

import datetime
import importlib
import re
import warnings
from dataclasses import dataclass
from typing import Any

from .._errors import UnsafeEditError, UnsupportedConfigError
from .._finding import finding
from .._yaml.document import YamlText, yaml
from .._yaml.section import line_of
from .check import same_data
from .draft import MANAGED_SECTIONS

#: What ruamel.yaml is given to read for one section at most: about 2,000 lines, a quarter of a second.
MOST_CHARACTERS = 60000

# Plain words that YAML 1.1 has for truth values and numbers, and PyYAML for text.
_TEXT_TO_PYYAML = re.compile(r"[yYnN]|[-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+|[-+]?\.[0-9_]+([eE][-+]?[0-9]+)?")
_CANNOT_READ = "cannot read {}"
_READS_OTHERWISE = "reads {} otherwise than PyYAML"


@dataclass(frozen=True)
class SecondReading:
    """Who read a text once more, None where nobody did, and what the operator should know of that."""

    reader: str | None
    findings: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class _Fault:
    """What is wrong with a section, and the place in it."""

    what: str
    place: tuple[str, ...]


def read_again(before: YamlText, edited: YamlText) -> SecondReading:
    """Require that ruamel.yaml reads the managed sections of ``edited`` as PyYAML does.

    :param before: the text that the edit was made from, or ``edited`` itself where it is no edit: then nothing is refused.
    :raises UnsafeEditError: it does not, and did so before the edit.
    """
    library = library_or_none()
    if library is None:
        return SecondReading(None)
    texts = {name: _texts_around(before, edited, name) for name in MANAGED_SECTIONS}
    if any(len(text) > MOST_CHARACTERS for _text_before, text in texts.values()):
        return SecondReading(None)
    reader = f"ruamel.yaml {library.__version__}"
    findings = []
    for name, (text_before, text) in texts.items():
        fault = _fault_in(library, edited, name, text)
        if fault is None:
            continue
        told = f"{reader} {fault.what.format(name)}"
        why = None
        if "<<" in text and _last_merged_wins():
            why = f"where PyYAML {yaml.__version__} takes the last of several merged mappings, and not the first"
        elif edited is before or _fault_in(library, before, name, text_before) is not None:
            why = "without this edit too"
        if why is None:
            line = _line_of(before, fault.place)
            where = f"line {line}: " if line else ""
            raise UnsafeEditError(f"{where}{told} after the edit", line=line)
        message = f"{told} {why}, so PyYAML alone has checked the edit there"
        findings.append(finding("second_reader_no_judge", message, _line_of(before, (name,))))
    return SecondReading(reader, tuple(findings))


def library_or_none() -> Any:
    """The package ruamel.yaml, None where it cannot be imported."""
    try:
        return importlib.import_module("ruamel.yaml")
    except Exception:  # an ImportError, or what a version that is too old for this Python raises
        return None


def _last_merged_wins() -> bool:
    """Whether the PyYAML here takes ``b`` of ``<<: [*a, *b]`` for a key that both have: 6.0.4 does, all before do not."""
    return bool(yaml.safe_load("[&a {of: first}, &b {of: last}, {<<: [*a, *b]}]")[2]["of"] == "last")


def read_by(library: Any, text: str) -> Any:
    """What ruamel.yaml makes of ``text`` by the rules of YAML 1.1, which are PyYAML's.

    It may raise anything.
    """
    reader = library.YAML(typ="safe", pure=True)
    reader.version = (1, 1)
    reader.allow_duplicate_keys = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return reader.load(text)


def _fault_in(library: Any, document: YamlText, name: str, text: str) -> _Fault | None:
    """What is wrong with the section ``name`` of ``document``, which is in ``text``; None when both read the same."""
    if len(text) > MOST_CHARACTERS:
        return _Fault(_CANNOT_READ, (name,))
    wanted = {name: document.model[name]} if name in document.model else {}
    try:
        read = read_by(library, text) if text else {}
    except Exception:  # its own errors, and what its constructors let through
        return _Fault(_CANNOT_READ, (name,))
    found = {name: read[name]} if isinstance(read, dict) and name in read else {}
    place = _first_difference(wanted, found, ())
    return None if place is None else _Fault(_READS_OTHERWISE, place or (name,))


def _texts_around(before: YamlText, edited: YamlText, name: str) -> tuple[str, str]:
    """What is to be read for the section ``name`` in both texts: with the anchors in both where it may need them in one."""
    alone = [_text_around(document, name, False) for document in (before, edited)]
    if any("*" in text for text in alone) and "&" in edited.text:
        return _text_around(before, name, True), _text_around(edited, name, True)
    return alone[0], alone[1]


def _text_around(document: YamlText, name: str, with_anchors: bool) -> str:
    """The text of the section ``name``, with what has anchors where that is wanted; '' for nothing.

    All of the text where its top level is no list of keys with a text each.
    """
    keys = [key.value for key, _value in document.root.value]
    if document.root.flow_style or "<<" in keys:
        return document.text
    chunks = document.chunks()
    own = len(keys) - 1 - keys[::-1].index(name) if name in keys else None  # PyYAML takes the last one
    return "".join(chunk for number, chunk in enumerate(chunks) if number == own or (with_anchors and "&" in chunk))


def _first_difference(ours: Any, theirs: Any, place: tuple[str, ...]) -> tuple[str, ...] | None:
    """The place of the first value that the two readers have otherwise, None when there is none."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if {(type(key), key) for key in ours} != {(type(key), key) for key in theirs}:
            return place
        pairs = [(value, theirs[key], (*place, str(key))) for key, value in ours.items()]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = [(value, other, place) for value, other in zip(ours, theirs)]
    else:
        return None if same_data(ours, theirs) or _is_known(ours, theirs) else place
    differences = (_first_difference(*pair) for pair in pairs)
    return next((difference for difference in differences if difference is not None), None)


def _is_known(ours: Any, theirs: Any) -> bool:
    """Whether two values differ as the readers are known to: ``1e3`` and ``y`` are text to PyYAML alone, times have zones."""
    if isinstance(ours, str) and isinstance(theirs, (bool, float)):
        return bool(_TEXT_TO_PYYAML.fullmatch(ours))
    return isinstance(ours, datetime.datetime) and isinstance(theirs, datetime.datetime)


def _line_of(document: YamlText, place: tuple[str, ...]) -> int | None:
    """Line, from 1, of ``place`` or of what is nearest to it; None where it is not known."""
    if place[0] not in document.model:
        return None
    try:
        return line_of(document, place)
    except UnsupportedConfigError:  # a key is there twice
        return None
