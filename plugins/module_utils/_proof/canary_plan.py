# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A canary as the options of its module want it: of a change that is planned, or of the file as it is."""

from __future__ import annotations

from typing import Any

from .._deployment.config_file import ConfigFile
from .._deployment.deployment import Deployment
from .before_change import before_any_change
from .canary import Canary
from .candidate import Candidate
from .observation import Observation
from .requests import key_of


@before_any_change
def planned_canary(params: dict[str, Any]) -> Canary:
    """The canary, with everything looked at that can be known before.

    :param params: options of litellm_cache_canary.
    :raises LitellmCacheError: the deployment is not fit for the change.
    """
    if params["mode"]:
        candidate = Candidate(dict(params, confirm_timeout=None))
        candidate.look()
        candidate.plan()
        candidate.read()
        return candidate.canary()
    deployment = Deployment.open(params)
    config = ConfigFile.read(deployment.config_path)
    observed = Observation(deployment, config, key=key_of(params)).report()
    return Canary(deployment, params, config.text, observed)
