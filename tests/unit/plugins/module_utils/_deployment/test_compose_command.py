# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Docker client: what it is told, what it gets of the environment, and what becomes of a failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.compose_command import (
    ComposeCommand,
    ComposeCommandError,
    docker_program,
    run_docker,
)

#: Tells what it was called with.
ECHO = """#!/usr/bin/env python3
import json, os, sys
print("litellm", json.dumps({"argv": sys.argv[1:], "environment": dict(os.environ)}).replace(" ", ""))
"""


def program(folder: Path, text: str) -> str:
    """A program of that text."""
    path = folder / "docker"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def command(path: str) -> ComposeCommand:
    """Compose for a project of two files."""
    return ComposeCommand(
        path, "unix:///run/d.sock", "ki", "/srv/ki", ("/srv/ki/a.yml", "/srv/ki/b.yml"), ("/srv/ki/x.env",)
    )


def test_compose_is_told_what_the_labels_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "hunter2")
    told = json.loads(command(program(tmp_path, ECHO)).configuration_hash("litellm"))
    assert told["argv"] == [
        *("compose", "--project-name", "ki", "--project-directory", "/srv/ki", "--file", "/srv/ki/a.yml"),
        *("--file", "/srv/ki/b.yml", "--env-file", "/srv/ki/x.env", "config", "--hash", "litellm"),
    ]
    assert told["environment"]["DOCKER_HOST"] == "unix:///run/d.sock"
    assert "A_SECRET" not in told["environment"] and "PATH" in told["environment"]


def test_a_failure_tells_its_last_line(tmp_path: Path) -> None:
    failing = program(tmp_path, "#!/bin/sh\necho first >&2; echo 'no such manifest' >&2; exit 3\n")
    with pytest.raises(ComposeCommandError, match="^Docker did not pull x: no such manifest$") as caught:
        run_docker(failing, "", ["pull", "x"], 60, "pull x")
    assert caught.value.context == {"exit_code": 3}
    silent = program(tmp_path, "#!/bin/sh\nexit 1\n")
    with pytest.raises(ComposeCommandError, match="it gave no reason"):
        command(silent).make_missing("litellm", 2)


def test_what_does_not_end_or_does_not_begin(tmp_path: Path) -> None:
    with pytest.raises(ComposeCommandError, match="Docker did not wait: .*docker did not end within 0 s"):
        run_docker(program(tmp_path, "#!/bin/sh\nexec sleep 60\n"), "", [], 0.05, "wait")
    with pytest.raises(ComposeCommandError, match="cannot be run: No such file or directory"):
        run_docker(str(tmp_path / "none"), "", [], 60, "begin")


def test_no_client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ComposeCommandError, match="there is no Docker client on the managed host"):
        docker_program()


def test_it_survives_a_record() -> None:
    there = command("/usr/bin/docker")
    assert ComposeCommand.from_dict(json.loads(json.dumps(there.to_dict()))) == there
