# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Compose was told of a project, by the labels that it put on its containers."""

from __future__ import annotations

from collections.abc import Mapping

from .pieces import ComposeError
from .services import Told

_PROJECT = "com.docker.compose.project"
_DIRECTORY, _FILES, _ENVIRONMENT_FILES = (
    f"{_PROJECT}.{name}" for name in ("working_dir", "config_files", "environment_file")
)


def told_by(labels: Mapping[str, str]) -> Told:
    """What Compose was told when it made the container with these labels.

    The environment that it ran in is in no label, so a variable that only that has counts as one without a value.

    :raises ComposeError: they do not say it, because another program made the container for example.
    """
    for name in (_PROJECT, _DIRECTORY, _FILES):
        if not labels.get(name):
            raise ComposeError(
                f"the container has no label {name}, so nobody knows which files it came from; make it with Compose"
            )
    return Told(
        labels[_DIRECTORY],
        _paths(labels[_FILES]),
        _paths(labels.get(_ENVIRONMENT_FILES, "")),
        {"COMPOSE_PROJECT_NAME": labels[_PROJECT]},
    )


def _paths(label: str) -> tuple[str, ...]:
    """The paths in a label, which Compose puts commas between."""
    return tuple(path for path in label.split(",") if path)
