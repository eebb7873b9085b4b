# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an instance runs what the file says. Pure."""

from __future__ import annotations

from typing import Any

from .._deployment.instances import Instance
from .reading import SAME


def stale_reasons(
    instance: Instance, look: dict[str, Any] | None, wanted_type: str | None, config_sha256: str, modified: float
) -> list[str]:
    """Why an instance does not run what the file says; empty when it does, as far as can be seen.

    A file that the proxy makes at its start, or finds elsewhere, is another one by its nature: there only the times tell.

    :param look: answer of the instance's ``look``, or None when it could not be asked.
    :param wanted_type: cache type that the file configures; None when it configures none.
    :param config_sha256: hash of the file on the host.
    :param modified: when the file was written, seconds since the epoch; see ConfigFile.written.
    """
    if not instance.running:
        return [f"it is {instance.status}"]
    if look is None:
        return ["it does not answer"]
    reasons = []
    reading = look["reading"]
    differs = look["config_sha256"] is not None and look["config_sha256"] != config_sha256
    if differs and reading["source"] in SAME:
        reasons.append("the file it sees differs from the host's")
    if modified > instance.started:
        reasons.append("the file is newer than its start")
    newer = [included["path"] for included in reading["included"] if included["modified"] > instance.started]
    reasons += [f"{path}, which is included, is newer than its start" for path in newer]
    if not look["answers"]:
        reasons.append("LiteLLM does not answer")
    elif look["cache_type"] is not None and look["cache_type"] != wanted_type:
        reasons.append(f"its cache is of type {look['cache_type']}, the file says {wanted_type or 'none'}")
    return reasons
