# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step before any change says when it refuses: that nothing was changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from .._errors import LitellmCacheError

UNTOUCHED = "; nothing was changed"
Step = TypeVar("Step", bound=Callable[..., Any])


def before_any_change(step: Step) -> Step:
    """Let what a step refuses say that nothing was changed."""

    @wraps(step)
    def told(*words: Any, **named: Any) -> Any:
        try:
            return step(*words, **named)
        except LitellmCacheError as error:
            if UNTOUCHED not in str(error):
                error.args = (f"{error}{UNTOUCHED}",)
            raise

    return cast(Step, told)
