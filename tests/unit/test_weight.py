# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many files of the collection each module brings along: Ansible parses and packs them on the controller in each run.

Each costs about 3 ms there, and as much on the managed host in each call if it is imported. The numbers are exact, so that one
that grows is seen by whoever makes it grow, and one that shrinks stays small.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.erni_ki.litellm.tests.unit.support.imports import MODULE_UTILS, PACKAGE, files, imports_of

MODULES = MODULE_UTILS.parent / "modules"
#: Files by module, and why the big ones are big.
WEIGHTS = {
    # Documented here, run on the controller.
    "litellm_cache_variables": 0,
    "report": 0,
    # The state directory, the names of containers that say which one it is, and nothing else.
    "litellm_cache_verification": 30,
    "litellm_cache_history": 32,
    "litellm_cache_snapshots": 43,  # reads YAML too, to say what another snapshot would change
    # They ask the instances: the files of _inside that may run there, all but a few as sources.
    "litellm_cache_diagnosis": 60,
    "redis_cache_info": 69,
    "litellm_cache_latency": 69,
    "litellm_restart": 93,  # proves each instance as soon as it is back, and has a bridge over the only one
    "litellm_cache_info": 80,
    "redis_cache_flush": 91,  # knows where the Redis of the proxy is, and remembers whom it must restart
    "litellm_cache_roundtrip": 100,  # all experiments
    "litellm_cache_status": 99,  # all that there is to tell, in one call
    "litellm_host": 18,
    # The edit, and its way back.
    "litellm_cache_guard": 97,  # undoes an edit in a file that somebody edited since
    "litellm_cache_mode": 148,  # a whole change in one call, and the program of the guard
    "litellm_cache_probe": 148,  # the same, up to the commit
    "litellm_image": 161,  # a whole change of the image in one call, with Compose's files
    "litellm_cache_canary": 149,  # a whole change up to the commit, and the clone
}


def test_no_module_brings_more_along_than_it_did() -> None:
    found = {path.stem: weight_of(path) for path in sorted(MODULES.glob("*.py"))}
    assert {module: (found.get(module), files) for module, files in WEIGHTS.items() if found.get(module) != files} == {}
    assert set(found) == set(WEIGHTS)


def weight_of(module: Path) -> int:
    """How many files a module brings along, by itself or by way of another, but for those that make a room a package."""
    paths = files()
    names = set(imports_of(f"{PACKAGE.rpartition('.')[0]}.modules.{module.stem}", module))
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        more = set(imports_of(f"{PACKAGE}.{name}", paths[name])) - names
        names |= more
        waiting += more
    assert names <= set(paths)
    return len(names)
