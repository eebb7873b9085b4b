# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The migrations of the database that the LiteLLM of this container brings along: it does at each start what is not done yet."""

from __future__ import annotations

import importlib.util
import os
import re

#: The package with them, and the folder in it (litellm-proxy-extras, LiteLLM 1.77.7 to 1.110.2).
_PACKAGE, _FOLDER = "litellm_proxy_extras", "migrations"
_NAME = re.compile(r"\d{14}_\w{1,150}")
_AT_MOST = 5000


def migrations(_request: dict) -> dict:
    """Their ``names``, oldest first; None where this LiteLLM brings none along."""
    spec = importlib.util.find_spec(_PACKAGE)  # which does not import it
    for place in spec.submodule_search_locations or () if spec is not None else ():
        folder = os.path.join(place, _FOLDER)
        if os.path.isdir(folder):
            return {"names": sorted(name for name in os.listdir(folder) if _NAME.fullmatch(name))[:_AT_MOST]}
    return {"names": None}
