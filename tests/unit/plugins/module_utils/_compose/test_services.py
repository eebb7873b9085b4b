# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layers of services, whatever the files are that they come from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.files import Files
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.image import image_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import ComposeError
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.services import Project, load_project
from ansible_collections.erni_ki.litellm.tests.unit.support.compose_shapes import BY_HAND, Shape


def load(shape: Shape, directory: Path) -> Project:
    shape.write(directory)
    return load_project(shape.told(directory), Files())


@pytest.mark.parametrize("name", BY_HAND)
def test_images(name: str, tmp_path: Path) -> None:
    shape, images = BY_HAND[name]
    project = load(shape, tmp_path)
    assert {service: image_of(project, service).reference for service in project.services} == images


def test_layers_and_their_directories(tmp_path: Path) -> None:
    project = load(BY_HAND["a chain of extends"][0], tmp_path)
    layers = project.services["litellm"]
    assert [(os.path.relpath(layer.directory, tmp_path), layer.extended) for layer in layers] == [
        ("common/deep", True),
        ("common", True),
        (".", False),
    ]
    assert set(project.sections) == {"name"}


#: What goes wrong: files, the file and line that are named, and words.
WRONG: dict[str, tuple[dict[str, str], str, int, str]] = {
    "no file": ({}, "compose.yml", 0, "there is no such file, and Compose was told of it"),
    "include of no file": ({"compose.yml": "include:\n  - no.yml\n"}, "compose.yml", 2, "there is no file .*/no.yml"),
    "include of itself": ({"compose.yml": "include:\n- compose.yml\n"}, "compose.yml", 2, "includes this one"),
    "circle of includes": (
        {"compose.yml": "include: [a.yml]\n", "a.yml": "x-a: 1\ninclude: [compose.yml]\n"},
        "a.yml",
        2,
        "includes this one",
    ),
    "include of nothing": (
        {"compose.yml": "include:\n  - project_directory: .\n"},
        "compose.yml",
        2,
        "no path stands there",
    ),
    "remote include": (
        {"compose.yml": "include:\n- oci://r.io/a\n"},
        "compose.yml",
        2,
        "is not on this host",
    ),
    "git include": ({"compose.yml": "include:\n- git@example.org:a.git\n"}, "compose.yml", 2, "is not on this host"),
    "no environment file": (
        {"compose.yml": "include:\n- path: a.yml\n  env_file: no.env\n", "a.yml": "services: {}\n"},
        "compose.yml",
        3,
        "there is no file .*/no.env",
    ),
    "no second file": (
        {
            "compose.yml": "include:\n- path:\n  - a.yml\n  - ${S}.yml\n",
            "a.yml": "services: {}\n",
            ".env": "S=s3cr3t\n",
        },
        "compose.yml",
        4,
        r"there is no file \$\{S\}.yml, which is named there",
    ),
    "extends a secret": (
        {"compose.yml": "services:\n  a: {extends: '${S}'}\n", ".env": "S=s3cr3t\n"},
        "compose.yml",
        2,
        r"there is no service \$\{S\} that it could extend",
    ),
    "extends itself": (
        {"compose.yml": "services:\n  litellm:\n    extends: litellm\n"},
        "compose.yml",
        3,
        "extends this one",
    ),
    "circle of extends": (
        {
            "compose.yml": "services:\n  litellm:\n    extends: {service: a, file: a.yml}\n",
            "a.yml": "services:\n  a:\n    extends: b\n  b:\n    extends: {service: litellm, file: compose.yml}\n",
        },
        "a.yml",
        5,
        "the service litellm extends this one",
    ),
    "extends nobody": (
        {"compose.yml": "services:\n  litellm:\n    extends: nobody\n"},
        "compose.yml",
        3,
        "there is no service nobody",
    ),
    "extends no service": (
        {"compose.yml": "services:\n  a:\n    extends: {file: b}\n"},
        "compose.yml",
        3,
        "no service stands",
    ),
    "extends in no file": (
        {"compose.yml": "services:\n  a:\n    extends: {file: b, service: c}\n"},
        "compose.yml",
        3,
        "there is no file",
    ),
    "reset of all": (
        {"compose.yml": "services: !override\n  a: {image: b}\n"},
        "compose.yml",
        1,
        "all services are under",
    ),
    "override extended": (
        {"compose.yml": "services:\n  a: !override\n    image: b\n  c:\n    extends: a\n"},
        "compose.yml",
        2,
        "is extended, and its !override",
    ),
    "not a mapping": ({"compose.yml": "services: [a]\n"}, "compose.yml", 1, "Compose wants keys"),
    "broken environment": (
        {"compose.yml": "services: {}\n", ".env": "A=1\nsome thing\n"},
        ".env",
        2,
        "is no NAME=value",
    ),
    "extends in a braced path": (
        {"compose.yml": "services:\n  a:\n    extends: {file: '${', service: c}\n"},
        "compose.yml",
        3,
        "a brace",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_compose_could_not_load(name: str, tmp_path: Path) -> None:
    files, path, line, words = WRONG[name]
    with pytest.raises(ComposeError, match=words) as caught:
        load(Shape(files), tmp_path)
    where = f"{tmp_path}/{path}" + (f", line {line}" if line else "")
    assert str(caught.value).startswith(f"{where}: ")
    assert "s3cr3t" not in str(caught.value)


def chain(count: int, link: Any) -> Shape:
    """Files that lead to each other."""
    files = {f"f{number}.yml": link(number) for number in range(1, count)}
    return Shape({"compose.yml": link(0), **files, f"f{count}.yml": "services:\n  s: {image: a}\n"})


def test_levels_are_bounded(tmp_path: Path) -> None:
    includes = chain(50, lambda number: f"include: [f{number + 1}.yml]\n")
    with pytest.raises(ComposeError, match="more than 20 levels, or more than 200 times; include fewer"):
        load(includes, tmp_path)
    extended = chain(50, lambda number: f"services:\n  s:\n    extends: {{file: f{number + 1}.yml, service: s}}\n")
    with pytest.raises(ComposeError, match="more than 20 levels; extend fewer"):
        load(extended, tmp_path)


def test_includes_that_double_are_bounded(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match="more than 200 times; include fewer"):
        load(chain(19, lambda number: f"include: [f{number + 1}.yml, ./f{number + 1}.yml]\n"), tmp_path)


def test_a_reset_of_extends(tmp_path: Path) -> None:
    shape = Shape({"compose.yml": "services:\n  s: {image: a, extends: !reset null}\n"})
    assert len(load(shape, tmp_path).services["s"]) == 1


def test_many_includes_of_one_file_are_read_once(tmp_path: Path) -> None:
    shape = Shape({"compose.yml": "include: [" + "a.yml, " * 3 + "]\n", "a.yml": "services:\n  s: {image: a}\n"})
    project = load(shape, tmp_path)
    assert image_of(project, "s").reference == "a"


def test_no_compose_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match="no Compose file is named"):
        load(Shape({}, named=()), tmp_path)
