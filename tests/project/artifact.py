# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive of the collection: the same bytes from the same commit, whoever builds it, when and where.

`ansible-galaxy collection build` decides what is in it. The order of the files is that of the file system there, and
the archive carries the times of the files and of the build, so it is packed again here: sorted, and with the time of
the commit.

Usage: artifact.py TREE FOLDER SECONDS
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

#: What is installed, and the documents that go with it. Everything else is named by build_ignore in galaxy.yml.
MAY_HOLD = re.compile(
    r"(README\.md|LICENSE|CHANGELOG\.md|MANIFEST\.json|FILES\.json|changelogs/changelog\.yaml"
    r"|(meta|plugins|roles|playbooks|docs|examples)/.*)"
)
MANIFEST, FILES = "MANIFEST.json", "FILES.json"


class ArtifactError(Exception):
    """There is no archive to be published; the text says why."""


def build(tree: Path, folder: Path, seconds: int) -> Path:
    """Build the archive of a tree.

    :param tree: root of the collection, with nothing in it that git ignores.
    :param folder: where the archive goes; made where it is missing.
    :param seconds: the time that all its files have, since the epoch.
    :raises ArtifactError: ansible-galaxy refuses the tree, or there is a file in it that does not belong there.
    :returns: path of the archive.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        command = ["ansible-galaxy", "collection", "build", "--output-path", made, str(tree)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = sorted(Path(made).glob("*.tar.gz"))
        if done.returncode or len(found) != 1:
            raise ArtifactError(f"ansible-galaxy refuses to build:\n{done.stdout}{done.stderr}")
        artifact = folder / found[0].name
        artifact.write_bytes(packed_again(found[0].read_bytes(), seconds))
    return artifact


def packed_again(archive: bytes, seconds: int) -> bytes:
    """The same content in one order, with one time and no trace of who packed it.

    :param archive: what ansible-galaxy has built.
    :param seconds: the time that all files get, since the epoch.
    :raises ArtifactError: there is a file in it that does not belong there.
    """
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        members = {member.name: member for member in tar.getmembers()}
        contents = {name: _content(tar, member) for name, member in members.items()}
    strange = [name for name, member in members.items() if member.isfile() and not MAY_HOLD.fullmatch(name)]
    if strange:
        raise ArtifactError(f"these do not belong into the archive (build_ignore in galaxy.yml): {', '.join(strange)}")
    contents[FILES], contents[MANIFEST] = _sorted_lists(contents)
    packed = io.BytesIO()
    # No name and a time of our own: else the header has those of the build.
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=seconds) as compressed:
        with tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name in (MANIFEST, FILES, *sorted(set(members) - {MANIFEST, FILES})):
                tar.addfile(_entry(members[name], contents[name], seconds), io.BytesIO(contents[name]))
    return packed.getvalue()


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member) if member.isfile() else None
    return file.read() if file else b""


def _sorted_lists(contents: dict[str, bytes]) -> tuple[bytes, bytes]:
    """FILES.json in the order of the names, and the MANIFEST.json that has its checksum."""
    files: dict[str, Any] = json.loads(contents[FILES])
    files["files"].sort(key=lambda entry: entry["name"])
    listed = json.dumps(files, indent=1).encode()
    manifest: dict[str, Any] = json.loads(contents[MANIFEST])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(listed).hexdigest()
    return listed, json.dumps(manifest, indent=1).encode()


def _entry(member: tarfile.TarInfo, content: bytes, seconds: int) -> tarfile.TarInfo:
    """What the archive says of a file; ansible-galaxy has made modes and owners the same already."""
    entry = tarfile.TarInfo(member.name)
    entry.type, entry.linkname, entry.mode = member.type, member.linkname, member.mode
    entry.size, entry.mtime = len(content), seconds
    return entry


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Build the archive of the collection.")
    parser.add_argument("tree", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("seconds", type=int, help="the time of the commit, since the epoch")
    asked = parser.parse_args()
    try:
        print(build(asked.tree, asked.folder, asked.seconds))
    except ArtifactError as error:
        print(f"project: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
