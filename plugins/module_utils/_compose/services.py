# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The services of a Compose project, each as the layers that Compose lays over each other.

What is in which layer, and from which directory a path counts, is as in loader.go, include.go and extends.go of compose-go.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Callable, Optional

from .document import OVERRIDE, RESET, Value, documents_of
from .environment import Environment
from .pieces import ComposeError, FileText, text_of
from .template import pieces_of

#: Reads a file; None where there is none.
Reader = Callable[[str], Optional[FileText]]

MOST_LEVELS = 20
#: Of a project: two in each of twenty files are a million.
MOST_INCLUDES = 200
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://|git@|github\.com/", re.IGNORECASE)


@dataclass(frozen=True)
class Told:
    """What Compose is told of a project.

    ``directory`` is the project directory, absolute. ``files`` are its Compose files as the label
    ``com.docker.compose.project.config_files`` has them, ``environment_files`` those of ``--env-file``, which the label
    ``com.docker.compose.project.environment_file`` has; without any, Compose takes ``.env`` of the directory. ``variables``
    are those of the environment that Compose runs in, with ``COMPOSE_PROJECT_NAME``, which Compose itself adds.
    """

    directory: str
    files: tuple[str, ...]
    environment_files: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layer:
    """A mapping that says something of a service, with the variables that count in it, and where its paths start.

    ``extended`` says that it is another service's, which this one has by ``extends``.
    """

    value: Value
    environment: Environment
    directory: str
    extended: bool = False

    def read(self, value: Value) -> str:
        """What one value in it reads as."""
        return text_of(pieces_of(value.written(), self.environment.lookup))

    def path(self, value: Value) -> str:
        """The path that a value in it names.

        :raises ComposeError: it names nothing on this host.
        """
        text = self.read(value)
        if _REMOTE.match(text):
            raise value.refuse(
                "what it names is not on this host, and only files of this host are read; name a copy of it here"
            )
        return os.path.normpath(os.path.join(self.directory, text))


Layers = dict[str, "list[Layer]"]


@dataclass(frozen=True)
class Project:
    """The layers of each service, the lowest first, and of all else by the top-level key."""

    services: Layers
    sections: Layers


def load_project(told: Told, read: Reader) -> Project:
    """The project as Compose would load it.

    :raises ComposeError: it would not, or it is not all on this host, or is without measure.
    """
    named = [_required(read, os.path.join(told.directory, path)) for path in told.environment_files]
    environment = Environment.of_shell(told.variables).with_files(named or _default(read, told.directory))
    if not told.files:
        raise ComposeError(
            "no Compose file is named; the label com.docker.compose.project.config_files of a container has them"
        )
    files = [_required(read, os.path.join(told.directory, path)) for path in told.files]
    loading = _Loading(read)
    services = loading.files(files, told.directory, environment, ())
    return Project(services, loading.sections)


def _required(read: Reader, path: str, named_by: Value | None = None) -> FileText:
    """The file that must be there.

    :param named_by: the value that names it, None where Compose is told it.
    """
    found = read(path)
    if found is not None:
        return found
    if named_by is None:
        raise ComposeError("there is no such file, and Compose was told of it; name the files that are there", path)
    written = named_by.node.value  # with variables as they are written: a value may be a secret
    raise named_by.refuse(
        f"there is no file {written if '$' in written else path}, which is named there; mend the path"
    )


def _default(read: Reader, directory: str) -> list[FileText]:
    """The environment file of a directory for which none is named; none where it has none."""
    found = read(os.path.join(directory, ".env"))
    return [] if found is None else [found]


