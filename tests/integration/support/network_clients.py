# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients of a proxy inside the networks of its project: tests/stack/network_clients.py in a container beside it."""

from __future__ import annotations

import json
import subprocess
from types import TracebackType
from typing import Any

from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import ROOT
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until

PROGRAM = ROOT / "tests" / "stack" / "network_clients.py"


class NetworkClients:
    """While it is on, clients ask a proxy by the name of its service.

    :param bed: the deployment; the clients run in the image of its LiteLLM, which has OpenAI's client.
    """

    def __init__(self, bed: Bed) -> None:
        self._bed = bed
        self._name = f"{bed.name}-clients"
        self._process: subprocess.Popen[str] | None = None
        #: By kind of client what became of its requests, when they have ended.
        self.told: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> NetworkClients:
        instance = self._bed.container("litellm")
        network = next(iter(instance.attrs["NetworkSettings"]["Networks"]))
        place = ("--name", self._name, "--network", network, "--volume", f"{PROGRAM}:/clients.py:ro")
        command = ("docker", "run", "--interactive", "--rm", *place, "--entrypoint", "python3")
        image = instance.attrs["Config"]["Image"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        url = "http://litellm:4000"
        self._process = subprocess.Popen([*command, image, "/clients.py", url], text=True, **pipes)  # type: ignore[call-overload]
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(self._bed.master_key + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == "asking", self._process.communicate()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        subprocess.run(["docker", "kill", "--signal", "TERM", self._name], check=True, stdout=subprocess.DEVNULL)
        printed, complaints = self._process.communicate(timeout=120)
        until(
            lambda: not self._bed.docker.containers.list(all=True, filters={"name": self._name}), "the clients are gone"
        )
        assert complaints == ""
        self.told = json.loads(printed.splitlines()[-1])
