# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of a pending change, and its lease."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import Lease, PendingChange, uptime
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE


def test_it_is_the_same_when_it_was_stored() -> None:
    assert PendingChange.from_dict(json.loads(json.dumps(CHANGE.to_dict()))) == CHANGE


def test_what_is_shown_holds_neither_journal_nor_keys() -> None:
    assert set(CHANGE.summary()) & {"journal", "planted", "started", "deployment"} == set()


def test_it_says_what_by_whom_since_when() -> None:
    assert CHANGE.in_words() == "a change from local to redis by alice since 2023-11-14T22:13:20Z, run night-1"


@pytest.mark.parametrize(("timeout", "first"), [(60, 30), (300, 30), (20, 20)])
def test_the_first_sign_of_life_is_due_sooner(timeout: float, first: float) -> None:
    lease = Lease.begin("night-1", timeout)
    assert first - 1 < lease.remaining() <= first
    assert timeout - 1 < lease.renew().remaining() <= timeout


def test_a_lease_runs_out_and_is_renewed() -> None:
    lease = Lease.begin("night-1", 60).renew()
    assert 59 < lease.remaining() <= 60
    old = replace(lease, renewed=uptime() - 61)
    assert old.remaining() < 0
    assert old.renew().remaining() > 59


def test_the_clock_moves_no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    lease = Lease.begin("night-1", 60).renew()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86400)
    assert lease.remaining() > 59
    monkeypatch.setattr(time, "time", lambda: now - 86400)
    assert lease.remaining() <= 60


def test_another_start_of_the_host_ends_a_lease() -> None:
    lease = replace(Lease.begin("night-1", 60), boot="another")
    assert not lease.of_this_boot and lease.remaining() == 0
    assert lease.renew().of_this_boot
