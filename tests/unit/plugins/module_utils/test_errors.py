# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors: one base, one sentence, facts beside it."""

from __future__ import annotations

import inspect

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils import _errors
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import (
    ConfigError,
    JournalError,
    LitellmCacheError,
    OptionError,
    UnsafeEditError,
)

EVERY = [error for _name, error in inspect.getmembers(_errors, inspect.isclass) if issubclass(error, Exception)]


@pytest.mark.parametrize("error", EVERY)
def test_each_has_the_base_that_the_modules_catch(error: type[Exception]) -> None:
    assert issubclass(error, LitellmCacheError)


def test_the_sentence_and_the_facts() -> None:
    error = LitellmCacheError("what is wrong", path="/x", line=None, count=0)
    assert str(error) == "what is wrong"
    assert error.context == {"path": "/x", "count": 0}  # what is not known is left out, and zero is known


def test_an_option_is_named() -> None:
    assert OptionError("ttl", "no").context == {"option": "ttl"}


def test_the_way_out_is_no_part_of_the_sentence() -> None:
    """Whoever can go on without quotes the sentence; run_module adds the way out for the one who cannot."""
    error = UnsafeEditError("no exact way back")
    assert str(error) == "no exact way back" and "Nothing was written" in error.way_out
    assert "journal.json" in JournalError.way_out and LitellmCacheError.way_out == ""


def test_the_place_in_a_config() -> None:
    error = ConfigError("no", line=3)
    assert (error.line, error.column) == (3, None)
