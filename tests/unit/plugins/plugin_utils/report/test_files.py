# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.plugin_utils.report.files import (
    LARGEST,
    STALE_SECONDS,
    ReportFilesError,
    require_folder,
    stem_of,
    write_files,
)
from ansible_collections.erni_ki.litellm.tests.unit.support import report_documents
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import unprivileged


def test_three_files_beside_nothing_else(tmp_path: Path) -> None:
    document = report_documents.verification()
    folder = tmp_path / "reports" / "of today"
    written = write_files(document, str(folder))
    stem = "server1.example.org-erni-ki-verify-20251126T140500Z"
    assert written == [str(folder / f"{stem}.{ending}") for ending in ("html", "md", "json")]
    assert sorted(path.name for path in folder.iterdir()) == sorted(Path(path).name for path in written)
    assert json.loads((folder / f"{stem}.json").read_text(encoding="utf-8")) == document


def test_the_page_is_small(tmp_path: Path) -> None:
    document = report_documents.verification()
    drawn = document["latency"][0]["seconds"]
    document["latency"] = [report_documents.measured("redis hit", "redis", drawn * 8, 0.01) for _number in range(10)]
    page, _markdown, _json = write_files(document, str(tmp_path))
    assert Path(page).stat().st_size <= 300_000


@pytest.mark.parametrize(
    ("host", "project", "stem"),
    [
        ("../../etc/passwd", "x", "etc_passwd-x-verify-20251126T140500Z"),
        ("host", "..", "host-verify-20251126T140500Z"),
        ("хост", "a b", "a_b-verify-20251126T140500Z"),
    ],
)
def test_a_name_stays_in_the_folder(host: str, project: str, stem: str) -> None:
    assert stem_of({**report_documents.verification(), "host": host, "project": project}) == stem


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ReportFilesError, match=r"the report cannot be written to .*/file: "):
        write_files(report_documents.smallest(), str(tmp_path / "file"))


def refusal_of(folder: str) -> str:
    try:
        require_folder(folder)
    except ReportFilesError as error:
        return str(error)
    return "none"


def test_what_can_be_known_before(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for folder in (tmp_path, tmp_path / "made" / "later"):
        require_folder(str(folder))
    with pytest.raises(ReportFilesError, match=r"file is no folder$"):
        require_folder(str(tmp_path / "file" / "below"))
    assert not (tmp_path / "made").exists()
    assert unprivileged(lambda: refusal_of("/usr/reports")).endswith("/usr/reports: /usr is not writable")


def test_a_report_without_end(tmp_path: Path) -> None:
    document = report_documents.smallest()
    document["verdict"]["words"] = "x" * LARGEST
    with pytest.raises(ReportFilesError, match="are the most"):
        write_files(document, str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def killed_while_it_writes(document: dict, folder: Path) -> int:
    """Write a report in a process that is killed before the first file has its name.

    :returns: the signal that ended it.
    """
    process = os.fork()
    if process == 0:
        try:
            Path.replace = lambda *_both: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign,assignment]
            write_files(document, str(folder))
        finally:
            os._exit(1)
    return os.WTERMSIG(os.waitpid(process, 0)[1])


@pytest.mark.parametrize("document", [report_documents.verification(), report_documents.smallest()])
def test_what_a_killed_run_left_is_removed_by_a_later_one(tmp_path: Path, document: dict) -> None:
    assert killed_while_it_writes(document, tmp_path) == signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".") and ".html." in left.name
    write_files(document, str(tmp_path))
    assert left.exists()  # somebody may be writing it
    long_ago = time.time() - STALE_SECONDS - 1
    os.utime(left, (long_ago, long_ago))
    assert len(write_files(document, str(tmp_path))) == 3 == len(list(tmp_path.iterdir()))


def test_nothing_of_others_is_removed(tmp_path: Path) -> None:
    name = ".here-erni-ki-verify-20251126T140500Z.html"
    others = [f"{name}", f"{name}.12x", f"{name[1:]}.12", ".here-notes-20251126T140500Z.html.12", f"{name}.swp.12"]
    for other in others:
        (tmp_path / other).write_text("mine", encoding="utf-8")
    (tmp_path / f"{name}.1").mkdir()
    (tmp_path / f"{name}.2").symlink_to(tmp_path / others[0])
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0), follow_symlinks=False)
    write_files(report_documents.verification(), str(tmp_path))
    assert {*others, f"{name}.1", f"{name}.2"} <= {path.name for path in tmp_path.iterdir()}


def test_a_folder_that_may_be_written_and_not_be_listed() -> None:
    with tempfile.TemporaryDirectory() as place:  # a folder of pytest lets nobody else pass
        folder = Path(place) / "reports"
        Path(place).chmod(0o755)
        folder.mkdir()
        folder.chmod(0o333)
        assert unprivileged(lambda: str(len(write_files(report_documents.smallest(), str(folder))))) == "3"
        folder.chmod(0o755)
