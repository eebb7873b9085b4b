# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Compose makes of the shapes that compose_shapes draws, by PyYAML and nothing of ours.

It knows no more of Compose than these shapes need; `tests/integration/test_compose_agrees.py` asks Compose itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)(?:(:?[-+?])((?:[^{}]|\{[^{}]*\})*))?\})")


def variables_of(text: str, known: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment file, beneath those that are known."""
    found: dict[str, str] = {}
    for line in text.lstrip("\ufeff").splitlines():
        match = re.fullmatch(r"(?:export )?(\w+) ?[=:] ?(.*)", line.split(" #")[0].strip())
        if match:
            value = match[2].strip("'\"")
            found[match[1]] = value if match[2].startswith("'") else interpolated(value, {**found, **known})
    return {**found, **known}


def interpolated(value: Any, variables: Mapping[str, str]) -> Any:
    """A value with its variables put in, in all that it holds."""
    if isinstance(value, dict):
        return {key: interpolated(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolated(item, variables) for item in value]
    if not isinstance(value, str):
        return value

    def meaning(match: re.Match) -> str:
        dollar, plain, braced, operator, word = match.groups()
        if dollar:
            return "$"
        there = variables.get(plain or braced)
        is_set = bool(there) if (operator or "").startswith(":") else there is not None
        if operator and operator.endswith("+"):
            return interpolated(word, variables) if is_set else ""
        if operator and operator.endswith("-") and not is_set:
            return interpolated(word, variables)
        return there or ""

    return _VARIABLE.sub(meaning, value)


def services_of(directory: Path, named: tuple[str, ...], shell: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The services of a project, interpolated, by their names."""
    return _services(directory, named, variables_of((directory / ".env").read_text(), shell))


def _services(directory: Path, named: tuple[str, ...], variables: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = {}
    for path in named:
        for document in yaml.safe_load_all((directory / path).read_text()):
            document = interpolated({key: document.get(key) for key in ("services", "include")}, variables)
            own = document["services"] or {}
            for name, service in own.items():
                services[name] = {**services.get(name, {}), **_extended(directory, own, service, variables)}
            for entry in document["include"] or []:
                files = entry["path"] if isinstance(entry["path"], list) else [entry["path"]]
                inner = variables
                if "env_file" in entry:
                    inner = variables_of((directory / entry["env_file"]).read_text(), variables)
                services.update(_services(directory, tuple(files), inner))
    return services


def _extended(directory: Path, own: dict, service: dict, variables: Mapping[str, str]) -> dict[str, Any]:
    extends = service.get("extends")
    if extends is None:
        return service
    if isinstance(extends, str):
        extends = {"service": extends}
    if "file" in extends:
        file = directory / extends["file"]
        directory, own = file.parent, interpolated(yaml.safe_load(file.read_text())["services"], variables)
    return {**_extended(directory, own, own[extends["service"]], variables), **service}
