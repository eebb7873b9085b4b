# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which image a service has, and what says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.files import Files
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.image import Image, image_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import (
    COMPOSE,
    DEFAULT,
    SHELL,
    VARIABLE,
    ComposeError,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.services import load_project
from ansible_collections.erni_ki.litellm.tests.unit.support.compose_shapes import Shape


def image(shape: Shape, directory: Path) -> Image:
    shape.write(directory)
    return image_of(load_project(shape.told(directory), Files()), "litellm")


def service(body: str, **more: str) -> Shape:
    """A project in which litellm has a body of one line."""
    return Shape({"compose.yml": f"services:\n  litellm: {{{body}}}\n", **more})


@pytest.mark.parametrize(
    "shape, kind, path, line",
    [
        (service("image: a:1"), COMPOSE, "compose.yml", 2),
        (service("image: 'a:${TAG:-1}'"), DEFAULT, "compose.yml", 2),
        (service("image: 'a:${TAG}'", **{".env": "B=1\nTAG=1\n"}), VARIABLE, ".env", 2),
        (service("image: '${IMAGE}'", **{".env": "T=1\nIMAGE=a:$T\n"}), VARIABLE, ".env", 1),
        (service("image: 'a:${TAG}${NOT}'", **{".env": "TAG=1\n"}), VARIABLE, ".env", 1),
        (Shape({"compose.yml": "x-i: &i a:1\n\nservices:\n  litellm: {image: *i}\n"}), COMPOSE, "compose.yml", 1),
    ],
)
def test_what_decides(shape: Shape, kind: str, path: str, line: int, tmp_path: Path) -> None:
    found = image(shape, tmp_path)
    assert found.reference == "a:1"
    assert (found.place.kind, found.place.path, found.place.line) == (kind, str(tmp_path / path), line)


def test_the_shell_decides(tmp_path: Path) -> None:
    shape = Shape(
        {"compose.yml": "services:\n  litellm: {image: 'a:$TAG'}\n", ".env": "TAG=1\n"}, variables={"TAG": "2"}
    )
    found = image(shape, tmp_path)
    assert (found.place.kind, found.place.variable, found.place.path) == (SHELL, "TAG", "")


def test_in_words(tmp_path: Path) -> None:
    shape = service("image: '${REPOSITORY}:${TAG:-1}'", **{".env": "REPOSITORY=a\n"})
    assert image(shape, tmp_path).in_words == (
        f"the variable REPOSITORY in {tmp_path}/.env, line 1 and {tmp_path}/compose.yml, line 2 and the default of the variable "
        f"TAG in {tmp_path}/compose.yml, line 2"
    )


@pytest.mark.parametrize(
    "shape, line, why",
    [
        (service("build: ."), 2, "litellm is built there, and Compose would build it again"),
        (service("image: a:1, build: {context: .}"), 2, "litellm is built there"),
        (service("restart: always"), 2, "litellm has no image there"),
        (service("image: "), 2, "litellm has no image there"),
        (service("image: ''"), 2, "no reference of an image; write one"),
        (
            service("image: 'a:${s3cr3t}'", **{".env": "OTHER=s3cr3t\n"}),
            2,
            "s3cr3t has a value in no file and in no environment",
        ),
        (service("image: '${A}'", **{".env": "A=s3cr3t value\n"}), 2, "no reference of an image"),
        (service("image: [a]"), 2, "Compose wants one value"),
        (Shape({"compose.yml": "services:\n  litellm:\n    image: |\n      a:1\n"}), 3, "no reference of an image"),
        (
            Shape({"compose.yml": "services:\n  litellm:\n    image: a\n    image: b\n"}),
            4,
            "stands there again, first on line 3",
        ),
        (
            Shape({"compose.yml": "services:\n  b:\n    image: !reset null\n  litellm:\n    extends: b\n"}),
            3,
            "this service is extended, and !reset is not followed there",
        ),
    ],
)
def test_no_image_to_change(shape: Shape, line: int, why: str, tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match=why) as caught:
        image(shape, tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}/compose.yml, line {line}: ")
    assert "s3cr3t value" not in str(caught.value)


def test_a_reset_image(tmp_path: Path) -> None:
    files = {
        "a.yml": "services:\n  litellm: {image: a:1}\n",
        "b.yml": "services:\n  litellm: {image: !reset null}\n",
    }
    with pytest.raises(ComposeError, match=f"{tmp_path}/b.yml, line 2: litellm has no image"):
        image(Shape(files, ("a.yml", "b.yml")), tmp_path)


def test_a_reset_of_what_is_extended(tmp_path: Path) -> None:
    text = "services:\n  base: {image: a:1, build: .}\n  litellm:\n    extends: base\n    build: !reset null\n"
    assert image(Shape({"compose.yml": text}), tmp_path).reference == "a:1"


def test_no_such_service(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match="the project has no service litellm; its services are: proxy, redis"):
        image(Shape({"compose.yml": "services: {redis: {image: a}, proxy: {image: b}}\n"}), tmp_path)
