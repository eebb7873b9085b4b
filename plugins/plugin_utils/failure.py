# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an action of the collection fails, so that its sentence is printed once."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail


class _Told(AnsibleActionFail):
    """A failure whose result has the message, so that nothing is to be printed beside it."""

    #: From ansible-core 2.19 on, where an error of its own would say the same above the result.
    omit_exception_key = True


def failed(result: dict[str, Any], message: str) -> dict[str, Any]:
    """The result of a task that fails.

    :param result: what the action has of it so far.
    :param message: what went wrong, and how to mend it.
    :raises AnsibleActionFail: in its place, where ansible-core prints an error beside each failed result.
    """
    if hasattr(AnsibleActionFail, "omit_exception_key"):
        raise _Told(message, result=result)
    return dict(result, changed=False, failed=True, msg=message)
