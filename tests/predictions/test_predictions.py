# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For every combination: what the proof predicts is what the real proxy then does."""

from __future__ import annotations

from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until
from ansible_collections.erni_ki.litellm.tests.predictions.cases import CASES
from ansible_collections.erni_ki.litellm.tests.predictions.fates import RealProxy, predicted

BY_NAME = {case.name: case for case in CASES}


def test_the_prediction_comes_true(
    combination: tuple[str, str, str], proxy: RealProxy, table: list[dict[str, str]]
) -> None:
    server, version, name = combination
    case = BY_NAME[name]
    until(proxy.bed.emptied, "Redis is empty")
    proxy.run_with(case.environment)
    case.before(proxy.bed)
    try:
        expected = predicted(proxy.bed, case)
        seen = proxy.observed(case)
    finally:
        case.after(proxy.bed)
    row = {"server": server, "litellm": version, "candidate": name, "predicted": str(expected), "real": str(seen)}
    table.append(row)
    assert seen == expected
    if seen.database is not None:  # what empties the cache goes where the proxy has it
        assert proxy.endpoint().db == seen.database
