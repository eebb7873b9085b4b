# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back to the image of before: the file and the name. Containers: tests/integration/test_real_upgrade.py."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.image_file import ImageFile
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.image_record import ImageRecord
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.image_revert import (
    AS_BEFORE,
    DAMAGED,
    EDITED,
    RESTORED,
    ImageRevert,
    image_told,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.config_file import sha256_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import IMAGE
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer

BEFORE, AFTER = b"IMAGE=litellm:1 # \xd0\xb4\n", b"IMAGE=litellm:2 # \xd0\xb4\n"
MODIFIED = 1_600_000_000_000_000_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EngineServer]:
    """A Docker whose image of before is the one that it was."""
    with EngineServer(tmp_path) as server:
        server.answers["GET /images/litellm:1/json"] = {"Id": "sha256:1"}
        yield server


def restored(folder: Path, server: EngineServer, content: bytes, kept: Any = BEFORE, **more: Any) -> tuple[str, Path]:
    """What becomes of a file that holds something, and its path."""
    path = folder / ".env"
    path.write_bytes(content)
    state = ChangeState(str(folder / "state"))
    record = replace(
        IMAGE,
        path=str(path),
        base_sha256=sha256_of(BEFORE),
        candidate_sha256=sha256_of(AFTER),
        modified=MODIFIED,
        **more,
    )
    with state.locked():
        if kept is not None:
            ImageFile(state.directory).keep(kept)
        return ImageRevert(state, record, DockerSocket(server.host), frozenset()).restore(), path


def test_the_bytes_and_the_time_of_before_come_back(tmp_path: Path, server: EngineServer) -> None:
    became, path = restored(tmp_path, server, AFTER)
    assert (became, path.read_bytes(), path.stat().st_mtime_ns) == (RESTORED, BEFORE, MODIFIED)
    assert not server.calls("/tag")


@pytest.mark.parametrize(
    ("content", "kept", "became"),
    [
        (BEFORE, None, AS_BEFORE),
        (b"IMAGE=litellm:3\n", BEFORE, EDITED),
        (AFTER, b"something else", DAMAGED),
        (AFTER, None, DAMAGED),
    ],
)
def test_what_is_not_ours_stays(tmp_path: Path, server: EngineServer, content: bytes, kept: Any, became: str) -> None:
    told, path = restored(tmp_path, server, content, kept)
    assert (told, path.read_bytes()) == (became, content)
    assert str(path) in image_told(replace(IMAGE, path=str(path)), became)


def test_a_reference_that_names_another_image_by_now_names_that_of_before(tmp_path: Path, server: EngineServer) -> None:
    server.answers["GET /images/litellm:1/json"] = {"Id": "sha256:2"}
    server.answers["POST /images/sha256:1/tag"] = (201, b"")
    restored(tmp_path, server, AFTER, image_id="sha256:1")
    ((method, query, _order),) = [call for call in server.asked if call[0].endswith("/tag")]
    assert method == "POST /images/sha256:1/tag" and query == {"repo": ["litellm"], "tag": ["1"]}


def test_where_the_file_is_left_alone_the_name_is_too(tmp_path: Path, server: EngineServer) -> None:
    server.answers["GET /images/litellm:1/json"] = {"Id": "sha256:2"}
    became, _path = restored(tmp_path, server, b"IMAGE=litellm:3\n", image_id="sha256:1")
    assert became == EDITED and not server.calls("/tag")


def test_one_that_names_its_content_names_nothing_else(tmp_path: Path, server: EngineServer) -> None:
    digest = "litellm@sha256:" + "1" * 64
    restored(tmp_path, server, AFTER, before=digest, image_id="sha256:1")
    assert not server.calls("/tag")


def test_the_record_is_what_the_guard_reads() -> None:
    assert ImageRecord.from_dict(IMAGE.to_dict()) == IMAGE
