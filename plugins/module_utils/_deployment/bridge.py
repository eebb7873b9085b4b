# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bridge over the restart of an only instance: raised before it stops, taken down when it is back.

Docker gives names to a container when it is connected with a network. So the bridge itself has none, and its door, which listens
at once, is connected under the names of the instance when the bridge is ready. From then on both are found under them, and a
client that is refused by the one that restarts takes the other one.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from .._errors import LitellmCacheError
from .._inside import forwarder
from .bridge_plan import DoorWish, bridge_of, door_of, names_in_networks, passed_by, why_no_bridge
from .clone import Clone, CloneRefusedError
from .clone_folder import CloneFolder, cleaned_up_when_ended
from .clone_memory import require_memory
from .clone_wait import wait_for_clone
from .containers import Containers
from .deployment import Deployment
from .instances import Instance
from .new_connections import NewConnections
from .owned import RUN_LABEL, bridge_label, end, owner_of, remove_those_of
from .programs import source_of

FOLDER, PURPOSE = "bridge", "has a bridge over a restart of this deployment"
#: Seconds within which a door listens, or takes no more connections.
DOOR_SECONDS = 30.0
#: Seconds for which new connections are refused beyond the stop of the instance.
SPARE_REFUSED_SECONDS = 5
_POLL_SECONDS = 0.05
#: Exit code of a process that was killed.
_KILLED = 137


class BridgeError(LitellmCacheError):
    """The bridge was not raised; the instance was not touched."""


