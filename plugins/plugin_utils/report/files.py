# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report on the controller: a page for people, Markdown for tickets, JSON for machines."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import time
from pathlib import Path
from typing import Any

import yaml

from ...module_utils._errors import LitellmCacheError
from .markdown import markdown_of
from .page import TITLES, page_of

#: What a name of a file keeps.
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")
#: What :func:`_written` writes before it has its name, of a name that :func:`stem_of` makes.
_HALF_WRITTEN = re.compile(
    rf"\.(?:[A-Za-z0-9_.-]+-)?(?:{'|'.join(TITLES)})(?:-check)?-\d{{8}}T\d{{6}}Z\.(?:html|md|json)\.\d+", re.ASCII
)
#: Seconds after which nobody writes such a file any more; a process elsewhere may share the folder, so no number of one tells.
STALE_SECONDS = 3600
#: Bytes of one file; a report that is longer says nothing that anybody reads.
LARGEST = 2_000_000


class ReportFilesError(LitellmCacheError):
    """The files cannot be written."""


def write_files(document: dict[str, Any], directory: str) -> list[str]:
    """Write a report, and remove what a killed run has left half written.

    :param document: what the report is made of, docs/report.md, with ``host``.
    :param directory: folder on the controller; made where there is none.
    :returns: the paths of the page, the Markdown and the JSON.
    :raises ReportFilesError: they cannot be written.
    """
    folder = Path(directory)
    stem = stem_of(document)
    texts = {
        "html": page_of(document),
        "md": markdown_of(document),
        "json": json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n",
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        return [str(_written(folder / f"{stem}.{ending}", text)) for ending, text in texts.items()]
    except OSError as error:
        raise ReportFilesError(f"the report cannot be written to {directory}: {error.strerror or error}") from None


def require_folder(directory: str) -> None:
    """Find out before anything is done whether the files of a report can be written.

    :param directory: as of :func:`write_files`.
    :raises ReportFilesError: they cannot be.
    """
    folder = Path(directory).expanduser()
    nearest = next(path for path in (folder, *folder.absolute().parents) if os.path.exists(path))
    if not nearest.is_dir():
        raise ReportFilesError(f"the report cannot be written to {directory}: {nearest} is no folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise ReportFilesError(f"the report cannot be written to {directory}: {nearest} is not writable")


def collection_version() -> str:
    """The version of this collection: of its manifest where it is installed, of galaxy.yml in a checkout."""
    root = Path(__file__).resolve().parents[3]
    manifest = root / "MANIFEST.json"
    if manifest.is_file():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    return str(yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))["version"])


def stem_of(document: dict[str, Any]) -> str:
    """The name of the files without its ending: host, project, what it is about, and when.

    Nothing in it leads out of the folder, and it never begins with a dot or a dash.
    """
    when = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(document["at"]))
    parts = [
        document.get("host") or "",
        document["project"] or "",
        document["kind"],
        "check" if document.get("check") else "",
        when,
    ]
    fit = (_UNFIT.sub("_", str(part)).strip("._-")[:80] for part in parts)
    return "-".join(part for part in fit if part)


def _sweep(folder: Path) -> None:
    """Remove what killed runs have left half written; what cannot be removed stays."""
    names: list[str] = []
    with contextlib.suppress(OSError):  # it may be written and not be listed
        names = os.listdir(folder)
    for path in (folder / name for name in names if _HALF_WRITTEN.fullmatch(name)):
        with contextlib.suppress(OSError):
            left = path.lstat()
            if stat.S_ISREG(left.st_mode) and left.st_mtime < time.time() - STALE_SECONDS:
                path.unlink()


def _written(path: Path, text: str) -> Path:
    """Write a file whole or not at all.

    :raises OSError: it cannot be written.
    """
    data = text.encode("utf-8", errors="replace")
    if len(data) > LARGEST:
        raise ReportFilesError(f"the report {path.name} would have {len(data)} bytes, and {LARGEST} are the most")
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path
