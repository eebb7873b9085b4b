# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records what a program does to a tree of files, and lays out every tree that a power cut could have left of it.

What counts is what was flushed. The content of a file is what its last fsync found; what was written since is there, is
not, or is there in part. The names in a folder are those of the last fsync of that folder; what was made, renamed or
removed since is there or is not, in each folder by itself.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional, Union

#: A file by a number of its own, or a folder by its path; None for nothing.
Thing = Union[int, str, None]
#: What became of unflushed content.
DROPPED, TORN, KEPT = "dropped", "torn", "kept"
CALLS = ("open", "fsync", "replace", "rename", "unlink", "mkdir", "rmdir", "link", "ftruncate", "truncate")


@dataclass(frozen=True)
class Event:
    """One step: ``names`` of a folder that changed, the ``content`` of a file that did, or what was ``flushed``."""

    folder: Optional[str] = None
    names: dict[str, Thing] = field(default_factory=dict)
    file: Optional[int] = None
    content: Optional[bytes] = None
    flushed: Thing = None


class Recording:
    """The steps below one folder, which is there before and after every cut.

    :param root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.events: list[Event] = []
        self._before = 0
        self._numbers: dict[int, int] = {}
        self._next = itertools.count()
        self._contents: dict[int, bytes] = {}
        self._folders: dict[str, dict[str, Thing]] = {}

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Record what this process does meanwhile. What is there already counts as flushed."""
        self._scan()
        self.events += [Event(flushed=thing) for thing in (*self._folders, *self._contents)]
        self._before = len(self.events)
        originals = {name: getattr(os, name) for name in CALLS}
        try:
            for name, original in originals.items():
                setattr(os, name, self._recorded(name, original))
            yield
        finally:
            for name, original in originals.items():
                setattr(os, name, original)
            self._scan()

    def _recorded(self, name: str, original: Any) -> Any:
        def call(*words: Any, **named: Any) -> Any:
            self._scan()
            result = original(*words, **named)
            self._scan()
            if name == "fsync":
                self._flushed(os.fstat(words[0]).st_ino)
            return result

        return call

    def _flushed(self, inode: int) -> None:
        folders = {os.stat(folder).st_ino: folder for folder in self._folders}
        thing = folders.get(inode, self._numbers.get(inode))
        if thing is not None:
            self.events.append(Event(flushed=thing))

    def _scan(self) -> None:
        """Note what changed since the last look."""
        numbers, folders = {}, {}
        for folder, _inner, _files in os.walk(self.root):
            folders[folder] = names = {}
            for entry in os.scandir(folder):
                if entry.is_dir(follow_symlinks=False):
                    names[entry.name] = entry.path
                else:
                    inode = entry.inode()
                    numbers[inode] = names[entry.name] = self._numbers.get(inode, numbers.get(inode, -1))
                    if names[entry.name] == -1:
                        numbers[inode] = names[entry.name] = next(self._next)
                    self._note_content(numbers[inode], Path(entry.path).read_bytes())
        for folder, names in folders.items():
            before = self._folders.get(folder, {})
            changed = {name: names.get(name) for name in {*before, *names} if before.get(name) != names.get(name)}
            if changed:
                self.events.append(Event(folder=folder, names=changed))
        self._numbers, self._folders = numbers, folders

    def _note_content(self, number: int, content: bytes) -> None:
        if self._contents.get(number, b"") != content:
            self.events.append(Event(file=number, content=content))
        self._contents[number] = content

    # -- what a cut leaves --------------------------------------------------------------------------------

    def prefixes(self) -> Iterator[list[Event]]:
        """What was done before each cut, beginning with nothing but what was there before."""
        return (self.events[:end] for end in range(self._before, len(self.events) + 1))

    def trees(self) -> list[dict[str, Optional[bytes]]]:
        """Every tree that a cut could have left, each once: relative path to content, None for a folder."""
        found: dict[Any, dict[str, Optional[bytes]]] = {}
        for events in self.prefixes():
            for contents in (DROPPED, TORN, KEPT):
                unflushed = sorted(_unflushed_folders(events))
                for size in range(len(unflushed) + 1):
                    for kept in itertools.combinations(unflushed, size):
                        tree = self._tree(events, contents, set(kept))
                        found.setdefault(tuple(sorted(tree.items(), key=lambda item: item[0])), tree)
        return list(found.values())

    def _tree(self, events: list[Event], contents: str, kept: set[str]) -> dict[str, Optional[bytes]]:
        last = {event.flushed: index for index, event in enumerate(events) if event.flushed is not None}
        names: dict[str, dict[str, Thing]] = {}
        flushed: dict[int, bytes] = {}
        written: dict[int, bytes] = {}
        for index, event in enumerate(events):
            if event.folder is not None and (index < last.get(event.folder, -1) or event.folder in kept):
                names.setdefault(event.folder, {}).update(event.names)
            if event.file is not None:
                written[event.file] = event.content or b""
                if index < last.get(event.file, -1):
                    flushed[event.file] = event.content or b""
        held = {number: _left(flushed.get(number, b""), now, contents) for number, now in written.items()}
        return self._laid_out(str(self.root), names, held)

    def _laid_out(
        self, folder: str, names: dict[str, dict[str, Thing]], held: dict[int, bytes]
    ) -> dict[str, Optional[bytes]]:
        tree: dict[str, Optional[bytes]] = {}
        for name, thing in names.get(folder, {}).items():
            path = os.path.join(folder, name)
            if isinstance(thing, str):
                tree[os.path.relpath(path, self.root)] = None
                tree.update(self._laid_out(path, names, held))
            elif thing is not None:
                tree[os.path.relpath(path, self.root)] = held.get(thing, b"")
        return tree

    def lay_out(self, tree: dict[str, Optional[bytes]]) -> None:
        """Make the folder hold such a tree, and nothing else."""
        for path in self.root.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name, content in sorted(tree.items()):
            if content is None:
                (self.root / name).mkdir(mode=0o700)
            else:
                (self.root / name).write_bytes(content)


def _unflushed_folders(events: list[Event]) -> set[str]:
    """Folders whose names changed since they were flushed."""
    unflushed: set[str] = set()
    for event in events:
        if event.folder is not None:
            unflushed.add(event.folder)
        if isinstance(event.flushed, str):
            unflushed.discard(event.flushed)
    return unflushed


def _left(flushed: bytes, written: bytes, contents: str) -> bytes:
    """What is left of a file's content."""
    if contents == KEPT or flushed == written:
        return written
    if contents == DROPPED:
        return flushed
    begin = len(flushed) if written.startswith(flushed) else 0
    return written[: begin + (len(written) - begin) // 2]
