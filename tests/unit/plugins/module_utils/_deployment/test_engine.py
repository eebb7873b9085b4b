# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an inspection record must have, and the frames of a program's streams, over a real socket."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import (
    DockerError,
    converse,
    record_of,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import container, frame


def conversation(sent: bytes) -> bytes:
    """What is collected of a stream that ends behind ``sent``."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        theirs.shutdown(socket.SHUT_WR)

        class Stream:
            sendall = staticmethod(ours.sendall)
            read = staticmethod(ours.recv)

        output = converse(Stream(), b"order")
        assert theirs.recv(100) == b"order"
    return output


@pytest.mark.parametrize(
    "sent, output",
    [
        (b"", b""),
        (frame(1, b"a") + frame(1, b"") + frame(1, b"b"), b"ab"),
        (frame(2, b"error"), b""),
        (frame(1, b"a") + frame(1, b"cut off")[:10], b"acu"),
        (frame(1, b"a") + b"\x01\0\0", b"a"),
    ],
)
def test_frames_of_a_stream(sent: bytes, output: bytes) -> None:
    assert conversation(sent) == output


def test_a_record_without_labels_is_one(tmp_path: Path) -> None:
    record = container(1, tmp_path)
    assert record_of("look", record) == record
    record["Config"]["Labels"] = None
    assert record_of("look", record)["Config"]["Labels"] == {}


@pytest.mark.parametrize(
    "answer", [None, [], 7, "text", {}, {"Id": "a"}, {"Id": "a", "Name": "b", "Config": [], "State": {}}]
)
def test_anything_else_is_no_record(answer: Any) -> None:
    with pytest.raises(DockerError, match="^Docker cannot look: its answer is not understood$"):
        record_of("look", answer)


@pytest.mark.parametrize(
    "part, name", [("Config", "Image"), ("State", "Status"), ("State", "StartedAt"), ("Config", "Labels")]
)
def test_a_record_that_lacks_what_is_read_is_none(tmp_path: Path, part: str, name: str) -> None:
    record = container(1, tmp_path)
    record[part][name] = 7
    with pytest.raises(DockerError, match="not understood"):
        record_of("look", record)
