# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy's process: which one it is, and what it was started with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

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
        "/usr/bin/python3 /usr/bin/hypercorn --bind 0.0.0.0:4000 litellm.proxy.proxy_server:app",
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
    ("family", "bound", "reached"),
    [
        (socket.AF_INET, "127.0.0.1", ["127.0.0.1"]),
        (socket.AF_INET, "0.0.0.0", ["127.0.0.1"]),
        (socket.AF_INET6, "::1", ["::1"]),
        (socket.AF_INET6, "::", ["127.0.0.1", "::1"]),
    ],
)
def test_the_sockets_of_the_process_tell_where_it_listens(
    family: socket.AddressFamily, bound: str, reached: list[str]
) -> None:
    with socket.socket(family) as listener:
        listener.bind((bound, 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert inside.Proxy(os.getpid(), ["litellm"], {}).sockets() == [(host, port) for host in reached]


def test_a_child_may_be_the_one_that_listens() -> None:
    program = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); input()"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    port = int(child.stdout.readline())
    assert ("127.0.0.1", port) in inside.Proxy(os.getpid(), ["litellm"], {}).sockets()
    child.communicate("\n")
    with pytest.raises(ConnectionRefusedError):
        inside.Proxy(os.getpid(), ["litellm"], {}).sockets()


@pytest.mark.parametrize(
    "words",
    [
        "litellm --port {}",
        "gunicorn -b 0.0.0.0:{} litellm.proxy.proxy_server:app",
        "hypercorn --bind 0.0.0.0:{} litellm.proxy.proxy_server:app",
        "hypercorn litellm.proxy.proxy_server:app --bind=[::]:{}",
    ],
)
def test_of_several_ports_it_is_the_one_that_was_named(words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        ports = [one.getsockname()[1] for one in (first, second)]
        for port in ports:
            assert inside.Proxy(os.getpid(), words.format(port).split(), {}).sockets() == [("127.0.0.1", port)]
            assert inside.Proxy(os.getpid(), ["litellm"], {"PORT": str(port)}).sockets() == [("127.0.0.1", port)]
        assert {port for _host, port in inside.Proxy(os.getpid(), ["litellm"], {}).sockets()} == set(ports)


def test_sockets_of_somebody_else_are_guessed() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root has a process that others may not read")

    def guess() -> str:
        return str(inside.Proxy(os.getppid(), ["litellm", "--port", "4711"], {}).sockets())

    assert unprivileged(guess) == str([("127.0.0.1", 4711), ("::1", 4711)])


def test_the_configuration_of_a_web_server_is_not_that_of_litellm() -> None:
    served = "gunicorn -c /etc/gunicorn.py litellm.proxy.proxy_server:app".split()
    assert inside.Proxy(os.getpid(), served, {"CONFIG_FILE_PATH": "/app/config.yaml"}).config_path == "/app/config.yaml"
    assert inside.Proxy(os.getpid(), served, {}).config_path is None


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


def test_the_user_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks: another user may not read its environment, and is told all the same."""
    words = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdin is not None
        child.stdout.readline()
        monkeypatch.setattr(
            inside.Proxy, "find", classmethod(lambda _cls, own_environment: inside.Proxy(child.pid, [], {}))
        )
        told = unprivileged(lambda: str(inside.user_of_proxy({})))
        child.stdin.close()
    assert told == str({"uid": os.geteuid(), "gid": os.getegid()})
    with pytest.raises(Refusal, match="the proxy's process ended"):
        inside.user_of_proxy({})
