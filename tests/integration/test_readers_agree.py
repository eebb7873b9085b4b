# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our own reading of a plain file against LiteLLM's, over real configuration files, in one container for each version.

The files are not part of this project: LITELLM_CONFIG_CORPUS names their folder. Without it a few texts of our own are read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.programs import sources_of
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import ROOT
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import corpus_files, read

IMAGES = ROOT / "tests" / "stack" / "images.py"
#: Longest time for an import of LiteLLM and all files, on a busy machine, seconds.
PATIENCE = 300
#: Of the files that parse, how many have nothing that only LiteLLM can read, at the least.
PLAIN_AT_LEAST = 0.9

OWN_TEXTS = {
    "local": "litellm_settings: {cache: true, cache_params: {type: local, ttl: 60}}\n",
    "redis": "litellm_settings: {cache: true, cache_params: {type: redis, host: os.environ/A_HOST, port: 7000, db: 2}}\n",
    "no type": "litellm_settings: {cache: true, cache_params: {host: a}}\n",
    "a word": 'litellm_settings: {cache: "true", cache_params: {type: redis, host: a}}\n',
    "nothing": "litellm_settings:\n  cache: true\n  cache_params:\n",
    "router": "router_settings: {redis_host: a, redis_port: 1, redis_password: os.environ/A_PASSWORD}\nmodel_list: []\n",
    "not plain": "litellm_settings: {cache: os.environ/A_SWITCH, cache_params: {type: redis, port: os.environ/A_PORT}}\n",
}

#: Runs inside: modules, texts in; what both readers tell of each text out.
PROGRAM = """
import json, os, re, sys, types
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for name, text in json.loads(sys.stdin.readline()):
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, name, "exec"), module.__dict__)
modules = {name.rpartition(".")[2]: module for name, module in sys.modules.items() if "._inside." in name}
reader, configuration, effective = (modules[name] for name in ("reader", "configuration", "effective"))
path = "/tmp/config.yaml"
proxy = modules["process"].Proxy(os.getpid(), ["litellm", "--config", path], {})
Refusal = modules["program"].Refusal


def told(reading):
    config = reading.config
    if (config.get("litellm_settings") or {}).get("cache") is True and "cache_params" in config["litellm_settings"]:
        if not isinstance(config["litellm_settings"]["cache_params"], dict):
            return "does not start"
    return [effective.cache_of(config), effective.router_of(config), effective.references_of(reading),
            str(configuration.master_key_of(config))]


def by_litellm(text):
    try:
        return told(reader.read_by_litellm(proxy, text, ("test",)))
    except Refusal as refusal:
        return "does not start" if "hold nothing" in str(refusal) else str(refusal)


found = {}
for name, text in json.loads(sys.stdin.readline()).items():
    for variable in re.findall(r"os\\.environ/([A-Za-z_]\\w*)", text):
        os.environ[variable] = "value-of-" + variable
    open(path, "w").write(text)
    try:
        written = configuration._parsed(proxy, text)
    except Refusal as refusal:
        found[name] = {"unread": str(refusal)}
        continue
    why = reader.features_of(written, os.environ)
    found[name] = {"why": why} if why else {"ours": told(reader.Reading(written, written)), "litellm": by_litellm(text)}
answers.write(json.dumps(found))
answers.flush()
os._exit(0)
"""


@pytest.mark.parametrize("version", ["1.80.0", pytest.param("1.106.2", marks=pytest.mark.rest)])
def test_both_readers_tell_the_same_of_each_plain_file(version: str) -> None:
    image = f"litellm:{version}"
    subprocess.run([sys.executable, str(IMAGES), "build", image], check=True)
    texts = {**OWN_TEXTS, **{path.name: read(path) for path in corpus_files()}}
    found = read_inside(image, texts)
    assert set(found) == set(texts)

    plain = {name: seen for name, seen in found.items() if "ours" in seen}
    unlike = {name: seen for name, seen in plain.items() if seen["ours"] != seen["litellm"]}
    assert not unlike, json.dumps(unlike, indent=1)
    assert "why" in found["not plain"] and plain["nothing"]["litellm"] == "does not start"
    parsed = [name for name, seen in found.items() if "unread" not in seen]
    assert len(plain) >= len(parsed) * PLAIN_AT_LEAST, {name: seen for name, seen in found.items() if "why" in seen}


def read_inside(image: str, texts: dict[str, str]) -> dict[str, Any]:
    """What the two readers tell of each text, in one container."""
    sources = sources_of("read")
    command = [
        "docker",
        "run",
        "--rm",
        "--interactive",
        "--network",
        "none",
        "--env",
        "LITELLM_LOCAL_MODEL_COST_MAP=True",
    ]
    command += ["--entrypoint", "python3", f"erni-ki-test/{image}", "-c", PROGRAM]
    stdin = (json.dumps(sources) + "\n" + json.dumps(texts) + "\n").encode()
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, timeout=PATIENCE, check=True)
    return json.loads(done.stdout)
