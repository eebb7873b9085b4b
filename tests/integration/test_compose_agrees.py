# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which image a service has, and has after a change, by `docker compose config`: Compose itself, without any container."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.change import change_image
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.files import Files, encoded
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.image import image_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import ComposeError
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.services import load_project
from ansible_collections.erni_ki.litellm.tests.unit.support.compose_shapes import (
    BY_HAND,
    ENVIRONMENT_FILES,
    TEMPLATE_VARIABLES,
    TEMPLATES,
    WANTED,
    Shape,
    shapes,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import CHECKOUT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

#: Projects of each run: that of `make test`, and the larger one. Compose takes a fifth of a second for a look.
FEW = 40
MANY = int(os.environ.get("GENERATED_CONFIGS") or 300)
# What hypothesis keeps for itself.
set_hypothesis_home_dir(CHECKOUT / ".cache" / "hypothesis")
_SETTINGS = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


def config_of(shape: Shape, directory: Path) -> dict[str, Any]:
    """What Compose makes of a project; {} where it takes none of it."""
    command = ["docker", "compose", "--project-directory", str(directory), "--project-name", "shape", "--profile", "*"]
    for path in shape.named:
        command += ["--file", str(directory / path)]
    for path in shape.environment_files:
        command += ["--env-file", str(directory / path)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), **shape.variables}
    result = subprocess.run(
        [*command, "config", "--format", "json"],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(result.stdout) if result.returncode == 0 else {}


def images_of(config: dict[str, Any]) -> dict[str, str]:
    """The image of each service."""
    return {name: service["image"] for name, service in config["services"].items()}


def without_image(config: dict[str, Any], *services: str) -> dict[str, Any]:
    """The services that are not named, whole, and the named ones without their image."""
    kept = {name: dict(service) for name, service in config["services"].items()}
    for name in services:
        kept[name].pop("image")
    return kept


def changed(shape: Shape, directory: Path, before: dict[str, Any], service: str, wanted: str) -> str:
    """Change the image of a service, and let Compose judge it.

    :param before: what Compose makes of the shape as it is.
    :returns: the name of the file that was changed, or '' where the change was refused.
    """
    shape.write(directory)
    try:
        change = change_image(shape.told(directory), Files(), service, wanted)
    except ComposeError:
        return ""
    Path(change.path).write_bytes(encoded(change.after))
    after = config_of(shape, directory)
    assert after["services"][service]["image"] == wanted
    assert without_image(after, service) == without_image(before, service)
    return Path(change.path).name


def judged(shape: Shape, directory: Path) -> dict[str, Any]:
    """What Compose makes of a project, in which we see the same images."""
    shape.write(directory)
    config = config_of(shape, directory)
    assert config, shape
    project = load_project(shape.told(directory), Files())
    assert {name: image_of(project, name).reference for name in project.services} == images_of(config)
    return config


@pytest.mark.parametrize("name", BY_HAND)
def test_projects_by_hand(name: str, tmp_path: Path) -> None:
    shape, images = BY_HAND[name]
    before = judged(shape, tmp_path)
    assert images_of(before) == images
    for service in images:
        changed(shape, tmp_path, before, service, f"{images[service].rpartition(':')[0] or 'a'}:next")
    changed(shape, tmp_path, before, next(iter(images)), WANTED[1])


def test_templates(tmp_path: Path) -> None:
    services = {f"s{number}": {"image": "a", "hostname": text} for number, text in enumerate(TEMPLATES)}
    shape = Shape({"compose.yml": json.dumps({"services": services})}, variables=TEMPLATE_VARIABLES)
    shape.write(tmp_path)
    config = config_of(shape, tmp_path)
    found = {text: config["services"][f"s{number}"].get("hostname", "") for number, text in enumerate(TEMPLATES)}
    # What it tells can be read again, so it writes a dollar sign twice.
    assert {text: value.replace("$$", "$") for text, value in found.items()} == TEMPLATES


@pytest.mark.parametrize("text", ENVIRONMENT_FILES)
def test_environment_files(text: str, tmp_path: Path) -> None:
    names = [name for name in ENVIRONMENT_FILES[text] if name.isascii() and name.isalnum() and name != "OUTSIDE"]
    services = {"s": {"image": "a", "labels": {name: f"${{{name}-unset}}" for name in names}}}
    shape = Shape(
        {"compose.yml": json.dumps({"services": services}), ".env": text}, variables={"OUTSIDE": "from outside"}
    )
    shape.write(tmp_path)
    labels = config_of(shape, tmp_path)["services"]["s"].get("labels", {})
    assert {name: value.replace("$$", "$") for name, value in labels.items()} == {
        name: ENVIRONMENT_FILES[text][name] for name in names
    }


def draw(directory: Path, **how: Any) -> Counter:
    """Projects that are drawn, each changed once: how often which file was."""
    counts: Counter = Counter()

    @settings(**how, **_SETTINGS)
    @given(shapes(), st.sampled_from(WANTED))
    def of_each(shape: Shape, wanted: str) -> None:
        place = directory / str(sum(counts.values()))
        counts[changed(shape, place, judged(shape, place), "litellm", wanted)] += 1

    of_each()
    return counts


@pytest.mark.rest
def test_generated(tmp_path: Path) -> None:
    counts = draw(tmp_path, max_examples=FEW, derandomize=True)
    assert counts[""] < FEW / 2, counts


@pytest.mark.rest
def test_generated_others(tmp_path: Path) -> None:
    assert draw(tmp_path, max_examples=MANY)
