# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration, as the proxy would read it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import configuration as inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in [name for name in os.environ if name.startswith("REDIS_")]:
        monkeypatch.delenv(name)
    yield monkeypatch


def test_references_are_replaced_where_litellm_replaces_them(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HERE", "value")
    written = {
        "a": {"b": "os.environ/HERE", "c": {"d": "os.environ/NOT_HERE"}},
        "redis_startup_nodes": [{"host": "os.environ/HERE", "port": 7000}],
        "supported_call_types": ["os.environ/HERE"],
        "sentinel_nodes": [["os.environ/HERE", 26379]],
        "e": 5,
        "f": "os.environ",
    }
    assert inside.resolved(written) == {
        **written,
        "a": {"b": "value", "c": {"d": None}},
        "redis_startup_nodes": [{"host": "value", "port": 7000}],
    }


def test_a_candidate_counts_where_the_proxy_reads_the_mounted_file(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.delenv("LITELLM_CONFIG_BUCKET_NAME", raising=False)
    mounted, made = tmp_path / "mounted.yaml", tmp_path / "made.yaml"
    mounted.write_text("a: ${A}\nb: 1\n", encoding="utf-8")
    made.write_text("a: 5\nb: 1\n", encoding="utf-8")
    request = {"candidate": "a: 7\n", "mounted": str(mounted)}

    def read(path: Path) -> dict:
        return inside.read_configuration(Proxy(1, ["litellm", "--config", str(path)], {}), request).config

    assert read(mounted) == {"a": 7}
    assert read(made) == {"a": 5, "b": 1}  # made from the mounted file at the start, as a template
    made.write_bytes(mounted.read_bytes())
    assert read(made) == {"a": 7}


@pytest.mark.parametrize(
    "content", [b"- a list", b"\xff", b"a: [", b"a text", b"a: !!bool x", b"a: !!int", b"a: " + b"[" * 600]
)
def test_what_is_no_configuration_is_refused(environment: pytest.MonkeyPatch, tmp_path: Path, content: bytes) -> None:
    environment.delenv("LITELLM_CONFIG_BUCKET_NAME", raising=False)
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(Refusal) as caught:
        inside.load_settings(Proxy(1, ["litellm", "--config", str(path)], {}), {})
    assert caught.value.code == "config_unreadable"


def test_the_key_is_found_without_litellm_where_no_other_file_can_have_it(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.delenv("LITELLM_CONFIG_BUCKET_NAME", raising=False)
    environment.setenv("A_KEY", "sk-key")
    path = tmp_path / "config.yaml"
    text = "environment_variables: {B: c}\nlitellm_settings: {cache: os.environ/C}\n"
    text += "general_settings: {master_key: os.environ/A_KEY}"
    path.write_text(text, encoding="utf-8")
    proxy = Proxy(1, ["litellm", "--config", str(path)], {})
    assert inside.key_for(proxy, {}).headers() == {"Authorization": "Bearer sk-key"}
    # Where the file cannot be read, a key that is named needs it not.
    path.write_text("- a list", encoding="utf-8")
    assert inside.key_for(proxy, {"key": "sk-named"}).headers() == {"Authorization": "Bearer sk-named"}
    with pytest.raises(Refusal):
        inside.key_for(proxy, {})


def test_what_only_litellm_can_read_is_not_read_plainly(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    proxy = Proxy(1, ["litellm", "--config", str(path)], {})
    path.write_text("litellm_settings: {cache: true, cache_params: {type: redis, host: redis}}\n", encoding="utf-8")
    assert inside.read_plainly(proxy)["litellm_settings"]["cache_params"]["host"] == "redis"
    path.write_text("include: [other.yaml]\n", encoding="utf-8")
    with pytest.raises(Refusal, match="only LiteLLM can read include"):
        inside.read_plainly(proxy)


@pytest.mark.parametrize(
    "name, header",
    [
        ("X-Litellm-Key", "X-Litellm-Key"),
        ("os.environ/A_HEADER", "X-Of-The-Environment"),
        (None, "Authorization"),
        # No header has such a name, and whoever writes one must not get a second header, or an error, out of it.
        ("X-Key: a\r\nX-Other", "Authorization"),
        ("", "Authorization"),
        (5, "Authorization"),
    ],
)
def test_a_key_goes_where_the_proxy_looks_for_it(environment: pytest.MonkeyPatch, name: object, header: str) -> None:
    environment.setenv("A_HEADER", "X-Of-The-Environment")
    general = {"master_key": "sk-key", "litellm_key_header_name": name}
    key, source = inside.key_of({"general_settings": general}, {})
    assert (key.headers(), source) == ({header: "Bearer sk-key"}, "proxy")
    assert inside.Key(None, header).headers() == {}


@pytest.mark.parametrize(
    "params, form",
    [
        ({}, "environment"),
        ({"host": "a"}, "host"),
        ({"url": "redis://a", "host": "a"}, "url"),
        ({"redis_startup_nodes": [{"host": "a", "port": 1}]}, "cluster"),
        ({"sentinel_nodes": [["a", 1]], "service_name": "a"}, "sentinel"),
        # LiteLLM sees no Cluster in a list without nodes.
        ({"redis_startup_nodes": [], "host": "a"}, "host"),
        ({"sentinel_password": "a", "url": "redis://a"}, "url"),
    ],
)
def test_form(params: dict, form: str) -> None:
    assert inside.form_of(params) == form


def reading(tmp_path: Path, text: str) -> dict:
    """The configuration of a file."""
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return inside.read_configuration(Proxy(1, ["litellm", "--config", str(path)], {}), {"candidate": None}).config


def tenfold(levels: int) -> str:
    """Lists in ``cache_params``, each of which holds the one before ten times, by aliases."""
    lines = [
        "litellm_settings:",
        "  cache: true",
        "  cache_params:",
        "    type: local",
        "    a0: &a0 [" + "x, " * 10 + "]",
    ]
    return "\n".join(lines + [f"    a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]" for n in range(1, levels)])


def test_aliases_that_grow_without_measure_end_in_a_sentence(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert len(reading(tmp_path, tenfold(5))["litellm_settings"]["cache_params"]["a4"]) == 10
    with pytest.raises(
        Refusal, match="with its aliases followed, the configuration would have more than 1000000"
    ) as caught:
        reading(tmp_path, tenfold(40))
    assert caught.value.code == "config_unreadable"


@pytest.mark.parametrize(
    "text",
    [
        "litellm_settings: &a {cache: true, cache_params: {type: redis, host: [*a]}}",
        "litellm_settings:\n  cache: true\n  cache_params: &p\n    type: redis\n    more: *p\n",
        "x: &x [[*x]]\n",
    ],
)
def test_a_value_in_itself_ends_in_a_sentence(environment: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    with pytest.raises(Refusal, match="a value that contains an alias of what it stands in") as caught:
        reading(tmp_path, text)
    assert caught.value.code == "config_unreadable"
