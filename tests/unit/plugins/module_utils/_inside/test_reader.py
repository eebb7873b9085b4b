# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which configurations only LiteLLM itself can read, and where the file that it reads comes from."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import reader
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy

PLAIN: dict[str, Any] = {
    "model_list": [{"model_name": "a", "litellm_params": {"api_key": "os.environ/KEY", "rpm": "os.environ/RPM"}}],
    "litellm_settings": {
        "cache": True,
        "cache_params": {"type": "redis", "host": "os.environ/REDIS_HOST", "password": "os.environ/REDIS_PASSWORD"},
    },
    "router_settings": {"redis_password": "os.environ/REDIS_PASSWORD", "num_retries": "os.environ/RETRIES"},
    "general_settings": {"master_key": "os.environ/LITELLM_MASTER_KEY"},
}


def test_references_to_texts_leave_a_file_plain() -> None:
    assert reader.features_of(PLAIN, {"REDIS_PASSWORD": "secret", "REDIS_HOST": "redis"}) == ()


@pytest.mark.parametrize(
    ("change", "feature"),
    [
        ({"include": ["other.yaml"]}, "include"),
        ({"include": None}, "include"),  # at which LiteLLM stops
        ({"environment_variables": {"REDIS_PASSWORD": "secret"}}, "environment_variables"),
        ({"general_settings": {"key_management_system": "custom"}}, "secret manager"),
        ({"litellm_settings": {"cache": "os.environ/USE_CACHE"}}, "reference in litellm_settings.cache"),
        ({"litellm_settings": {"cache": True}}, "cache without cache_params"),
        ({"litellm_settings": {"cache": True, "cache_params": {}}}, "cache without cache_params"),
        (
            {"litellm_settings": {"cache": True, "cache_params": {"port": "os.environ/REDIS_PORT"}}},
            "reference in litellm_settings.cache_params.port",
        ),
        (
            {"litellm_settings": {"cache": True, "cache_params": {"supported_call_types": ["os.environ/TYPE"]}}},
            "reference in litellm_settings.cache_params.supported_call_types",
        ),
        (
            {"litellm_settings": {"cache": True, "cache_params": {"password": "os.environ/oidc/file/token"}}},
            "reference in litellm_settings.cache_params.password",
        ),
        ({"router_settings": {"redis_db": "os.environ/DB"}}, "reference in router_settings.redis_db"),
    ],
)
def test_what_only_litellm_can_read(change: dict[str, Any], feature: str) -> None:
    assert reader.features_of({**PLAIN, **change}, {}) == (feature,)


@pytest.mark.parametrize(
    ("environ", "feature"),
    [
        ({"LITELLM_CONFIG_BUCKET_NAME": "a"}, "bucket"),
        ({"LITELLM_CONFIG_BUCKET_NAME": ""}, "bucket"),  # set is enough for LiteLLM
        ({"USE_AWS_KMS": "True"}, "encrypted environment"),
        (
            {"REDIS_HOST": " True "},
            "reference in litellm_settings.cache_params.host",
        ),  # LiteLLM makes a truth value of it
    ],
)
def test_an_environment_that_only_litellm_can_read(environ: dict[str, str], feature: str) -> None:
    assert reader.features_of(PLAIN, environ) == (feature,)


@pytest.mark.parametrize("config", [None, "text", [], {"litellm_settings": None}, {"litellm_settings": ["a"]}])
def test_a_strange_file_is_plain(config: object) -> None:
    assert reader.features_of(config, {}) == ()


TEMPLATE = "# a comment\nmodel_list: []\nlitellm_settings:\n  cache: true\n  password: ${SECRET}\n"


@pytest.mark.parametrize(
    ("mounted", "read", "source"),
    [
        (TEMPLATE, None, "mounted"),
        (TEMPLATE, TEMPLATE, "copy"),
        (TEMPLATE, TEMPLATE.replace("${SECRET}", "s3cret").replace("# a comment\n", ""), "made"),
        (TEMPLATE, "something: else\n", "other"),
        (None, TEMPLATE, "mounted"),  # which file is meant is not known
    ],
)
def test_where_the_file_comes_from(
    mounted: str | None, read: str | None, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LITELLM_CONFIG_BUCKET_NAME", raising=False)
    there = tmp_path / "mounted.yaml"
    if mounted is not None:
        there.write_text(mounted, encoding="utf-8")
    path = tmp_path / "read.yaml"
    if read is None:
        path.symlink_to(there)
    else:
        path.write_text(read, encoding="utf-8")
    proxy = Proxy(1, ["litellm", "--config", str(path)], {})
    assert reader.source_of(proxy, str(there) if mounted is not None else None) == source


def test_a_bucket_and_no_file_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LITELLM_CONFIG_BUCKET_NAME", raising=False)
    assert reader.source_of(Proxy(1, ["litellm"], {}), str(tmp_path)) == "nowhere"
    monkeypatch.setenv("LITELLM_CONFIG_BUCKET_NAME", "name")
    assert reader.source_of(Proxy(1, ["litellm"], {}), str(tmp_path)) == "bucket"


def test_a_modification_time_to_come_is_not_when_an_included_file_was_written(tmp_path: Path) -> None:
    class ProxyConfig:
        """What LiteLLM's own has of a file."""

        def _load_yaml_file(self, file_path: str) -> dict[str, Any]:
            return {"litellm_settings": {}}

    included = tmp_path / "included.yaml"
    included.touch()
    os.utime(included, (4e9, 4e9))
    watched = reader._reader_of(SimpleNamespace(ProxyConfig=ProxyConfig))
    watched._load_yaml_file(str(included))
    assert watched.seen_files[0]["modified"] == included.stat().st_ctime
