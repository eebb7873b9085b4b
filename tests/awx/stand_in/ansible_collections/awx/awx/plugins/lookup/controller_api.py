# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands for the lookup of `awx.awx` that asks for objects, see plugins/action/object.py."""

from __future__ import annotations

from typing import Any

from ansible.plugins.lookup import LookupBase

from ..action.object import request


class LookupModule(LookupBase):
    """The objects of endpoints."""

    def run(self, terms: list[str], variables: Any = None, **options: Any) -> list[Any]:
        """The objects that the question leaves."""
        return [one for term in terms for one in request("GET", term, **options.get("query_params", {}))["results"]]
