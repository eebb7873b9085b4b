# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The canary of the integration tests finds a secret also in the pieces into which a URL's reader takes it apart."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary, LeakError

SECRET = "S3cr3t@Hunter2/x9%41ss"


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        "Redis at hunter2:6379",
        "user S3cr3t",
        "S3cr3t%40Hunter2%2Fx9%2541ss",
        "UzNjcjN0QEh1bnRlcjIveDklNDFzcw==",
    ],
)
def test_a_secret_is_found_in_every_shape(text: str) -> None:
    with pytest.raises(LeakError, match="^the password stands in a text, after: "):
        Canary({"password": SECRET}).search(text, "a text")


@pytest.mark.parametrize("text", ["", "x9", "41ss", "s3cr at hunter-2"])
def test_what_stands_there_by_chance_is_none(text: str) -> None:
    Canary({"password": SECRET}).search(text, "a text")


def test_a_secret_without_a_border_has_no_pieces() -> None:
    Canary({"password": "An-0ld-Passw0rd"}).search("An-0ld", "a text")
