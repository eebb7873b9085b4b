# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The marks of all tests. They stand here, because `ansible-test units` has a pytest.ini of its own."""

from __future__ import annotations

import pytest

MARKS = (
    "rest: shows in another way what a test without this mark shows; `make test` leaves it to `make test-all`",
    "shape(name): of a real deployment; what becomes of it stands in the table of docs/compatibility.md",
)


def pytest_configure(config: pytest.Config) -> None:
    """Make them known."""
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
