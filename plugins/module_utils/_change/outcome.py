# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a change may end that was taken back, and how that is told. Pure; standard library only: the guard uses it too."""

from __future__ import annotations

from typing import Any

from .image_revert import image_told
from .pending import PendingChange

#: How a change may end that was taken back.
REVERTED, INCOMPLETE, NEEDS_OPERATOR = "reverted", "revert_incomplete", "needs_operator"
#: What became of the file.
RESTORED, UNDONE, AS_BEFORE, EDITED = "restored", "undone", "as before", "edited by somebody"
#: It keeps the local mode, because the state of before was down itself.
KEPT = "kept"
#: It stays the candidate, because the snapshot is no longer what was stored.
DAMAGED = "snapshot damaged"
#: What is left to the operator.
LEFT_ALONE = (EDITED, KEPT, DAMAGED)


def told(
    change: PendingChange, file: str, restarted: list[dict[str, Any]], compose_file: str | None = None
) -> dict[str, str]:
    """The outcome in words: ``file_told`` and ``instances_told``.

    :param compose_file: what became of the Compose file, where the change was about it too.
    """
    kept = {
        RESTORED: f"the bytes of before are back in {change.config_path} (snapshot {change.snapshot})",
        UNDONE: f"the change was undone in {change.config_path}, and what somebody edited since stays",
        KEPT: (
            f"{change.config_path} stays in the mode local, which needs no server, because no instance answered before the "
            f"change either; the bytes of before are snapshot {change.snapshot} in the state directory"
        ),
        AS_BEFORE: f"{change.config_path} holds the bytes of before",
        DAMAGED: (
            f"{change.config_path} stays as the change left it, because snapshot {change.snapshot} in the state directory "
            "is damaged or missing: what lies there are not the bytes of before"
        ),
        EDITED: (
            f"{change.config_path} was edited by somebody since, so it stays as it is; the bytes of before are snapshot "
            f"{change.snapshot} in the state directory"
        ),
    }[file]
    names = [entry["name"] for entry in restarted if not entry["problem"]]
    words = [f"restarted and running: {', '.join(names)}"] if names else []
    words += [entry["problem"] for entry in restarted if entry["problem"]]
    image = change.of_image
    if image is not None and compose_file is not None:
        of_image = image_told(image, compose_file)
        kept = f"{kept}; {of_image}" if change.of_the_file else of_image
    return {"file_told": kept, "instances_told": "; ".join(words) or "no instance was restarted"}
