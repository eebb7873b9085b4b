# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each Python process of a clone does first, in real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import clone_start
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.clone_start import (
    LIFETIME,
    WITHOUT,
    foreign_variables,
)

TELL = """
import os
started = open("/proc/self/environ", "rb").read().decode().split(chr(0))
print(sorted(set(os.environ) | {entry.split("=")[0] for entry in started}))
print(os.sys.argv[1:])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One that has the module under the name by which Python takes it at each start."""
    source = Path(str(clone_start.__file__)).read_text(encoding="utf-8")
    (tmp_path / "sitecustomize.py").write_text(source, encoding="utf-8")
    return tmp_path


def python(folder: Path, program: str, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PYTHONPATH": str(folder), "PATH": os.environ["PATH"], **variables}
    return subprocess.run(
        [sys.executable, "-c", program, *words], env=environment, capture_output=True, text=True, check=False
    )


def test_what_leads_elsewhere_is_given_up_for_good(folder: Path) -> None:
    variables = {
        "DATABASE_URL": "postgresql://x",
        "REDIS_URL": "redis://x",
        "REDIS_PASSWORD": "x",
        WITHOUT: "REDIS_URL",
    }
    done = python(folder, TELL, "--config", "a b", **variables)
    names, words = done.stdout.splitlines()
    assert done.stderr == ""
    assert "DATABASE_URL" not in names and "'REDIS_URL'" not in names and "REDIS_PASSWORD" in names
    assert words == "['--config', 'a b']"


def test_nothing_happens_without_a_reason(folder: Path) -> None:
    done = python(folder, "import os, threading; print(os.getppid() > 0, threading.active_count())")
    assert (done.stdout, done.stderr) == ("True 1\n", "")


def test_a_process_ends_when_its_time_is_over(folder: Path) -> None:
    done = python(folder, "import threading; threading.Event().wait()", **{LIFETIME: "0.2"})
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    "name",
    [
        *("DATABASE_URL", "DATABASE_HOST", "DIRECT_URL", "DATABASE_URL_READ_REPLICA", "STORE_MODEL_IN_DB"),
        *("SLACK_WEBHOOK_URL", "WEBHOOK_URL", "USE_DDTRACE", "PROMETHEUS_MULTIPROC_DIR"),
        *("VIRTUAL_HOST", "LETSENCRYPT_HOST", "SERVICE_NAME", "SERVICE_4000_NAME", "SERVICE_TAGS"),
    ],
)
def test_foreign(name: str) -> None:
    assert foreign_variables({name: "x"}) == [name]


@pytest.mark.parametrize(
    "name", ["REDIS_URL", "LITELLM_MASTER_KEY", "MY_DATABASE_URL", "OPENAI_API_KEY", "DISABLE_SCHEMA_UPDATE", WITHOUT]
)
def test_not_foreign(name: str) -> None:
    assert foreign_variables({name: "x"}) == []