class Bridge:
    """The bridge over one restart of one instance.

    :param engine: client of the Docker Engine.
    :param instance: the only one of the deployment.
    :param lifetime: seconds after which the door closes by itself.
    :raises CloneRefusedError: there can be none, or it would help nobody.
    :raises DockerError: Docker does not answer.
    """

    def __init__(self, deployment: Deployment, engine: Containers, instance: Instance, lifetime: float) -> None:
        self._deployment = deployment
        self._engine = engine
        self._instance = instance
        self._lifetime = lifetime
        self._run = uuid.uuid4().hex[:12]
        self._ports: list[int] = []
        self._stop_timeout = 0
        self._connections: NewConnections | None = None
        self._refused = False
        self._record = engine.inspect(instance.id)
        refusal = why_no_bridge(self._record, engine.members_of(name for name, _address in instance.networks))
        if refusal is not None:
            raise CloneRefusedError(refusal)
        image = engine.image(self._record["Image"])
        if image is None:
            raise CloneRefusedError(f"the image that {instance.name} runs is not on this host any more")
        self._image = image
        self._clone: Clone = bridge_of(self._record, image, owner_of(deployment.state_dir), self._run)
        require_memory(engine, instance, self._record)

    @property
    def foreseen(self) -> str:
        """What a run would do, in words."""
        names = sorted({name for names in names_in_networks(self._record).values() for name in names})
        beside = [f"; requests by {way} fail meanwhile" for way in passed_by(self._record)]
        return f"a second container would answer as {', '.join(names)} while {self._instance.name} restarts{''.join(beside)}"

    @contextlib.contextmanager
    def standing(
        self, ready_timeout: int, stop_timeout: int, prove: Callable[[Instance], Any] | None, stays: bool
    ) -> Iterator[dict[str, Any]]:
        """The bridge, for as long as the instance is away.

        :param ready_timeout: seconds until it must answer.
        :param stop_timeout: seconds for its last requests.
        :param prove: called with the bridge before anything is led to it; what it raises ends it.
        :param stays: whether it stands on where the body fails, until the change is taken back.
        :yields: what is told of it, complete when it was taken down.
        :raises BridgeError: it was not raised, and nothing of it is left.
        """
        told: dict[str, Any] = {}
        self._stop_timeout = stop_timeout
        with cleaned_up_when_ended(), contextlib.ExitStack() as held:
            try:
                held.enter_context(CloneFolder.of(self._deployment.state_dir, FOLDER, PURPOSE))
                remove_those_of(self._engine, bridge_label(self._deployment.state_dir))
                began = time.monotonic()
                bridge, door = self._raised(ready_timeout, prove)
                told["raised_seconds"] = round(time.monotonic() - began, 2)
            except LitellmCacheError as error:
                self._removed()
                raise BridgeError(str(error), **error.context) from None
            except BaseException:
                self._removed()
                raise
            try:
                yield told
            except BaseException:
                if self._connections is not None:
                    self._connections.take()
                if not stays:
                    self._removed()
                raise
            told.update(self._taken_down(bridge, door, stop_timeout), refused=self._refused)

    def refuse_the_instance(self, instance: Instance) -> None:
        """Let the instance, which is about to stop, refuse new connections: the door takes them.

        :param instance: as it is now.
        """
        # For all of its stop: an entrypoint that passes no signal on lets LiteLLM take new ones until it is killed.
        self._connections = NewConnections(instance, self._ports)
        self._refused = self._connections.refuse(self._stop_timeout + SPARE_REFUSED_SECONDS)

    def _removed(self) -> None:
        """Remove all of it; what cannot be removed is no reason to end what it stood for, and goes with the next bridge."""
        with contextlib.suppress(LitellmCacheError):
            remove_those_of(self._engine, f"{RUN_LABEL}={self._run}")

    # -- up -----------------------------------------------------------------------------------------------

    def _raised(self, ready_timeout: int, prove: Callable[[Instance], Any] | None) -> tuple[str, str]:
        """Identifiers of the bridge, proved, and of its door, which is known under the names of the instance."""
        way_in = self._deployment.client(self._instance).way_in()
        self._ports = way_in["ports"]
        bridge = self._engine.create(f"{self._instance.name}-bridge-{self._run}", self._clone.specification)
        for network, endpoint in self._clone.networks:
            self._engine.connect(network, bridge, endpoint)
        self._engine.start(bridge)
        running = Instance.from_inspection(self._engine.inspect(bridge))
        alone = replace(self._deployment, engine=self._engine, instances=(running,))
        wait_for_clone(alone, f"a second container like {self._instance.name}", ready_timeout)
        if prove is not None:
            # What was planted for the instance is asked for by its name.
            prove(replace(running, name=self._instance.name))
        return bridge, self._opened(running, way_in)

    def _opened(self, bridge: Instance, way_in: dict[str, Any]) -> str:
        """The identifier of a door that leads to a bridge."""
        network = self._clone.specification["HostConfig"]["NetworkMode"]
        order = {
            "target": dict(bridge.networks)[network],
            "ports": [[port, port] for port in way_in["ports"]],
            "lifetime": self._lifetime,
        }
        wish = DoorWish(way_in["python"], f"{way_in['uid']}:{way_in['gid']}", source_of(forwarder.__name__), order)
        specification = door_of(self._record, self._image, wish, owner_of(self._deployment.state_dir), self._run)
        door = self._engine.create(f"{self._instance.name}-door-{self._run}", specification)
        self._engine.start(door)
        self._until_it_says(door, forwarder.LISTENING)
        for one, names in names_in_networks(self._record).items():
            if one == network:
                self._engine.disconnect(one, door)
            self._engine.connect(one, door, {"Aliases": names})
        return door

    def _until_it_says(self, door: str, words: str) -> None:
        """Wait for a line of a door.

        :raises BridgeError: it does not come.
        """
        until = time.monotonic() + DOOR_SECONDS
        while True:
            if words in self._engine.log(door, 0, 20).splitlines():
                return
            state = self._engine.inspect(door)["State"]
            if state["Status"] != "running":
                raise BridgeError(
                    f"what leads to it ended with exit code {state.get('ExitCode')} before it was {words}"
                )
            if time.monotonic() > until:
                raise BridgeError(f"what leads to it was not {words} within {DOOR_SECONDS:.0f} s")
            time.sleep(_POLL_SECONDS)

    # -- down ---------------------------------------------------------------------------------------------

    def _taken_down(self, bridge: str, door: str, stop_timeout: int) -> dict[str, Any]:
        """Lead nobody to the bridge any more, let its last requests end, and remove it.

        :returns: ``connections`` that it took, and whether it was ``killed`` because it did not end in time.
        """
        told: dict[str, Any] = {"connections": None, "killed": False}
        with contextlib.suppress(LitellmCacheError):  # whatever becomes of it, the instance is back
            self._engine.ask_to_end(door)
            self._until_it_says(door, forwarder.CLOSED)
            self._engine.stop(bridge, stop_timeout)  # it ends its connections, and with the last of them ends the door
            told["killed"] = self._engine.inspect(bridge)["State"].get("ExitCode") == _KILLED
            end(self._engine, bridge)
            told["connections"] = self._passed(door, stop_timeout)
        self._removed()
        return told

    def _passed(self, door: str, stop_timeout: int) -> int | None:
        """How many connections a door took, None where it does not tell. It ends when the last client has got all."""
        self._engine.stop(door, stop_timeout)
        lines = self._engine.log(door, 0, 20).splitlines()
        counts = [line[len(forwarder.PASSED) :] for line in lines if line.startswith(forwarder.PASSED)]
        return int(counts[0]) if counts and counts[0].isdigit() else None
