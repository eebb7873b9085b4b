# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request that somebody complains of, as an option carries it.

Pure. Nothing of it is in an error.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from .._errors import OptionError


def body_of(text: str) -> dict[str, Any]:
    """The body of a request.

    :param text: its JSON in base64. Ansible would take plain JSON for a mapping, and mask each value of it everywhere.
    :raises OptionError: it is something else.
    """
    try:
        body = json.loads(base64.b64decode(text, validate=True))
    except ValueError:
        raise OptionError("request", "request must be the JSON body of a request, in base64") from None
    if not isinstance(body, dict):
        raise OptionError("request", "request must be a JSON mapping, as the body of a request is one")
    return body


def with_controls(body: dict[str, Any], key: dict[str, Any] | None) -> dict[str, Any]:
    """The body as LiteLLM takes it: what its virtual key says of the cache takes the place of what it says itself.

    :param key: what is known of the key, None for nothing.
    """
    controls = (key or {}).get("controls")
    return body if controls is None else {**body, "cache": controls}
