# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks the proxy for an answer while its Redis serves nobody, which holds up all clients of Redis.

The server ends it by itself (``CLIENT PAUSE``), so nothing has to be taken back, whatever becomes of this program.
"""

from __future__ import annotations

import time

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    cache_params_of,
    key_for,
    load_settings,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.conversation import Conversation
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.operations import asked
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, describe
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_client import (
    plain_client,
    redis_library,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import as_the_proxy_connects
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import group_of


def ask_while_redis_hangs(request: dict) -> dict:
    """Let Redis hang, ask for an answer that nobody has asked for, and come back when Redis serves again.

    :param request: ``candidate``: text of the configuration that says where Redis is, ``hangs``: seconds, ``prompt``, and what
        ``operations.ask`` takes.
    :returns: the answer, as ``operations.ask`` tells it; its ``seconds`` are those of the client that waited.
    :raises Refusal: ``not_allowed`` where the server does not let the proxy's user do that, or has others that would take over;
        ``no_answer``.
    """
    proxy = Proxy.find()
    proxy.enter()
    params = as_the_proxy_connects(cache_params_of(load_settings(proxy, request)))
    if group_of(params) is not None:
        raise Refusal("not_allowed", "a server of a Cluster, or behind Sentinels, would be replaced meanwhile")
    conversation = Conversation(proxy, key_for(proxy, request), request["timeout"])
    errors = redis_library().exceptions
    try:
        client = plain_client(params, request["timeout"])
        client.execute_command("CLIENT", "PAUSE", int(request["hangs"] * 1000))
    except errors.RedisError as error:
        raise Refusal("not_allowed", describe(error)) from None
    began = time.monotonic()
    try:
        return asked(conversation, request, request["prompt"])
    finally:
        conversation.close()
        # Whoever comes next would take the rest of it for a fault.
        time.sleep(max(0.0, request["hangs"] - (time.monotonic() - began)))