class _Loading:
    """One project while it is loaded."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._includes = 0
        self.sections: Layers = {}

    def files(
        self, files: Iterable[FileText], directory: str, environment: Environment, around: tuple[str, ...]
    ) -> Layers:
        """The services of files laid over each other.

        :param around: the files that include these.
        """
        services: Layers = {}
        for file in files:
            for document in documents_of(file):
                layer = Layer(document, environment, directory)
                for name, layers in self._document(layer, (*around, file.path)).items():
                    services[name] = [*services.get(name, []), *layers]
        visible = {name: _visible(layers) for name, layers in services.items()}
        return {name: layers for name, layers in visible.items() if layers}

    def _document(self, layer: Layer, around: tuple[str, ...]) -> Layers:
        """The services of one document, with those that it includes."""
        pairs = layer.value.pairs()
        services = self._included(pairs["include"], layer, around) if "include" in pairs else {}
        for name, value in pairs.items():
            if name not in ("include", "services") and not name.startswith("x-") and not value.is_null:
                self.sections.setdefault(name, []).append(Layer(value, layer.environment, layer.directory))
        own = _services_of(layer)
        bases = {name: self._base(name, own, layer, (), services) for name in own}
        for name, service in own.items():
            services[name] = [*bases[name], *services.get(name, []), service]
        return services

    def _included(self, entries: Value, layer: Layer, around: tuple[str, ...]) -> Layers:
        """The services of the files that a document includes; where two have one, the first one's says more."""
        services: Layers = {}
        for entry in entries.items():
            self._includes += 1
            if len(around) > MOST_LEVELS or self._includes > MOST_INCLUDES:
                raise entry.refuse(
                    f"files include each other there in more than {MOST_LEVELS} levels, or more than {MOST_INCLUDES} times; "
                    "include fewer"
                )
            for name, layers in self._include(entry, layer, around).items():
                services[name] = [*layers, *services.get(name, [])]
        return services

    def _include(self, entry: Value, layer: Layer, around: tuple[str, ...]) -> Layers:
        named = entry if entry.is_scalar else entry.get("path")
        paths = [(layer.path(value), value) for value in named.items()] if named else []
        if not paths:
            raise entry.refuse("no path stands there; say which file is to be included")
        files = [_required(self._read, path, value) for path, value in paths]
        if files[0].path in around:
            raise entry.refuse("the file that is included there includes this one; take one of the two away")
        directory = None if entry.is_scalar else entry.get("project_directory")
        started = layer.path(directory) if directory else os.path.dirname(paths[0][0])
        environment_files = None if entry.is_scalar else entry.get("env_file")
        if environment_files:
            wanted = [(layer.path(value), value) for value in environment_files.items()]
            found = [_required(self._read, path, value) for path, value in wanted if path != "/dev/null"]
        else:
            found = _default(self._read, started)
        return self.files(files, started, layer.environment.with_files(found), around)

    def _base(
        self, name: str, own: dict[str, Layer], layer: Layer, behind: tuple[tuple[str, str], ...], included: Layers
    ) -> list[Layer]:
        """The layers that a service gets by ``extends``.

        :param own: the services of its file.
        :param behind: file and name of the services that led here by their ``extends``.
        """
        service = own[name]
        extends = service.value.get("extends")
        if extends is None:
            return []
        behind = (*behind, (service.value.file.path, name))
        if len(behind) > MOST_LEVELS:
            raise extends.refuse(f"services extend each other there in more than {MOST_LEVELS} levels; extend fewer")
        named = extends if extends.is_scalar else extends.get("service")
        if named is None:
            raise extends.refuse("no service stands there; say which one is to be extended")
        base = layer.read(named)
        file = None if extends.is_scalar else extends.get("file")
        if file is not None:
            own, layer, included = self._services_of_another(file, layer)
        if base not in own:
            if base in included:
                return included[base]
            raise named.refuse(f"there is no service {named.node.value} that it could extend; mend the name")
        if (layer.value.file.path, base) in behind:
            raise extends.refuse(f"the service {base} extends this one; take one of the two away")
        if own[base].value.node.tag in (RESET, OVERRIDE):
            raise own[base].value.refuse(
                f"this service is extended, and its {own[base].value.node.tag} is not followed; remove it"
            )
        layers = [*self._base(base, own, layer, behind, included), *included.get(base, []), own[base]]
        return [replace(layer, extended=True) for layer in layers]

    def _services_of_another(self, named: Value, layer: Layer) -> tuple[dict[str, Layer], Layer, Layers]:
        """The services of a file that is named by ``extends``, and a layer with the directory that its paths start at."""
        path = layer.path(named)
        documents = documents_of(_required(self._read, path, named))
        if len(documents) != 1:
            raise named.refuse("the file that is named there must hold one YAML document; split it")
        other = Layer(documents[0], layer.environment, os.path.dirname(path))
        return _services_of(other), other, {}


def _services_of(layer: Layer) -> dict[str, Layer]:
    """The services that a document itself has."""
    services = layer.value.get("services")
    if services is None:
        return {}
    if services.node.tag in (RESET, OVERRIDE):
        raise services.refuse(
            f"all services are under {services.node.tag} there, which is not followed; put it on the services"
        )
    return {
        name: Layer(value, layer.environment, layer.directory)
        for name, value in services.pairs().items()
        if not value.is_null or value.node.tag == RESET
    }


def _visible(layers: list[Layer]) -> list[Layer]:
    """The layers that say something: ``!reset`` and ``!override`` on one of them leave nothing of those below."""
    for number in range(len(layers) - 1, -1, -1):
        tag = layers[number].value.node.tag
        if tag in (RESET, OVERRIDE):
            return layers[number + (tag == RESET) :]
    return layers
