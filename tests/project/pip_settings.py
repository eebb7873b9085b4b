# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a pip.conf of what `pip config list` prints.

Usage: python -m pip config list | pip_settings.py >pip.conf
"""

from __future__ import annotations

import ast
import configparser
import sys
from typing import Iterable


def settings_of(lines: Iterable[str]) -> configparser.RawConfigParser:
    """The settings, with what the environment says as those of every command."""
    settings = configparser.RawConfigParser()
    settings["global"] = {}
    # What the environment says, :env:, comes last and wins.
    for line in sorted(lines, reverse=True):
        name, separator, value = line.partition("=")
        section, dot, key = name.rpartition(".")
        section = "global" if section == ":env:" else section
        if separator and dot and key not in ("quiet", "user"):
            if not settings.has_section(section):
                settings.add_section(section)
            settings[section][key] = str(ast.literal_eval(value.strip()))
    settings["global"]["quiet"] = "2"
    return settings


if __name__ == "__main__":
    settings_of(sys.stdin).write(sys.stdout)
