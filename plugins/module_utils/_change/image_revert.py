# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back to the image of before: the Compose file by its hash, the name of the image, the containers.

Standard library only: the guard goes it too.
"""

from __future__ import annotations

from .._deployment.compose_command import ComposeCommand
from .._deployment.config_file import ConfigFile, ConfigFileError, sha256_of
from .._deployment.engine import Engine
from .._deployment.instances import Instance
from .._deployment.recreation import Recreation, missing_of
from .image_file import ImageFile
from .image_record import ImageRecord, repository_and_tag
from .state import ChangeState

#: What became of the Compose file.
RESTORED, AS_BEFORE, EDITED, DAMAGED = "restored", "as before", "edited by somebody", "copy damaged"
#: What is left to the operator.
LEFT_ALONE = (EDITED, DAMAGED)


class ImageRevert:
    """Takes back the image of one claimed change.

    :param known: identifiers of the containers before the change: they were not made anew, and need only a restart.
    """

    def __init__(self, state: ChangeState, record: ImageRecord, engine: Engine, known: frozenset[str]) -> None:
        self._state = state
        self._record = record
        self._engine = engine
        self._known = known
        self._made: set[str] = set()
        self._recreation = Recreation(engine, ComposeCommand.from_dict(record.command), record.service)

    def restore(self) -> str:
        """Bring the Compose file back by its hash, and have the reference name the image of before again.

        Where the file is left to the operator, the name is too.

        :returns: what became of the file.
        :raises LitellmCacheError: it is away or cannot be replaced, or Docker does not answer.
        """
        became = self._restore_file()
        if became in LEFT_ALONE:
            return became
        named = repository_and_tag(self._record.before)
        if self._record.image_id and named and self._engine.image_id(self._record.before) != self._record.image_id:
            self._engine.tag(self._record.image_id, *named)
        return became

    def _restore_file(self) -> str:
        file = ConfigFile.read(self._record.path)
        if file.sha256 == self._record.base_sha256:
            return AS_BEFORE
        if file.sha256 != self._record.candidate_sha256:
            return EDITED
        content = ImageFile(self._state.directory).content()
        if content is None or sha256_of(content) != self._record.base_sha256:
            return DAMAGED
        try:
            file.replace(content, self._record.modified)
        except ConfigFileError:
            self._state.give_room()  # it may be the same disk that is full
            file.replace(content, self._record.modified)
        return RESTORED

    @property
    def none_is_there(self) -> bool:
        """Whether no instance has a container."""
        return not self._recreation.instances()

    def make_missing(self) -> frozenset[str]:
        """Make the containers that were removed, and never made anew.

        :returns: identifiers of all containers that were made so, or beside another one.
        :raises LitellmCacheError: Docker or Compose did not.
        """
        for name, number in missing_of(self._record.numbers, self._recreation.instances()).items():
            self._made.add(self._recreation.make(name, number).id)
        self._made.update(one.id for one in self._recreation.made_beside)
        return frozenset(self._made)

    def again(self, instance: Instance, stop_timeout: int) -> Instance:
        """Make an instance run the image of before; a container of before the change has it still, and is only restarted.

        :param stop_timeout: seconds between the polite signal and the kill.
        :returns: the instance as it is then.
        :raises LitellmCacheError: Docker or Compose did not.
        """
        if instance.id in self._made:
            return instance
        if instance.id not in self._known:
            return self._recreation.replace(instance, stop_timeout)
        self._engine.restart(instance.id, stop_timeout)
        return instance


def image_told(record: ImageRecord, became: str) -> str:
    """What became of the Compose file, in words."""
    return {
        RESTORED: f"{record.path} names {record.before} again, with its bytes of before",
        AS_BEFORE: f"{record.path} names {record.before}",
        EDITED: f"{record.path} was edited by somebody since, so it stays as it is; before it named {record.before}",
        DAMAGED: (
            f"{record.path} stays as the change left it, because the copy of its bytes of before is damaged or missing; before "
            f"it named {record.before}"
        ),
    }[became]
