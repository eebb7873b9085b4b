# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What package managers say, as they said it."""

from __future__ import annotations

from ansible_collections.erni_ki.litellm.plugins.module_utils._host.packages import parsed_apt, parsed_dnf

#: Of apt-get 2.6.1, cut.
APT = """Reading package lists...
The following NEW packages will be installed:
  python3-redis python3-async-timeout
Inst python3-async-timeout (4.0.2-1 Debian:12.11/stable [all])
Inst python3-redis (4.3.4-3 Debian:12.11/stable [all])
Inst libc6 [2.36-9+deb12u9] (2.36-9+deb12u10 Debian:12.11/stable [amd64])
Conf python3-async-timeout (4.0.2-1 Debian:12.11/stable [all])
Conf python3-redis (4.3.4-3 Debian:12.11/stable [all])
"""


def test_apt() -> None:
    assert parsed_apt(APT) == {
        "python3-async-timeout": "4.0.2-1",
        "python3-redis": "4.3.4-3",
        "libc6": "2.36-9+deb12u10",
    }
    assert parsed_apt("E: Unable to locate package python3-redis\n") == {}


def test_dnf() -> None:
    assert parsed_dnf("python3-pyyaml 5.4.1-6.el9\n\npython3-redis 4.3.4-1.el9\n") == {
        "python3-pyyaml": "5.4.1-6.el9",
        "python3-redis": "4.3.4-1.el9",
    }
    assert parsed_dnf("Last metadata expiration check: 0:00:01 ago\n") == {}
