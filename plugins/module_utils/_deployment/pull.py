# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings an image to the managed host by its Docker client, which alone has the logins of its user.

What it takes is asked before, because a module cannot tell anything while it runs.
"""

from __future__ import annotations

import getpass
import json
import re
from dataclasses import dataclass
from typing import Any

from .._errors import LitellmCacheError
from .._telling import counted
from .compose_command import ComposeCommandError, run_docker
from .image_reference import parse_image_reference

#: Seconds that a registry may take to tell the size of an image: nothing depends on it.
QUESTION_SECONDS = 30
#: A manifest that names others, one for each platform, has them under this name.
_PLATFORMS = "manifests"
_LOOPBACK = re.compile(r"(?:127\.[\d.]+|localhost)(?::\d+)?\Z")
_LAYER = re.compile(r"^[0-9a-f]{12}: (Pull complete|Already exists)\s*$", re.M)
#: What stands behind the question mark of an address may let whoever has it in.
_QUERY = re.compile(r"\?[^\s\"']+")
_ASKS_WHO = re.compile(
    r"no basic auth credentials|unauthorized|authentication required|docker login|denied|\b401\b|\b403\b"
)
_FULL = "no space left on device"
_TOO_LONG = "did not end within"


class PullError(LitellmCacheError):
    """An image was not brought to the managed host."""


@dataclass(frozen=True)
class Foreseen:
    """What a pull takes, as far as the registry tells.

    :ivar size: bytes that are sent where the host has nothing of it, None where the registry does not tell.
    :ivar layers: how many there are.
    :ivar image_id: digest of the image's configuration, which is the id that Docker gives it.
    """

    size: int | None = None
    layers: int = 0
    image_id: str = ""

    def in_words(self, here: str | None, seconds: int) -> str:
        """It, for people.

        :param here: id of the image that the reference names on the host.
        :param seconds: how long the pull may take.
        """
        patience = f"waiting at most {counted(seconds, 'second')}"
        if self.size is None:
            return f"to be pulled: its registry does not tell how much, {patience}"
        if here is not None and here == self.image_id:
            return f"to be pulled: nothing new, {patience}"
        what = f"{counted(self.size, 'byte')} in {counted(self.layers, 'layer')}"
        return f"to be pulled: {what}, less what the host has of it, {patience}"


@dataclass(frozen=True)
class Pull:
    """The pull of one image.

    :ivar program: path of the Docker client.
    :ivar docker_host: address of the Docker API.
    :ivar image: the reference.
    """

    program: str
    docker_host: str
    image: str

    def foresee(self) -> Foreseen:
        """Ask the registry what there is to be pulled. Whatever goes wrong, that is not known then."""
        try:
            manifest = self._manifest(self.image)
            if _PLATFORMS in manifest:
                repository = self.image.partition("@")[0]
                if ":" in repository.rpartition("/")[2]:
                    repository = repository.rpartition(":")[0]
                manifest = self._manifest(f"{repository}@{self._of_this_platform(manifest[_PLATFORMS])}")
            sizes = [int(layer["size"]) for layer in manifest["layers"]]
            return Foreseen(sum(sizes), len(sizes), str(manifest["config"]["digest"]))
        except (LitellmCacheError, ValueError, KeyError, TypeError, StopIteration):
            return Foreseen()

    def _manifest(self, reference: str) -> dict[str, Any]:
        # Docker itself takes a registry of this machine without TLS; its client does so only when it is told.
        registry = parse_image_reference(self.image).registry or ""
        options = ["--insecure"] if _LOOPBACK.match(registry) else []
        words = ["manifest", "inspect", *options, reference]
        manifest = json.loads(run_docker(self.program, self.docker_host, words, QUESTION_SECONDS, "read a manifest"))
        if not isinstance(manifest, dict):
            raise ValueError("no manifest")
        return manifest

    def _of_this_platform(self, manifests: list[dict[str, Any]]) -> str:
        """Digest of the manifest for the engine."""
        words = ["version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]
        wanted = run_docker(self.program, self.docker_host, words, QUESTION_SECONDS, "tell its platform").strip()
        return next(
            str(one["digest"])
            for one in manifests
            if f"{one['platform']['os']}/{one['platform']['architecture']}" == wanted
        )

    def run(self, seconds: int) -> dict[str, int]:
        """Pull it.

        :param seconds: how long that may take.
        :returns: how many ``layers`` there are, and how many of them were ``there`` before.
        :raises PullError: it was not pulled.
        """
        try:
            output = run_docker(self.program, self.docker_host, ["pull", self.image], seconds, f"pull {self.image}")
        except ComposeCommandError as error:
            raise PullError(self._with_its_way_out(_QUERY.sub("?...", str(error)))) from None
        ends = _LAYER.findall(output)
        return {"layers": len(ends), "there": ends.count("Already exists")}

    def _with_its_way_out(self, reason: str) -> str:
        """What Docker said, and what to do about it."""
        if _TOO_LONG in reason:
            return f"{reason}: litellm_upgrade_pull_timeout is how long it may take"
        if _ASKS_WHO.search(reason):
            registry = parse_image_reference(self.image).registry or ""
            login = f"docker login {registry}".strip()
            user = getpass.getuser()
            return f"{reason}: its registry wants to know who asks, or has no such image. Run {login} on the host as {user}"
        if _FULL in reason:
            return f"{reason}: the disk of Docker is full. Run docker system df on the host to see what fills it"
        return reason
