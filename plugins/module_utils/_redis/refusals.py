# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server's refusal means: which of them pass, and which an ACL or a setting of the server makes.

Pure.
"""

from __future__ import annotations

from .._errors import LitellmCacheError

#: Words of ``RedisServerError.code``.
UNREACHABLE, SILENT, LOGIN, DATABASE, FORBIDDEN, REFUSED, MOVED, BUSY, FULL, A_NODE = (
    "unreachable", "silent", "login", "database", "forbidden", "refused", "moved", "busy", "full", "a_node",
)  # fmt: skip
#: After these a client may come back: the server was restarted or is busy, another one took over, or the line was cut.
PASSING = (UNREACHABLE, SILENT, MOVED, BUSY)
#: An ACL's, also within a script; those of Redis 7.0 are the last. A command that was renamed is none that is known.
_FORBIDDING_WORDS = ("NOPERM", "no permissions", "No permissions", "The user executing the script can't")
_UNKNOWN_COMMAND = "unknown command"
#: Refusals that pass: of a replica, or of a slot that moves.
_MOVED_WORDS = ("MOVED", "ASK", "READONLY", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN")
_MOVED_ERRORS = ("MovedError", "AskError", "ReadOnlyError", "TryAgainError", "ClusterDownError", "MasterDownError")
#: Those of a server that starts, or that runs a script or a function of somebody for longer than it may.
_BUSY_WORDS = ("LOADING", "BUSY ")
_FULL_WORDS = "when used memory > 'maxmemory'"


class RedisServerError(LitellmCacheError):
    """A server cannot be reached, or does not do what it is asked; ``code`` says which."""

    @property
    def code(self) -> str:
        """One of the words of this file."""
        return str(self.context["code"])

    @property
    def forbidden(self) -> bool:
        """Whether one command is not for this user, or not on this server; others may be."""
        return self.code == FORBIDDEN

    @property
    def ends_the_look(self) -> bool:
        """Whether no other command would do better."""
        return self.code in (UNREACHABLE, SILENT, LOGIN, DATABASE, BUSY)


def code_of_refusal(error_class: str, text: str) -> str:
    """The code of what a server answered.

    :param error_class: name of redis-py's class; some of them have the first word of the answer taken off.
    :param text: the rest of the answer.
    """
    if (
        text.startswith(("NOAUTH", "WRONGPASS"))
        or "Authentication" in error_class
        or "invalid username-password" in text
    ):
        return LOGIN
    if error_class == "NoPermissionError" or any(word in text for word in (*_FORBIDDING_WORDS, _UNKNOWN_COMMAND)):
        return FORBIDDEN
    if "DB index is out of range" in text or "invalid DB index" in text:
        return DATABASE
    if "SELECT is not allowed in cluster mode" in text:
        return A_NODE
    if error_class == "BusyLoadingError" or text.startswith(_BUSY_WORDS):
        return BUSY
    if error_class in _MOVED_ERRORS or text.startswith(_MOVED_WORDS):
        return MOVED
    return FULL if _FULL_WORDS in text else REFUSED


def without_arguments(text: str) -> str:
    """A refusal without the arguments of the command, which are a whole script now and then."""
    if _UNKNOWN_COMMAND not in text:
        return text
    return text.partition(", with args beginning with")[0].rstrip(",: ")
