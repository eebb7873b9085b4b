# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of variables: which are ours, and which was meant.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: What the names of all variables start with: those of the cache, and of the upgrade alone.
PREFIXES = ("litellm_cache_", "litellm_upgrade_")
#: What the playbooks use by themselves, because no role can choose its own hosts. All others stand in the argument specs.
OF_THE_PLAYBOOKS = ("litellm_cache_hosts", "litellm_cache_serial")
#: How alike two names have to be without what they all start with, from 0 to 1.
_ALIKE = 0.6


def unknown_names(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """One sentence for each name that starts like ours and is none, and one for whoever chose it himself.

    :param names: of all variables of a host.
    :param known: of all variables that the argument specs describe.
    """
    ours = {*known, *OF_THE_PLAYBOOKS}
    strange = sorted(name for name in names if name.startswith(PREFIXES) and name not in ours)
    told = [f"{name} is no variable of erni_ki.litellm{meant(name, ours)}" for name in strange]
    begun = [prefix for prefix in PREFIXES if any(name.startswith(prefix) for name in strange)]
    return [*told, f"The name of a variable of your own must not start with {' or '.join(begun)}"] if told else []


def meant(name: str, known: Iterable[str]) -> str:
    """The end of a sentence with the known name that is most like an unknown one; '' where none is like it."""
    endings = {_ending(other): other for other in known}
    alike = get_close_matches(_ending(name), sorted(endings), n=1, cutoff=_ALIKE)
    return f", did you mean {endings[alike[0]]}?" if alike else ""


def _ending(name: str) -> str:
    """A name without what all of its kind start with."""
    return name[len(next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")) :]
