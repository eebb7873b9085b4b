# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cache and router on one client: entries go astray, and do not where the settings agree.

LiteLLM keeps its clients for ten minutes. The image of this test keeps them for two seconds, so that what takes some
twenty minutes happens while it is watched.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Iterator

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.predictions.cases import CASES, Case
from ansible_collections.erni_ki.litellm.tests.predictions.fates import RESPONSE_KEY, RealProxy, findings_of_probe

#: Longer than several lives of a client.
WATCHED_SECONDS = 40.0
BY_NAME = {case.name: case for case in CASES}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealProxy]:
    """A stack whose LiteLLM forgets its clients quickly."""
    directory = tmp_path_factory.mktemp("stack") / "project"
    bed = Bed.up(directory, f"erni-ki-shared-{os.getpid()}", "1.80.5-short-client-life")
    yield RealProxy(bed)
    bed.down()


def busy(name: str) -> Case:
    """A case whose router asks Redis at each request, as it does for limits and for the state of deployments."""
    case = BY_NAME[name]
    return replace(case, router=dict(case.router or {}, routing_strategy="usage-based-routing-v2"))


def astray(proxy: RealProxy) -> int:
    """Ask until an entry lies in the router's database, or the time is over.

    :returns: how many entries lie there.
    """
    began = time.monotonic()
    while time.monotonic() - began < WATCHED_SECONDS:
        proxy.ask()
        entries = [key for key in proxy.bed.redis(0).scan_iter() if RESPONSE_KEY.match(key)]
        if entries:
            return len(entries)
    return 0


def test_entries_go_astray_as_predicted(proxy: RealProxy) -> None:
    case = busy("host form, router as in the runbook")
    assert "shared_client" in findings_of_probe(proxy.bed, case)
    proxy.start(case)
    assert astray(proxy) > 0


@pytest.mark.rest
def test_a_consistent_router_makes_it_harmless(proxy: RealProxy) -> None:
    case = busy("host form, router consistent")
    found = findings_of_probe(proxy.bed, case)
    assert "one_client" in found and "shared_client" not in found
    proxy.bed.redis().flushall()
    proxy.start(case)
    assert astray(proxy) == 0
    assert any(RESPONSE_KEY.match(key) for key in proxy.bed.redis(1).scan_iter())
