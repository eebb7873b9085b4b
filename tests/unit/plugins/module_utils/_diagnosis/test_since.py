# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Points in time as people write them."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.since import seconds_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import OptionError


@pytest.mark.parametrize(
    "text",
    [
        "1764150000",
        "1764150000.0",
        "2025-11-26T09:40:00Z",
        "2025-11-26 10:40:00+01:00",
        " 2025-11-26T09:40:00+00:00 ",
    ],
)
def test_the_same_moment_in_all_ways(text: str) -> None:
    assert seconds_of(text) == 1_764_150_000.0


@pytest.mark.parametrize("text", ["yesterday", "nan", "inf", "-5", "2025-13-01T00:00:00", "99999999999999"])
def test_anything_else_is_refused_with_the_option(text: str) -> None:
    with pytest.raises(OptionError, match="^since must be a date and time") as refused:
        seconds_of(text)
    assert refused.value.context["option"] == "since"
