# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Diffs that show changed lines and no secret. Private to the collection."""

from __future__ import annotations


def masked_diff(before, after, path):
    """Return Ansible's diff dictionary of two texts, changed lines only, masked."""
    raise NotImplementedError
