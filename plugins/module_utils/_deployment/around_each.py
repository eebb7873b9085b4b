# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands of the operator around the restart of each instance, such as those that tell a load balancer.

Standard library only: the guard runs them too.
"""

from __future__ import annotations

import os
import shlex

from .._errors import LitellmCacheError
from .command import CommandError, run
from .instances import Instance


class AroundEachError(LitellmCacheError):
    """A command of the operator failed, or did not end."""


def run_around(command: str, instance: Instance, option: str, timeout: float) -> None:
    """Run a command, without a shell; nothing where it is empty.

    It gets the name of the instance as LITELLM_INSTANCE, and its addresses, with spaces between, as LITELLM_ADDRESSES.

    :param option: what it stands in.
    :param timeout: seconds until it must have ended.
    :raises AroundEachError: it cannot be run, fails, or does not end.
    """
    if not command:
        return
    addresses = " ".join(address for _network, address in instance.networks)
    told = {"LITELLM_INSTANCE": instance.name, "LITELLM_ADDRESSES": addresses}
    try:
        ended = run(_words(command), {**os.environ, **told}, timeout)
    except CommandError as error:
        raise AroundEachError(f"the command of {option} {error}, for {instance.name}") from None
    if ended.code:
        reason = f": {ended.reason}" if ended.reason else ""
        raise AroundEachError(f"the command of {option} ended with {ended.code}, for {instance.name}{reason}")


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise CommandError(f"cannot be run: {error}") from None
