# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy's process: which one it is, and what it was started with."""

from __future__ import annotations

import os

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import process as inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal
from ansible_collections.erni_ki.litellm.tests.unit.support.unprivileged import unprivileged


@pytest.mark.parametrize(
    "words",
    [
        "litellm --config /app/config.yaml",
        "/usr/bin/python3 /usr/local/bin/litellm --port 4000",
        "/app/.venv/bin/python3 /app/.venv/bin/litellm",
        "python -m litellm --config x",
        "python3.13 -m litellm.proxy.proxy_cli",
        "python /app/litellm/proxy/proxy_cli.py",
        "/usr/bin/python3 /usr/bin/uvicorn litellm.proxy.proxy_server:app",
        "uvicorn litellm.proxy.proxy_server:app --workers 2",
        "gunicorn -k uvicorn.workers.UvicornWorker litellm.proxy.proxy_server:app",
    ],
)
def test_command_lines_that_start_litellm(words: str) -> None:
    assert inside.starts_litellm(words.split())


@pytest.mark.parametrize(
    "words",
    [
        "",
        "/bin/sh /entrypoint.sh --config /app/config.yaml",
        "sh -c litellm",
        "/sbin/docker-init -- litellm --config x",
        "tini -- litellm",
        "setpriv --reuid=1000 litellm",
        "python3 -c import_litellm litellm",
        "python3 /healthcheck.py",
        "tail -f /var/log/litellm",
        "python3 -m http.server",
    ],
)
def test_command_lines_that_do_not(words: str) -> None:
    assert not inside.starts_litellm(words.split())


@pytest.mark.parametrize(
    ("words", "value"),
    [("x --port 4000", "4000"), ("x --port=4000", "4000"), ("x --port", None), ("x --ports 1", None), ("", None)],
)
def test_options(words: str, value: str | None) -> None:
    assert inside.option_of(words.split(), ("--port",)) == value


def test_the_environment_of_a_process_of_somebody_else_is_refused() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root has a process that others may not read")

    def read() -> str:
        with pytest.raises(Refusal) as refusal:
            inside.environment_of(os.getppid())
        return f"{refusal.value.code}: {refusal.value}"

    assert unprivileged(read) == (
        f"environment_unreadable: the environment of the proxy's process {os.getpid()} may not be read as user 65534"
    )


@pytest.mark.parametrize(
    ("argv", "environ", "path"),
    [
        (["litellm", "--config", "/a.yaml"], {}, "/a.yaml"),
        (["litellm", "--config", "/a.yaml"], {"CONFIG_FILE_PATH": "/b.yaml"}, "/b.yaml"),
        (["litellm", "--config", "/a.yaml"], {"CONFIG_FILE_PATH": ""}, None),  # then LiteLLM reads no file at all
        (["litellm"], {}, None),
    ],
)
def test_the_file_that_is_read(argv: list[str], environ: dict[str, str], path: str | None) -> None:
    assert inside.Proxy(os.getpid(), argv, environ).config_path == path
