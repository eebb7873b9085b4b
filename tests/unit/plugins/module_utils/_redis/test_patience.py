# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is waited for, and what is not."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis import patience
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.refusals import BUSY, REFUSED, RedisServerError


def test_only_a_busy_server_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "RETRY_SECONDS", 0.0)
    answers = [RedisServerError("busy", code=BUSY), RedisServerError("busy", code=BUSY), 7]

    def asked() -> int:
        answer = answers.pop(0)
        if isinstance(answer, RedisServerError):
            raise answer
        return answer

    assert patience.while_busy(asked) == 7
    answers += [RedisServerError("refused", code=REFUSED), 7]
    with pytest.raises(RedisServerError, match="refused"):
        patience.while_busy(asked)
    answers[:] = [RedisServerError("busy", code=BUSY)]
    with pytest.raises(RedisServerError, match="busy"):
        patience.while_busy(asked, seconds=-1.0)
