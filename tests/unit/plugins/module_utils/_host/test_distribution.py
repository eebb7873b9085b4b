# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which distribution an os-release tells of."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._host.distribution import APT, DNF, VENV, Distribution

#: As the distributions write them, cut.
DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n'
UBUNTU = 'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nID=ubuntu\nID_LIKE=debian\n'
ROCKY = 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nPRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"\n'
MINT = 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n'
ALPINE = "NAME='Alpine Linux'\nID=alpine\n"


@pytest.mark.parametrize(
    ("text", "name", "program"),
    [
        (DEBIAN, "Debian GNU/Linux 12 (bookworm)", APT),
        (UBUNTU, "Ubuntu 24.04.1 LTS", APT),
        (ROCKY, "Rocky Linux 9.4 (Blue Onyx)", DNF),
        (MINT, "Linux Mint", APT),
        (ALPINE, "Alpine Linux", None),
        ("", "an unknown system", None),
        ('ID="debian\nNAME=half', "half", None),
    ],
)
def test_by_its_name_or_by_that_of_an_ancestor(text: str, name: str, program: str | None) -> None:
    assert Distribution.told_by(text) == Distribution(name, program)


def test_packages() -> None:
    assert Distribution.told_by(DEBIAN).packages(["yaml", VENV]) == ["python3-yaml", "python3-venv"]
    assert Distribution.told_by(ROCKY).packages(["yaml"]) == ["python3-pyyaml"]
    assert Distribution.told_by(ALPINE).packages(["yaml"]) == []
