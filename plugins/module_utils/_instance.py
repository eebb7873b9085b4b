# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of one instance: sends _inside_instance.py into the container and reads its answer.

Private to the collection.
"""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils import _inside_instance
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose_deployment import Instance
from ansible_collections.erni_ki.litellm.plugins.module_utils._docker_engine import DockerEngine
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError

#: Reads the program's length and text from stdin: nothing is written to the container, nothing is in argv.
BOOTSTRAP = (
    "import sys;s=sys.stdin.buffer;"
    "exec(compile(s.read(int(s.readline())),'inside_instance','exec'),{'__name__':'__main__'})"
)
#: Tried in this order where the proxy's own interpreter is not known; the second is that of LiteLLM's images.
INTERPRETERS = ("python3", "/app/.venv/bin/python", "python")
NOT_FOUND_EXIT_CODES = (126, 127)
#: Seconds beyond the program's own deadline until the silence of the container counts as a failure.
DEADLINE_MARGIN = 15


class InstanceError(LitellmCacheError):
    """An instance could not do, or refused, what it was asked.

    ``code`` in the context is the word of _inside_instance.Refusal, ``gone`` when the program died with it.
    """


class InstanceClient:
    """One instance, addressed by itself.

    :param engine: the engine that runs it.
    :param instance: what is known of it.
    """

    def __init__(self, engine: DockerEngine, instance: Instance) -> None:
        self._engine = engine
        self.instance = instance
        self._interpreter, self._user = self._way_in()

    def _way_in(self) -> tuple[str | None, str]:
        """Interpreter and ``uid:gid`` of the proxy's own process, as the host's ps shows it."""
        for process in self._engine.processes(self.instance.id):
            argv = process["args"].split()
            if _inside_instance.starts_litellm(argv):
                interpreter = argv[0] if "python" in argv[0] else None
                return interpreter, f"{process['uid']}:{process['gid']}"
        return None, ""

    def ask(self, operation: str, deadline: float, **request: Any) -> dict[str, Any]:
        """Run one operation of the program inside the instance.

        :param operation: a name in ``_inside_instance.OPERATIONS``.
        :param deadline: seconds after which the program gives up by itself.
        :raises InstanceError: refused, died, or without an interpreter.
        """
        program = _program_text()
        order = json.dumps(dict(request, operation=operation, deadline=deadline)).encode()
        stdin = b"%d\n%s%s\n" % (len(program), program, order)
        for interpreter in [self._interpreter] if self._interpreter else INTERPRETERS:
            argv = [interpreter, "-c", BOOTSTRAP]
            code, output = self._engine.run(self.instance.id, argv, self._user, stdin, deadline + DEADLINE_MARGIN)
            if code not in NOT_FOUND_EXIT_CODES:
                return self._answer(operation, code, output)
        raise self._error("no_python", "there is no Python in the container that could be asked")

    def _answer(self, operation: str, exit_code: int, output: bytes) -> dict[str, Any]:
        try:
            outcome = json.loads(output.decode("utf-8").splitlines()[-1])
        except (ValueError, IndexError):
            raise self._error(
                "gone", f"the operation {operation} ended with exit code {exit_code} and no answer"
            ) from None
        if not outcome["ok"]:
            raise self._error(outcome["code"], outcome["message"])
        return outcome["answer"]

    def _error(self, code: str, message: str) -> InstanceError:
        return InstanceError(f"{self.instance.name}: {message}", instance=self.instance.name, code=code)


def _program_text() -> bytes:
    """Source of the program, also when the module runs from Ansible's zip file."""
    loader: Any = _inside_instance.__loader__
    return loader.get_source(_inside_instance.__name__).encode()
