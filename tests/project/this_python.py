# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the path of the Python that runs this, if it has the wanted version and can make virtual environments.

Usage: this_python.py VERSION
"""

import importlib
import sys

if "%d.%d" % sys.version_info[:2] != sys.argv[1]:
    sys.exit(1)
# Debian has them in a package of its own.
for module in ("ensurepip", "venv"):
    importlib.import_module(module)
print(sys.executable)
