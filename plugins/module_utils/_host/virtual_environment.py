# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a virtual environment and fills it by pip; no other Python is touched."""

from __future__ import annotations

import os
from collections.abc import Sequence

from .._deployment.command import CommandError, run
from .packages import DOWNLOAD_SECONDS
from .plan import Environment, HostError

#: Of the environment that Ansible gives a module: what would lead Python or pip elsewhere.
_MISLEADING = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
    "PIP_REQUIRE_VIRTUALENV",
    "VIRTUAL_ENV",
)


def make(environment: Environment, base: str) -> None:
    """Make a virtual environment, or mend one that lacks its Python or pip.

    :param base: path of the Python that makes it.
    :raises HostError: that fails.
    """
    _run([base, "-I", "-m", "venv", environment.folder], f"no virtual environment was made in {environment.folder}")


def fill(environment: Environment, requirements: Sequence[str]) -> None:
    """Install into it what is missing there, from the index that pip is set up for.

    :raises HostError: that fails.
    """
    words = ["-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--upgrade"]
    _run([environment.interpreter, *words, *requirements], f"pip did not install {' '.join(requirements)}")


def _run(words: list[str], action: str) -> None:
    variables = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    try:
        ended = run(words, {**variables, "LC_ALL": "C.UTF-8"}, DOWNLOAD_SECONDS)
    except CommandError as error:
        raise HostError(f"{action}: {error}") from None
    if ended.code:
        raise HostError(f"{action}: {ended.reason or f'it ended with {ended.code}'}")
