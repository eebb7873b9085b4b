# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter as templates use it."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.erni_ki.litellm.plugins.filter.counted import FilterModule

COUNTED = FilterModule().filters()["counted"]


@pytest.mark.parametrize(("number", "told"), [(1, "1 key"), ("2", "2 keys"), (2.0, "2 keys"), ("1.5", "1.5 keys")])
def test_a_number_may_be_text(number: object, told: str) -> None:
    assert COUNTED(number, "key") == told


def test_what_is_no_number_is_refused_without_being_told() -> None:
    with pytest.raises(AnsibleFilterError, match="counted takes a number, not str") as refused:
        COUNTED("sk-secret", "key")
    assert "sk-secret" not in str(refused.value)
