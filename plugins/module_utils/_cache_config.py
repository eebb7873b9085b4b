# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a config.yaml says about the cache. Private to the collection."""

from __future__ import annotations


def load_config(text):
    """Return what LiteLLM would load. Raises ConfigParseError with line and column."""
    raise NotImplementedError


def describe_cache(text):
    """Return the cache settings of ``text`` without a secret or a fragment of one."""
    raise NotImplementedError


def secrets_of(text):
    """Return every literal of ``text`` that could be a secret, for the masking of logs."""
    raise NotImplementedError
