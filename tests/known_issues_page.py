# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The old name of pages/known_issues.py, for the unit test that still has it."""

from ansible_collections.erni_ki.litellm.tests.pages.known_issues import PAGE, page

__all__ = ["PAGE", "page"]
