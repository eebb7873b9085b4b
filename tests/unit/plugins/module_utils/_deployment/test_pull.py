# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is to be pulled, in words, and what becomes of a pull: a script says what the real Docker client says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.pull import Foreseen, Pull, PullError

IMAGE = "127.0.0.1:5000/litellm:1"
ONE = {"config": {"digest": "sha256:aa"}, "layers": [{"size": 60_000_000}, {"size": 340_000_000}]}
FOR_TWO = {
    "manifests": [
        {"digest": "sha256:11", "platform": {"os": "linux", "architecture": "arm64"}},
        {"digest": "sha256:22", "platform": {"os": "linux", "architecture": "amd64"}},
    ]
}


def client(folder: Path, **answers: Any) -> str:
    """A Docker client that answers by its first word, and notes what it is told."""
    cases = "".join(f"{word}) {text} ;;\n" for word, text in answers.items())
    path = folder / "docker"
    path.write_text(f'#!/bin/sh\necho "$*" >> {folder}/told\ncase "$1" in\n{cases}esac\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def told(folder: Path) -> list[str]:
    """What the client was told."""
    return (folder / "told").read_text(encoding="utf-8").splitlines()


def test_a_registry_tells_the_size(tmp_path: Path) -> None:
    pull = Pull(client(tmp_path, manifest=f"echo '{json.dumps(ONE)}'"), "", IMAGE)
    assert pull.foresee() == Foreseen(400_000_000, 2, "sha256:aa")
    assert told(tmp_path) == [f"manifest inspect --insecure {IMAGE}"]


def test_an_image_for_several_platforms(tmp_path: Path) -> None:
    answers = f"""case "$3" in *@sha256:22) echo '{json.dumps(ONE)}';; *) echo '{json.dumps(FOR_TWO)}';; esac"""
    program = client(tmp_path, manifest=answers, version="echo linux/amd64")
    assert Pull(program, "", "ghcr.io/berriai/litellm:v1.81.0").foresee().layers == 2
    assert told(tmp_path)[-1] == "manifest inspect ghcr.io/berriai/litellm@sha256:22"
    other = client(tmp_path, manifest=answers, version="echo windows/amd64")
    assert Pull(other, "", "ghcr.io/berriai/litellm:v1.81.0").foresee() == Foreseen()


@pytest.mark.parametrize("answer", ["echo no such manifest >&2; exit 1", "echo []", "echo", "echo '{\"layers\": 3}'"])
def test_what_no_registry_tells_is_not_known(tmp_path: Path, answer: str) -> None:
    assert Pull(client(tmp_path, manifest=answer), "", IMAGE).foresee() == Foreseen()


@pytest.mark.parametrize(
    ("foreseen", "here", "words"),
    [
        (Foreseen(), None, "to be pulled: its registry does not tell how much, waiting at most 1800 s"),
        (Foreseen(4, 1, "a"), "a", "to be pulled: nothing new, waiting at most 1800 s"),
        (
            Foreseen(400_000_000, 2, "a"),
            "b",
            "to be pulled: 400.0 MB in 2 layers, less what the host has of it, waiting at most 1800 s",
        ),
    ],
)
def test_it_in_words(foreseen: Foreseen, here: str | None, words: str) -> None:
    assert foreseen.in_words(here, 1800) == words


def test_its_layers_are_counted(tmp_path: Path) -> None:
    lines = ("1: Pulling from x", "e323843380f7: Already exists", "be1686bbc23d: Pulling fs layer")
    output = "\\n".join((*lines, "be1686bbc23d: Pull complete", "Status: Downloaded"))
    assert Pull(client(tmp_path, pull=f"printf '{output}'"), "", IMAGE).run(60) == {"layers": 2, "there": 1}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("no basic auth credentials", "Run docker login 127.0.0.1:5000 on the host as "),
        ("write /var/lib/docker/x: no space left on device", "the disk of Docker is full"),
        ("Get https://s3/x?Signature=hunter2: EOF", r"pull 127.0.0.1:5000/litellm:1: Get https://s3/x\?\.\.\. EOF$"),
    ],
)
def test_a_failure_names_its_way_out(tmp_path: Path, said: str, sentence: str) -> None:
    with pytest.raises(PullError, match=sentence):
        Pull(client(tmp_path, pull=f"echo '{said}' >&2; exit 1"), "", IMAGE).run(60)


def test_patience_ends(tmp_path: Path) -> None:
    with pytest.raises(PullError, match="did not end within 0 s: litellm_upgrade_pull_timeout is how long it may take"):
        Pull(client(tmp_path, pull="exec sleep 60"), "", IMAGE).run(0)
