# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at the Pythons of a host, at its distribution, and at what the modules find there beside libraries."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import sys
from pathlib import Path

from .._change.surroundings import Surroundings
from .._deployment.command import CommandError, run
from .._deployment.docker_socket import DockerSocket
from .._deployment.engine import DockerError
from .distribution import Distribution
from .libraries import LIBRARIES
from .plan import Environment, Python
from .rows import Docker

#: Seconds for a program that only tells something.
PATIENCE = 60
_OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
#: What pip calls the projects of the libraries.
_PROJECTS = {"yaml": "PyYAML", "redis": "redis"}
#: Run by another Python: its version, and those of the libraries.
_QUESTION = """
import importlib.metadata, importlib.util, json, platform
def version(name, project):
    if importlib.util.find_spec(name) is None:
        return None
    try:
        return importlib.metadata.version(project)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
projects = {projects!r}
print(json.dumps([platform.python_version(), {{name: version(name, projects[name]) for name in projects}}]))
"""


def distribution() -> Distribution:
    """The distribution of this host."""
    for path in _OS_RELEASE:
        try:
            return Distribution.told_by(Path(path).read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
    return Distribution.told_by("")


def running_python() -> Python:
    """The Python that runs this."""
    return Python(
        path=sys.executable,
        version=platform.python_version(),
        of_the_distribution=is_of_the_distribution(sys.prefix, sys.executable),
        makes_environments=importlib.util.find_spec("ensurepip") is not None,
        libraries={library.name: _version(library.name) for library in LIBRARIES},
    )


def is_of_the_distribution(prefix: str, executable: str) -> bool:
    """Whether packages of the distribution serve a Python: it is the one that /usr/bin/python3 names.

    :param prefix: where it looks for libraries.
    """
    return prefix == "/usr" and os.path.realpath(executable) == os.path.realpath("/usr/bin/python3")


def _version(name: str) -> str | None:
    """Version of a library of this Python, found without importing it."""
    importlib.invalidate_caches()
    if importlib.util.find_spec(name) is None:
        return None
    try:
        return importlib.metadata.version(_PROJECTS[name])
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def environment(folder: str) -> Environment:
    """What is in the place of a virtual environment."""
    path = Path(folder)
    if path.exists() and not (path / "pyvenv.cfg").exists():
        return Environment(folder, occupied=not path.is_dir() or any(path.iterdir()))
    interpreter = Environment(folder).interpreter
    try:
        ended = run([interpreter, "-I", "-c", _QUESTION.format(projects=_PROJECTS)], os.environ, PATIENCE)
        version, libraries = json.loads(ended.output) if ended.code == 0 else (None, {})
    except (CommandError, ValueError):
        version, libraries = None, {}
    return Environment(folder, python=Python(interpreter, version, False, True, libraries) if version else None)


def docker(docker_host: str | None) -> Docker:
    """The engine of this host, as the modules reach it, and its Compose.

    :param docker_host: address of the API, None for the one that Docker's client would take.
    """
    release = problem = None
    try:
        engine = DockerSocket(docker_host)
        engine.require()
        release = engine.release
    except DockerError as error:
        problem = str(error)
    return Docker(release, problem, _compose())


def _compose() -> str | None:
    program = shutil.which("docker")
    if program is None:
        return None
    try:
        ended = run([program, "compose", "version", "--short"], os.environ, PATIENCE)
    except CommandError:
        return None
    return ended.output.strip() or None if ended.code == 0 else None


def surroundings() -> Surroundings:
    """What a guard outlives that is started here."""
    return Surroundings.observed(())


def may_write(path: str) -> bool:
    """Whether this user may write a folder, or make it below the nearest folder that is there."""
    place = Path(path)
    while not place.exists() and place != place.parent:
        place = place.parent
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
