# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What labels say of the files."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.labels import told_by
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import ComposeError
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.services import Told

LABELS = {
    "com.docker.compose.project": "erni-ki",
    "com.docker.compose.project.working_dir": "/opt/erni-ki",
    "com.docker.compose.project.config_files": "/opt/erni-ki/compose.yml,/opt/erni-ki/compose.override.yml",
    "com.docker.compose.service": "litellm",
}
FILES = ("/opt/erni-ki/compose.yml", "/opt/erni-ki/compose.override.yml")


@pytest.mark.parametrize("label, paths", [(None, ()), ("", ()), ("/a.env,b.env", ("/a.env", "b.env"))])
def test_what_they_say(label: str, paths: tuple[str, ...]) -> None:
    labels = {**LABELS, **({} if label is None else {"com.docker.compose.project.environment_file": label})}
    assert told_by(labels) == Told("/opt/erni-ki", FILES, paths, {"COMPOSE_PROJECT_NAME": "erni-ki"})


@pytest.mark.parametrize("missing", ["", ".working_dir", ".config_files"])
def test_what_they_do_not_say(missing: str) -> None:
    name = f"com.docker.compose.project{missing}"
    with pytest.raises(ComposeError, match=f"the container has no label {name}, "):
        told_by({label: value for label, value in LABELS.items() if label != name})
