# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step before any change says when it refuses: that nothing was changed; and what is no reason to refuse."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from .._change.metrics_file import MetricsError, require_directory
from .._errors import LitellmCacheError
from .._finding import finding
from .._settings.keys import MODE_LOCAL

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


def unproved(observed: dict[str, Any], lacking: str, advice: str) -> str:
    """That no instance does what a proof needs, what the instances tell of that, and what to do.

    :param observed: what Observation reports.
    """
    problems = dict.fromkeys(entry["problem"] for entry in observed["instances"] if entry["problem"])
    told = "".join(f"; {problem}" for problem in problems)
    return (
        f"no instance of {observed['project']} {lacking}, so a switch to Redis cannot be proved before it is "
        f"made{told}{UNTOUCHED}. {advice}, run the playbook erni_ki.litellm.rollback_local"
    )


def require_metrics(params: dict[str, Any]) -> None:
    """Check that the metrics can be written that the options ask for; on the way to the local mode that is no reason.

    :raises MetricsError: they cannot.
    """
    if params.get("textfile_dir") and params.get("mode") != MODE_LOCAL:
        require_directory(params["textfile_dir"])


def no_metrics(params: dict[str, Any]) -> list[dict[str, Any]]:
    """The finding that no metrics will be written, where that is no reason to refuse."""
    try:
        require_directory(params.get("textfile_dir") or "/")
    except MetricsError as error:
        return [finding("no_metrics", f"no metrics will be written: {error}")]
    return []
