# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a change of files reaches."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.files import Files
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.reach import Reach, reached_by
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.services import load_project
from ansible_collections.erni_ki.litellm.tests.unit.support.compose_shapes import Shape

LITELLM = "  litellm: {image: 'a:${TAG:-1}'}\n"


@pytest.mark.parametrize(
    "text, reached",
    [
        ("services:\n" + LITELLM + "  other: {image: b}\n", ["litellm"]),
        ("services:\n" + LITELLM + "  other: {image: 'b:${TAG}'}\n", ["litellm", "other"]),
        ("services:\n" + LITELLM + "  other: {image: b, labels: {version: '${TAG}'}}\n", ["litellm", "other"]),
        ("services:\n" + LITELLM + "  other: {image: b, labels: {version: '$${TAG}'}}\n", ["litellm"]),
        ("services:\n" + LITELLM + "  other: {image: b, environment: [TAG]}\n", ["litellm", "other"]),
        ("services:\n" + LITELLM + "  other: {image: b, environment: {TAG: }}\n", ["litellm", "other"]),
        ("services:\n" + LITELLM + "  other: {image: b, environment: {TAG: fixed}}\n", ["litellm"]),
        ("services:\n" + LITELLM + "  other: {image: b, build: {args: [TAG]}}\n", ["litellm", "other"]),
        ("services:\n" + LITELLM + "  other: {image: b, env_file: .env}\n", ["litellm", "other (by its env_file)"]),
        (
            "services:\n" + LITELLM + "  other: {image: b, env_file: [a.env, ./.env]}\n",
            ["litellm", "other (by its env_file)"],
        ),
        (
            "services:\n" + LITELLM + "  other: {image: b, env_file: [{path: link.env}]}\n",
            ["litellm", "other (by its env_file)"],
        ),
        ("services:\n" + LITELLM + "  other: {image: b, env_file: [{path: a.env, required: false}]}\n", ["litellm"]),
        ("services:\n" + LITELLM + "  other: {extends: litellm}\n", ["litellm", "other"]),
        ("services:\n" + LITELLM + "  other: {image: 'b:${OTHER}'}\n", ["litellm", "other"]),
        ("services:\n" + LITELLM + "networks: {default: {name: 'n-${TAG}'}}\n", ["litellm", "networks"]),
        ("services:\n" + LITELLM + "configs: {c: {environment: TAG}}\n", ["configs", "litellm"]),
        ("services:\n" + LITELLM + "x-note: 'b:${TAG}'\n", ["litellm"]),
        ("x-a: &a {image: 'a:${TAG}'}\nservices: {litellm: *a, other: {<<: *a, image: b}}\n", ["litellm"]),
        ("services: {}\n", []),
    ],
)
def test_whom_a_variable_reaches(text: str, reached: list[str], tmp_path: Path) -> None:
    shape = Shape({"compose.yml": text, ".env": "TAG=1\nOTHER=$TAG\n", "a.env": "A=1\n"})
    shape.write(tmp_path)
    (tmp_path / "link.env").symlink_to(".env")
    before = load_project(shape.told(tmp_path), Files())
    (tmp_path / ".env").write_text("TAG=2\nOTHER=$TAG\n")
    after = load_project(shape.told(tmp_path), Files())
    reach = reached_by(before, after, {str(tmp_path / ".env")})
    assert sorted(reach.beyond(())) == reached
    assert reach.beyond([name.partition(" ")[0] for name in reached]) == ()


def test_a_service_that_comes_or_goes(tmp_path: Path) -> None:
    shape = Shape({"compose.yml": "services: {a: {image: a}}\n"})
    shape.write(tmp_path)
    before = load_project(shape.told(tmp_path), Files())
    (tmp_path / "compose.yml").write_text("services: {b: {image: a}}\n")
    after = load_project(shape.told(tmp_path), Files())
    assert reached_by(before, after, set()) == Reach(("a", "b"), (), ())


def test_nothing_changed(tmp_path: Path) -> None:
    shape = Shape({"compose.yml": "services: {a: {image: a, command: [b, *c]}}\n".replace("*c", "c")})
    shape.write(tmp_path)
    projects = [load_project(shape.told(tmp_path), Files()) for _number in range(2)]
    assert reached_by(*projects, set()) == Reach((), (), ())
