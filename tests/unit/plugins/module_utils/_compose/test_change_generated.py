# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generated projects: what is changed is what was wanted, and nothing else, by PyYAML and the bytes.

``make test`` draws the same ones each time. Compose's own word on the same shapes: tests/integration/test_compose_agrees.py.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.change import change_image
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.files import Files, encoded
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.image import image_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import ComposeError
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.services import load_project
from ansible_collections.erni_ki.litellm.tests.unit.support.compose_oracle import services_of
from ansible_collections.erni_ki.litellm.tests.unit.support.compose_shapes import OLD, WANTED, Shape, shapes
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import CHECKOUT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

#: Projects of each run: that of `make test`, and the larger one.
FEW = 150
MANY = int(os.environ.get("GENERATED_CONFIGS") or 300)
# What hypothesis keeps for itself.
set_hypothesis_home_dir(CHECKOUT / ".cache" / "hypothesis")
_SETTINGS = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


def around_references(content: bytes) -> list[bytes]:
    """What stands in each line that is no part of a reference: blanks, quotes, braces, the signs of comments."""
    return [re.sub(rb"[\w./:@-]+", b"", line) for line in content.split(b"\n")]


def lines_that_differ(before: bytes, after: bytes) -> int:
    """How many lines are not what they were."""
    return sum(one != other for one, other in zip(before.split(b"\n"), after.split(b"\n")))


def changed(shape: Shape, wanted: str, counts: Counter) -> None:
    """Change the image of a shape, and hold what comes of it against what should."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(os.path.realpath(folder))
        shape.write(directory)
        told = shape.told(directory)
        before = services_of(directory, shape.named, shape.variables)
        project = load_project(told, Files())
        images = {name: image_of(project, name).reference for name in project.services}
        assert images == {name: service["image"] for name, service in before.items()}
        assert images["litellm"] == OLD
        try:
            change = change_image(told, Files(), "litellm", wanted)
        except ComposeError as refusal:
            assert "s3cr3t" not in str(refusal)
            counts["refused", "reaches" if "reaches more" in str(refusal) else "together"] += 1
            return
        counts["changed", Path(change.path).name] += 1
        file = Path(change.path)
        assert file.read_bytes() == encoded(change.before)
        assert around_references(encoded(change.before)) == around_references(encoded(change.after))
        assert lines_that_differ(encoded(change.before), encoded(change.after)) <= 2  # name and tag in two variables
        file.write_bytes(encoded(change.after))
        before["litellm"]["image"] = wanted
        assert services_of(directory, shape.named, shape.variables) == before
        again = change_image(told, Files(), "litellm", wanted)
        assert again.before == again.after


def test_generated() -> None:
    counts: Counter = Counter()

    @settings(max_examples=FEW, derandomize=True, **_SETTINGS)
    @given(shapes(), st.sampled_from(WANTED))
    def of_each(shape: Shape, wanted: str) -> None:
        changed(shape, wanted, counts)

    of_each()
    total = sum(counts.values())
    assert sum(count for what, count in counts.items() if what[0] == "changed") > total / 2, counts
    names = {what[1] for what in counts}
    # Which other ones are drawn depends on the version of hypothesis.
    assert {"compose.yml", ".env"} < names and len(names) > 4, counts


@pytest.mark.rest
def test_generated_others() -> None:
    @settings(max_examples=MANY, **_SETTINGS)
    @given(shapes(), st.sampled_from(WANTED))
    def of_each(shape: Shape, wanted: str) -> None:
        changed(shape, wanted, Counter())

    of_each()
