# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that is wrong with the variables of a host, in one error.

Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._errors import LitellmCacheError
from .._module import CACHE, REDIS
from .._settings.keys import MODE_LOCAL
from .names import unknown_names
from .switch import is_of_redis, wrong_mode, wrong_together, wrong_variable_names
from .values import Option, is_unset, wrong_values

SWITCH = "switch"
_MODE = "litellm_cache_mode"
#: What the argument specs leave to the options of the modules.
_MEMBERS: dict[str, dict[str, Any]] = {
    "litellm_cache_redis_access": REDIS,
    "litellm_cache_redis_tls": CACHE["redis_tls"]["options"],
}


class VariableError(LitellmCacheError):
    """Variables of the role are misspelled, missing or wrong; the message names each."""


@dataclass(frozen=True)
class Given:
    """What a play gives the role on one host.

    :param names: of all variables of the host, also those that are not ours.
    :param values: of ours, evaluated.
    :param unreadable: why one of ours could not be evaluated, by name.
    :param mode_of_playbook: the mode that a playbook of the collection brings about, or None.
    :param failed_before: hosts of the play that failed already.
    """

    names: Collection[str]
    values: Mapping[str, Any]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    mode_of_playbook: str | None = None
    failed_before: Collection[str] = ()


def require_right_variables(entry_point: str, specs: Mapping[str, Any], given: Given) -> list[str]:
    """Check all variables of an entry point.

    :param specs: the argument specs of the role, entry point to its ``options``.
    :returns: what is told and is no reason to stop: on the way to the local mode, names that are none of ours.
    :raises VariableError: something is wrong with one, or another host of the play failed.
    """
    if given.failed_before:
        # A playbook works on one batch of hosts after another; whoever imports the role decides that himself.
        raise VariableError(f"{', '.join(sorted(given.failed_before))} failed, so nothing is done here.")
    strangers = _strangers(specs, given)
    told = strangers if _leads_to_local(entry_point, given) else []
    problems = [] if told else strangers
    problems += _problems(looked_at(entry_point, specs, given), given)
    if not problems and entry_point == SWITCH:
        problems = _of_switch(given)
    if not problems:
        problems = list(wrong_variable_names(_in_use(entry_point, given)))
    if problems:
        raise VariableError(" ".join(_ended(problem) for problem in problems))
    return told


def looked_at(entry_point: str, specs: Mapping[str, Any], given: Given) -> dict[str, Option]:
    """The options that the entry point uses with these values, by name."""
    return {
        name: dict(option, options=_MEMBERS[name]) if name in _MEMBERS else option
        for name, option in specs[entry_point]["options"].items()
        if not _is_idle(name, entry_point, given)
    }


def _leads_to_local(entry_point: str, given: Given) -> bool:
    """Whether it is the way to the local mode, which always arrives."""
    return entry_point == SWITCH and given.values.get(_MODE) == MODE_LOCAL


def _is_idle(name: str, entry_point: str, given: Given) -> bool:
    """Whether nobody looks at a variable of that name."""
    return _leads_to_local(entry_point, given) and is_of_redis(name)


def _strangers(specs: Mapping[str, Any], given: Given) -> list[str]:
    return unknown_names(given.names, {name for spec in specs.values() for name in spec["options"]})


def _problems(options: Mapping[str, Option], given: Given) -> list[str]:
    """What is wrong with each variable by itself."""
    broken = [f"{name} {reason}" for name, reason in given.unreadable.items() if name in options]
    missing = [
        f"{name} must be set: {_meaning(option)}. Set it in the inventory, or with --extra-vars {name}=VALUE"
        for name, option in options.items()
        if option.get("required")
        and name != _MODE
        and name not in given.unreadable
        and is_unset(given.values.get(name))
    ]
    return [*broken, *missing, *wrong_values(given.values, {name: options[name] for name in options if name != _MODE})]


def _of_switch(given: Given) -> list[str]:
    if _MODE in given.unreadable:
        return []
    problems = list(wrong_mode(given.values.get(_MODE) or "", given.mode_of_playbook))
    if not problems and given.values[_MODE] != MODE_LOCAL:
        problems = list(wrong_together(_set(given)))
    return problems


def _in_use(entry_point: str, given: Given) -> dict[str, Any]:
    return {name: value for name, value in _set(given).items() if not _is_idle(name, entry_point, given)}


def _set(given: Given) -> dict[str, Any]:
    return {name: value for name, value in given.values.items() if not is_unset(value)}


def _meaning(option: Option) -> str:
    """The first sentence of the description, fit for the middle of a sentence."""
    text = option["description"][0].rstrip(".")
    return text[0].lower() + text[1:]


def _ended(problem: str) -> str:
    return problem if problem.endswith((".", "?")) else f"{problem}."
