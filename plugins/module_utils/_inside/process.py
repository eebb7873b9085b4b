# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy's process: found, and what it was started with."""

from __future__ import annotations

import contextlib
import os
import sys

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal

DEFAULT_PORT = 4000  # LiteLLM's own default, proxy_cli.py


def starts_litellm(argv: list) -> bool:
    """Whether a command line is that of a LiteLLM proxy, and not that of a shell or an init before it.

    :param argv: the words of the command line.
    """
    if not argv:
        return False
    program = os.path.basename(argv[0])
    if program == "litellm":
        return True
    if any("litellm.proxy.proxy_server:app" in word for word in argv[1:]):
        return program.startswith(("python", "uvicorn", "gunicorn", "hypercorn", "granian"))
    if not program.startswith(("python", "pypy")):
        return False
    for previous, word in zip(argv, argv[1:]):
        if previous == "-c":
            return False
        if os.path.basename(word) in ("litellm", "litellm_proxy", "proxy_cli.py"):
            return True
        if previous == "-m" and word.split(".")[0] == "litellm":
            return True
    return False


def option_of(argv: list, names: tuple):
    """Value of a command line option in either spelling, or None."""
    for position, word in enumerate(argv):
        name, equals, value = word.partition("=")
        if name in names:
            if equals:
                return value
            if position + 1 < len(argv):
                return argv[position + 1]
    return None


def read(path: str) -> bytes:
    """The bytes of a file."""
    with open(path, "rb") as stream:
        return stream.read()


def _start_ticks(pid: int) -> int:
    # Fields after the last ")" of /proc/PID/stat start with field 3; the start time is field 22.
    return int(read("/proc/%d/stat" % pid).rpartition(b")")[2].split()[19])


def environment_of(pid: int) -> dict:
    """The environment of a process, with what an entrypoint exported before it.

    :raises Refusal: it may not be read.
    """
    try:
        block = read("/proc/%d/environ" % pid)
    except PermissionError:
        raise Refusal(
            "environment_unreadable",
            "the environment of the proxy's process %d may not be read as user %d" % (pid, os.getuid()),
        ) from None
    pairs = (entry.partition("=") for entry in os.fsdecode(block).split("\0") if "=" in entry)
    return {name: value for name, _equals, value in pairs}


class Proxy:
    """The oldest process of the instance whose command line starts LiteLLM."""

    def __init__(self, pid: int, argv: list, environ: dict) -> None:
        self.pid = pid
        self.argv = argv
        self.environ = environ
        # Where the variable is set, LiteLLM does not look at the option (proxy_server.py, 1.77.7 to 1.106.2).
        config = environ["CONFIG_FILE_PATH"] if "CONFIG_FILE_PATH" in environ else option_of(argv, ("--config", "-c"))
        self.config_path = os.path.join(self._cwd(), config) if config else None
        self.port = int(option_of(argv, ("--port",)) or environ.get("PORT") or DEFAULT_PORT)
        certificate = option_of(argv, ("--ssl_certfile_path",)) or environ.get("SSL_CERTFILE_PATH")
        self.scheme = "https" if certificate else "http"
        self.root_path = environ.get("SERVER_ROOT_PATH", "").rstrip("/")

    def _cwd(self) -> str:
        try:
            return os.readlink("/proc/%d/cwd" % self.pid)
        except OSError:  # of another user: what docker exec starts in is the image's working directory
            return os.getcwd()

    @classmethod
    def find(cls, own_environment: bool = True) -> Proxy:
        """The proxy of this instance.

        :param own_environment: read the environment of the process; else the container's own has to do, which
            lacks what an entrypoint exported, and which every user may read.
        :raises Refusal: there is none, or /proc does not tell.
        """
        try:
            pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        except OSError:
            raise Refusal("no_proc", "the container has no /proc") from None
        found = []
        for pid in pids:
            with contextlib.suppress(OSError, IndexError):
                argv = [os.fsdecode(word) for word in read("/proc/%d/cmdline" % pid).split(b"\0")[:-1]]
                if pid != os.getpid() and starts_litellm(argv):
                    found.append((_start_ticks(pid), pid, argv))
        if not found:
            raise Refusal("no_proxy", "no process in the container starts LiteLLM")
        _ticks, pid, argv = min(found)
        return cls(pid, argv, environment_of(pid) if own_environment else dict(os.environ))

    def enter(self) -> None:
        """Take over the process's environment, working directory and module path."""
        os.environ.clear()
        os.environ.update(self.environ)
        # Without it an import of LiteLLM waits for the download of a table of prices, which nobody needs here.
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
        with contextlib.suppress(OSError):
            os.chdir(self._cwd())
        for directory in reversed(self.environ.get("PYTHONPATH", "").split(os.pathsep)):
            if directory and directory not in sys.path:
                sys.path.insert(0, directory)


def version_of(package: str):
    """Version of an installed package of the instance, None when it is not there."""
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
