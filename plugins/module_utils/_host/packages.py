# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installs packages of the distribution, or says which it would install."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Protocol

from .._deployment.command import CommandError, Ended, run
from .distribution import DNF, Distribution
from .plan import HostError

#: Seconds for a program that may download.
DOWNLOAD_SECONDS = 900
#: Seconds that apt waits for somebody else who installs something.
LOCK_SECONDS = 120
_APT_WOULD_INSTALL = re.compile(r"^Inst (\S+)(?: \[[^\]]*\])? \((\S+)", re.MULTILINE)
_DNF_OFFERS = re.compile(r"^(\S+) (\d\S*)$", re.MULTILINE)


class Packages(Protocol):
    """A program that installs packages."""

    def refresh(self) -> None:
        """Bring its lists of packages up to date; a source that does not answer is no reason to fail."""

    def offered(self, names: Sequence[str]) -> dict[str, str]:
        """What would be installed for these packages: versions by name, without what cannot be had.

        It changes nothing.
        """

    def install(self, names: Sequence[str]) -> None:
        """Install them.

        :raises HostError: that fails.
        """


class Apt:
    """That of Debian and its relatives."""

    def refresh(self) -> None:
        """See Packages.refresh."""
        self._run("update")

    def offered(self, names: Sequence[str]) -> dict[str, str]:
        """See Packages.offered; others that come along are told, too."""
        offered: dict[str, str] = {}
        for name in names:  # one by one: a name that is not known would hide the others
            offered.update(parsed_apt(self._run("--simulate", "install", name).output))
        return offered

    def install(self, names: Sequence[str]) -> None:
        """See Packages.install."""
        _require(self._run("install", *names), f"apt-get did not install {' '.join(names)}")

    def _run(self, *words: str) -> Ended:
        options = ["-q", "-y", "--no-install-recommends", "-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}"]
        return _ended(["apt-get", *options, *words], DEBIAN_FRONTEND="noninteractive")


class Dnf:
    """That of Fedora, Red Hat Enterprise Linux and their relatives."""

    def refresh(self) -> None:
        """See Packages.refresh: it does so by itself."""

    def offered(self, names: Sequence[str]) -> dict[str, str]:
        """See Packages.offered."""
        words = ["repoquery", "--latest-limit=1", "--queryformat=%{name} %{version}-%{release}\n"]
        return parsed_dnf(_ended(["dnf", "-q", "-y", *words, *names]).output)

    def install(self, names: Sequence[str]) -> None:
        """See Packages.install."""
        ended = _ended(["dnf", "-q", "-y", "--setopt=install_weak_deps=False", "install", *names])
        _require(ended, f"dnf did not install {' '.join(names)}")


def packages_of(distribution: Distribution) -> Packages:
    """The program that installs packages of a distribution whose packages are known."""
    return Dnf() if distribution.program == DNF else Apt()


def parsed_apt(output: str) -> dict[str, str]:
    """Versions by package of what a simulation says."""
    return dict(_APT_WOULD_INSTALL.findall(output))


def parsed_dnf(output: str) -> dict[str, str]:
    """Versions by package of what a query says."""
    return dict(_DNF_OFFERS.findall(output))


def _ended(words: list[str], **variables: str) -> Ended:
    """A program that ran to its end.

    :raises HostError: it cannot be run, or does not end.
    """
    try:
        return run(words, {**os.environ, **variables, "LC_ALL": "C.UTF-8"}, DOWNLOAD_SECONDS)
    except CommandError as error:
        raise HostError(f"{words[0]} {error}") from None


def _require(ended: Ended, action: str) -> None:
    if ended.code:
        raise HostError(f"{action}: {ended.reason or f'it ended with {ended.code}'}")
