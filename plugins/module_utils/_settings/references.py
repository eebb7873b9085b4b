# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of references to variables (``os.environ/NAME``) that stand where a wish has a value.

An option that has its default contradicts no reference: the cache stays where the deployment's own variables lead it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from .._finding import finding
from .keys import PLACE_KEYS, TIMEOUT_KEYS
from .public_values import environment_name, is_public
from .target import SectionTarget, Wanted
from .wishes import CacheWishes


def wanted_place(wishes: CacheWishes, params: dict[str, Any]) -> dict[str, Any]:
    """Host, port and database: those of the wishes, and the file's own where they are references that no option contradicts.

    A host that is a reference leads to the place where the cache is now. Then port and database stay with it, written or not: a
    key that is neither in the file nor wished is left out.

    :param params: ``cache_params`` of the file, {} where they do not name a host.
    """
    place: dict[str, Any] = {key: getattr(wishes, f"redis_{key}") for key in PLACE_KEYS}
    by_default = [key for key in PLACE_KEYS if place[key] == getattr(CacheWishes, f"redis_{key}")]
    host_stays = "host" in by_default and environment_name(params.get("host"))
    for key in by_default:
        if environment_name(params.get(key)) or (host_stays and key in params):
            place[key] = params[key]
        elif host_stays:
            del place[key]
    return place


def wanted_timeouts(wishes: CacheWishes) -> list[Wanted]:
    """The timeouts; a reference stays where the option has its default."""
    given = {key: getattr(wishes, key) for key in TIMEOUT_KEYS}
    return [Wanted(key, value, reference_stays=value == getattr(CacheWishes, key)) for key, value in given.items()]


def with_references_of(wanted: Iterable[Wanted], params: dict[str, Any]) -> Iterator[Wanted]:
    """The same settings for a second section, with the references that stay in ``params``."""
    for item in wanted:
        current = params.get(item.key)
        stays = item.reference_stays and environment_name(current)
        yield replace(item, value=current) if stays else item


def replaced_references(
    section: str, wanted: Iterable[Wanted | SectionTarget], model: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """A finding for each reference whose place another value takes.

    :param section: its name.
    :param model: what the section holds now.
    """
    for item in wanted:
        name = environment_name(model.get(item.key))
        if isinstance(item, Wanted) and name and not item.met_by(model):
            value = _in_words(item.value) if is_public(item.key, item.value) else "a literal"
            yield finding(
                "reference_replaced", f"{section}.{item.key} was os.environ/{name}, and is {value} after the change"
            )


def _in_words(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
