# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy's process: found, what it was started with, and where it listens."""

from __future__ import annotations

import contextlib
import os
import sys

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.sockets import (
    LISTENING,
    family_of,
    inodes_of,
    read,
    tcp_sockets,
)

DEFAULT_PORT = 4000  # LiteLLM's own default, proxy_cli.py
#: Of litellm, of gunicorn and hypercorn, and of uvicorn.
CERTIFICATE_OPTIONS = ("--ssl_certfile_path", "--certfile", "--ssl-certfile")
LOOPBACKS = ("127.0.0.1", "::1")


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


def _start_ticks(pid: int) -> int:
    # Fields after the last ")" of /proc/PID/stat start with field 3; the start time is field 22.
    return int(read("/proc/%d/stat" % pid).rpartition(b")")[2].split()[19])


def _is_server(argv: list) -> bool:
    """Whether a web server runs LiteLLM's application: its -c is not the configuration of LiteLLM."""
    return any("litellm.proxy.proxy_server:app" in word for word in argv)


def _hosts_of(address: str) -> tuple:
    """Addresses of this container at which a socket that is bound to an address is reached."""
    if address == "0.0.0.0":
        return LOOPBACKS[:1]
    if address == "::":  # also for IPv4, as a rule; and without any address of IPv6 where that is switched off
        return LOOPBACKS
    return (address,)


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
    """The oldest process of the instance whose command line starts LiteLLM.

    ``config_path`` is the file that it reads, None for none. ``scheme`` is http or https.
    """

    def __init__(self, pid: int, argv: list, environ: dict) -> None:
        self.pid = pid
        self.argv = argv
        self.environ = environ
        # Where the variable is set, LiteLLM does not look at the option (proxy_server.py, 1.77.7 to 1.106.2).
        config = option_of(argv, ("--config", "-c")) if not _is_server(argv) else environ.get("WORKER_CONFIG")
        if "CONFIG_FILE_PATH" in environ:
            config = environ["CONFIG_FILE_PATH"]
        self.config_path = os.path.join(self._cwd(), config) if config and not config.startswith("{") else None
        certificate = option_of(argv, CERTIFICATE_OPTIONS) or environ.get("SSL_CERTFILE_PATH")
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

    def sockets(self) -> list:
        """Where the process listens: pairs of an address and a port.

        The listening sockets of the process and of its descendants tell it, whatever started it with which option. Of
        several ports that is taken which it was told. Where the sockets may not be read, what the command line and the
        environment say has to do.

        :raises ConnectionRefusedError: it listens at no port, or not yet.
        """
        named = self._named_ports()
        try:
            inodes = inodes_of(family_of(self.pid))
        except PermissionError:
            return [(host, port) for port in named[:1] for host in LOOPBACKS]
        found = [(host, port) for inode, (host, port), _peer in tcp_sockets(LISTENING) if inode in inodes]
        if not found:
            raise ConnectionRefusedError("the proxy's process listens at no port")
        ports = {port for _address, port in found}
        told = next(({port} for port in named if port in ports), ports)
        return [(host, port) for address, port in sorted(found) if port in told for host in _hosts_of(address)]

    def _named_ports(self) -> list:
        """Ports that the process was told, and LiteLLM's own default."""
        words = [option_of(self.argv, ("--port",))]
        bind = option_of(self.argv, ("--bind", "-b"))
        words += [bind.rpartition(":")[2] if bind else None, self.environ.get("PORT"), str(DEFAULT_PORT)]
        return [int(word) for word in words if word and word.isdigit()]

    def enter(self) -> None:
        """Take over the process's environment, working directory and module path."""
        os.environ.clear()
        os.environ.update(self.environ)
        # Else LiteLLM tries to download its table of prices on import, and without internet waits for that to fail.
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
        with contextlib.suppress(OSError):
            os.chdir(self._cwd())
        for directory in reversed(self.environ.get("PYTHONPATH", "").split(os.pathsep)):
            if directory and directory not in sys.path:
                sys.path.insert(0, directory)


def way_in(_request: dict) -> dict:
    """How another container can stand in for this one: ``ports`` of the proxy, ``python`` that runs this, and its user.

    :raises Refusal: there is no proxy, or it listens at no port.
    """
    try:
        ports = sorted({port for _address, port in Proxy.find().sockets()})
    except ConnectionRefusedError as error:
        raise Refusal("not_ready", str(error)) from None
    return {"ports": ports, "python": sys.executable, "uid": os.getuid(), "gid": os.getgid()}


def user_of_proxy(_request: dict) -> dict:
    """User and group of the proxy's process, as the container counts them.

    :raises Refusal: there is none, or /proc does not tell.
    """
    pid = Proxy.find(own_environment=False).pid
    try:
        lines = os.fsdecode(read("/proc/%d/status" % pid)).splitlines()
    except OSError:
        raise Refusal("no_proxy", "the proxy's process ended") from None
    words = {line.partition(":")[0]: line.split()[1:] for line in lines}
    return {"uid": int(words["Uid"][1]), "gid": int(words["Gid"][1])}  # real, effective, saved, of the file system


def version_of(package: str):
    """Version of an installed package of the instance, None when it is not there."""
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def litellm_source(path: str) -> bytes:
    """A file of the installed LiteLLM, without importing it; empty where it cannot be found.

    :param path: below its package.
    """
    from importlib import util

    with contextlib.suppress(ImportError, ValueError, OSError):
        package = util.find_spec("litellm")
        if package is not None and package.submodule_search_locations:
            return read(os.path.join(list(package.submodule_search_locations)[0], path))
    return b""
