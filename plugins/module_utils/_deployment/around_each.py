# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands of the operator around the restart of each instance, such as those that tell a load balancer.

Standard library only: the guard runs them too.
"""

from __future__ import annotations

import os
import shlex
import subprocess

from .._errors import LitellmCacheError
from .instances import Instance

#: Characters of what a command says that an error tells.
SAID_AT_MOST = 300


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
    told = {
        "LITELLM_INSTANCE": instance.name,
        "LITELLM_ADDRESSES": " ".join(address for _network, address in instance.networks),
    }
    try:
        done = subprocess.run(
            shlex.split(command),
            env={**os.environ, **told},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AroundEachError(
            f"the command of {option} did not end within {timeout:.0f} s for {instance.name}"
        ) from None
    except (OSError, ValueError) as error:
        raise AroundEachError(f"the command of {option} cannot be run for {instance.name}: {_reason(error)}") from None
    if done.returncode:
        said = [line for line in done.stdout.decode("utf-8", "replace").splitlines() if line.strip()]
        last = f": {said[-1].strip()[:SAID_AT_MOST]}" if said else ""
        raise AroundEachError(f"the command of {option} ended with {done.returncode} for {instance.name}{last}")


def _reason(error: OSError | ValueError) -> str:
    return str(getattr(error, "strerror", None) or error)
