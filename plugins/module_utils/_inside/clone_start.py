# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each Python process of a clone does first: it gives up the variables that lead to what is not the clone's, and its life.

Its text is the clone's ``sitecustomize.py``, so it stands alone. What an entrypoint exports is in no record of the container:
only here can it be taken away before LiteLLM sees it.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time

#: Variables that lead to LiteLLM's database, to who is told of alarms, traces or figures, or by which a reverse proxy finds a
#: container.
FOREIGN_VARIABLE = re.compile(
    r"^(?:(?:DATABASE|LITELLM_PGBOUNCER|LETSENCRYPT|VIRTUAL)_\w+"
    r"|DIRECT_URL|IAM_TOKEN_DB_AUTH|STORE_MODEL_IN_DB|USE_PRISMA_MIGRATE|\w*WEBHOOK_URL"
    r"|USE_DDTRACE|USE_DDPROFILER|DD_TRACE_ENABLED|PROMETHEUS_MULTIPROC_DIR|SERVICE_(?:\d+_)?(?:NAME|TAGS))"
)
#: Variables of the clone itself: further names to give up, and seconds that each process lives at most.
WITHOUT, LIFETIME = "ERNI_KI_CANARY_WITHOUT", "ERNI_KI_CANARY_SECONDS"


def foreign_variables(environ: dict) -> list:
    """Names of the variables that a clone gives up."""
    named = environ.get(WITHOUT, "").split(",")
    return sorted(name for name in environ if FOREIGN_VARIABLE.fullmatch(name) or name in named)


def begin(environ: dict) -> None:
    """Give up the foreign variables, and end this process when its time is over.

    The process is replaced by itself, because what it was started with stands in /proc as long as it lives.
    """
    foreign = foreign_variables(environ)
    for name in foreign:
        del environ[name]
    if foreign:
        with open("/proc/self/cmdline", "rb") as stream:
            os.execv(sys.executable, stream.read().split(b"\0")[:-1])
    seconds = float(environ.get(LIFETIME, "0"))
    if seconds:
        threading.Thread(target=_end_after, args=(seconds,), daemon=True).start()


def _end_after(seconds: float) -> None:
    time.sleep(seconds)
    os._exit(1)


if __name__ == "sitecustomize":
    begin(os.environ)  # type: ignore[arg-type]
