# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan that leads back by a journal alone; ways there and back are those of test_plan_mode.py."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.journal import Journal
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan import plan_revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import ConfigParseError
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import LOCAL, RUNBOOK, codes, revert, switch

REDIS_BY_SHELL = """\
litellm_settings:
  cache: true
  cache_params:
    type: redis
    host: ${REDIS_HOST}
"""


def test_it_has_all_that_is_to_be_known_before_it_is_written() -> None:
    there = switch(RUNBOOK)
    back = revert(there)
    assert (back.base, back.candidate) == (there.candidate, RUNBOOK)
    assert (back.mode_before, back.mode_after, back.changed, back.exact) == ("redis", "local", True, True)
    assert back.journal is None and back.second_reader is not None
    assert "type redis -> local" in back.changes


def test_what_somebody_wrote_meanwhile_stays() -> None:
    there = switch(RUNBOOK)
    assert there.journal is not None
    assert plan_revert("# mine\n" + there.candidate, there.journal).candidate == "# mine\n" + RUNBOOK


def test_a_value_that_litellm_takes_as_it_stands_is_told() -> None:
    back = revert(switch(REDIS_BY_SHELL, LOCAL))
    assert back.candidate == REDIS_BY_SHELL and "dollar_value" in codes(back)


def test_a_text_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ConfigParseError):
        plan_revert("a: [", Journal("redis", "local", ()))
