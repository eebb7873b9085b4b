# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which instances have no container, and which cannot be made anew. The rest: tests/integration/test_real_upgrade.py."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import DeploymentError, Instance
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.recreation import (
    missing_of,
    require_recreatable,
)

ONE = Instance("a" * 64, "ki-litellm-1", "ki", "running", "litellm:1", 1.0, 0, 0, 60, (), (), number=1)
TWO = replace(ONE, id="b" * 64, name="ki-litellm-2", number=2)


def test_the_missing_ones_come_in_the_order_of_their_numbers() -> None:
    names = {"ki-litellm-3": 3, "ki-litellm-1": 1, "ki-litellm-2": 2}
    assert list(missing_of(names, (TWO,)).items()) == [("ki-litellm-1", 1), ("ki-litellm-3", 3)]
    assert missing_of({"ki-litellm-1": 1}, (ONE, TWO)) == {}


def test_what_compose_did_not_number_it_did_not_make() -> None:
    require_recreatable((ONE, TWO))
    with pytest.raises(DeploymentError, match="ki-litellm-2 has no number of Compose's"):
        require_recreatable((ONE, replace(TWO, number=0)))
