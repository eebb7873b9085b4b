# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the edit of config.yaml costs, and what it does to real files.

Prints CPU seconds from the text to the verified plan for configs of 200, 2,000 and 20,000 lines, with and without libyaml,
beside a ruamel.yaml round trip, as medians of interleaved runs; then a table over a folder of real files (LITELLM_CONFIG_CORPUS,
else ../shared/corpus), each as it is, with CRLF, without its final line end, and with a byte order mark.

Needs this collection on the import path (ansible_collections), PyYAML and, for the comparison, ruamel.yaml.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import time
from collections import Counter
from typing import Callable, Optional

import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.journal import Journal
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan import plan_revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan_mode import plan_cache_mode
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import corpus_files, read, variants

SIZES = (200, 2000, 20000)
LIMITS = {True: 1.0, False: 4.0}  # CPU seconds for the largest size, with and without libyaml
REDIS = CacheWishes.from_options({"mode": "redis", "redis_password_env": "REDIS_PASSWORD"})
LOCAL = CacheWishes.from_options({"mode": "local"})

MODEL = """\
  - model_name: model-{number}  # number {number}
    litellm_params:
      model: openai/gpt-{number}
      api_base: "https://upstream-{number}.example/v1"
      api_key: os.environ/UPSTREAM_KEY_{number}
      rpm: {number}
    model_info:
      mode: chat
      tags: ["team-{number}", 'shared']
    # end of model {number}
"""
SETTINGS = """\
router_settings:
  num_retries: 3
  # Redis is off for now
  # redis_host: "redis"
  # redis_port: 6379

litellm_settings:
  drop_params: true
  cache: true
  cache_params:
    type: "local"  # in the process
    ttl: 1800
"""


def config_of(lines: int) -> str:
    """Return a config of about ``lines`` lines."""
    models = (lines - SETTINGS.count("\n")) // MODEL.count("\n")
    return "model_list:\n" + "".join(MODEL.format(number=number) for number in range(models)) + SETTINGS


def cpu_seconds(action: Callable[[], None]) -> float:
    """Return the CPU time that ``action`` takes."""
    start = time.process_time()
    action()
    return time.process_time() - start


def edit(text: str, libyaml: bool) -> Callable[[], None]:
    """Return an action that plans the switch to Redis, as if libyaml were there or not."""

    def action() -> None:
        present, yaml.__with_libyaml__ = yaml.__with_libyaml__, libyaml
        try:
            plan_cache_mode(text, REDIS, None)
        finally:
            yaml.__with_libyaml__ = present

    return action


def round_trip(text: str) -> Optional[Callable[[], None]]:
    """Return an action that loads and dumps the text with ruamel.yaml, or None where that is not installed."""
    try:
        from ruamel.yaml import YAML
    except ImportError:
        return None

    def action() -> None:
        editor = YAML()
        editor.preserve_quotes = True
        editor.width = sys.maxsize
        editor.dump(editor.load(text), io.StringIO())

    return action


def measure(pairs: int) -> bool:
    """Print the table of times; return whether the largest config keeps the limits."""
    print("CPU seconds, median of %d interleaved runs: text to verified plan" % pairs)
    print("%8s %12s %12s %12s %22s" % ("lines", "libyaml", "pure Python", "ruamel.yaml", "ruamel.yaml / libyaml"))
    within = True
    for size in SIZES:
        text = config_of(size)
        actions = {"pure": edit(text, False), "ruamel": round_trip(text)}
        if yaml.__with_libyaml__:
            actions["libyaml"] = edit(text, True)
        times = {name: [] for name, action in actions.items() if action}
        for _round in range(pairs):
            for name in times:
                times[name].append(cpu_seconds(actions[name]))
        medians = {name: statistics.median(values) for name, values in times.items()}
        ratios = [ruamel / ours for ruamel, ours in zip(times.get("ruamel", ()), times.get("libyaml", ()))]
        print(
            "%8d %12s %12s %12s %22s"
            % (
                text.count("\n"),
                *("%.3f" % medians[name] if name in medians else "-" for name in ("libyaml", "pure", "ruamel")),
                "%.1f" % statistics.median(ratios) if ratios else "-",
            )
        )
        if size == SIZES[-1]:
            within = medians["pure"] <= LIMITS[False] and medians.get("libyaml", 0) <= LIMITS[True]
    print(
        "limits for the largest: %.1f s with libyaml, %.1f s without: %s"
        % (LIMITS[True], LIMITS[False], "kept" if within else "EXCEEDED")
    )
    return within


def outcome(text: str, wishes: CacheWishes) -> tuple[str, Optional[str]]:
    """Return what happens to ``text``: a word, and the reason of a refusal or a fault."""
    try:
        plan = plan_cache_mode(text, wishes, None)
        if not plan.changed:
            return "as wanted", None
        if plan.journal is None:
            return "edited in its mode", None
        undone = plan_revert(plan.candidate, Journal.from_dict(plan.journal.to_dict()))
    except LitellmCacheError as error:
        return "refused", "%s: %s" % (type(error).__name__, error)
    return (
        ("edited and rolled back", None)
        if undone.exact and undone.candidate == text
        else ("NOT ROLLED BACK", "bytes differ")
    )


def loads(text: str) -> bool:
    """Whether LiteLLM's loader takes the text."""
    try:
        yaml.load(text.lstrip("\ufeff"), Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return False
    return True


def survey() -> bool:
    """Print the table over the real files; return whether each was edited exactly or refused for LiteLLM's own reason."""
    files = corpus_files()
    if not files:
        print("no folder with real files: set LITELLM_CONFIG_CORPUS")
        return True
    counts = Counter()
    reasons = {}
    fine = True
    for path in files:
        for variant, text in variants(read(path)).items():
            for wishes in (REDIS, LOCAL):
                word, reason = outcome(text, wishes)
                counts[(variant, wishes.mode, word)] += 1
                if reason:
                    reasons.setdefault((path.name, reason), []).append("%s to %s" % (variant, wishes.mode))
                    fine = fine and word == "refused" and not loads(text)
    print("\n%d real files" % len(files))
    words = sorted({word for variant, mode, word in counts})
    print("%-16s %-6s" % ("", "to") + "".join("%25s" % word for word in words))
    for variant, mode in sorted({(variant, mode) for variant, mode, word in counts}):
        print("%-16s %-6s" % (variant, mode) + "".join("%25d" % counts[(variant, mode, word)] for word in words))
    for (name, reason), cases in sorted(reasons.items()):
        print("%s (%d cases): %s" % (name, len(cases), reason))
    print("each file edited exactly, or refused as LiteLLM would refuse it: %s" % ("yes" if fine else "NO"))
    return fine


def main() -> int:
    """Run both parts; exit 1 if a limit is exceeded or a file is not edited exactly."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5, help="interleaved runs per size (default 5)")
    parser.add_argument("part", nargs="?", choices=("times", "files", "all"), default="all")
    options = parser.parse_args()
    results = []
    if options.part in ("times", "all"):
        results.append(measure(options.pairs))
    if options.part in ("files", "all"):
        results.append(survey())
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
