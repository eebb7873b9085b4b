# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of ansible-core and managed hosts has a word for each core and each host that `make compatibility` runs."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.erni_ki.litellm.plugins.module_utils._host.libraries import LIBRARIES, OLDEST_PYTHON
from ansible_collections.erni_ki.litellm.tests.pages import cores

TESTS = Path(__file__).resolve().parents[1]


def hosts() -> list[str]:
    """The managed hosts, as the table tells of them."""
    lines = (TESTS / "compatibility" / "hosts.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    return [
        " | ".join([row[0], row[1].replace("-", " "), *(word.partition("==")[2] for word in row[2:])]) for row in rows
    ]


def test_the_table_is_whole() -> None:
    script = (TESTS / "project.sh").read_text(encoding="utf-8")
    supported = re.findall(r"(?m)^    '(2\.\d+\.\d+) ", script)
    table = cores.table()
    assert sorted(table) == sorted(hosts())
    assert {host: sorted(words) for host, words in table.items()} == dict.fromkeys(table, sorted(supported))


def test_the_table_on_the_page_is_as_it_is_written() -> None:
    text = cores.PAGE.read_text(encoding="utf-8")
    written = text[text.index(cores.BEGIN) + len(cores.BEGIN) : text.index(cores.END)]
    assert written.splitlines() == cores.lines(cores.table())


def test_the_oldest_that_serves_is_among_the_hosts() -> None:
    rows = [[cell.strip() for cell in host.split("|")] for host in hosts()]
    assert min(cores.order(row[0]) for row in rows) == list(OLDEST_PYTHON)
    for place, library in enumerate(LIBRARIES, start=2):
        lowest = min(cores.order(row[place]) for row in rows)
        assert tuple(lowest[: len(library.lowest)]) == library.lowest
