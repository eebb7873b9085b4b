# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which engine is meant: option, environment, context, as Docker's own client reads them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_address import (
    DockerAddress,
    Tls,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.engine import DockerError
from ansible_collections.erni_ki.litellm.tests.unit.support.docker_environment import without_docker

DEFAULT = DockerAddress("unix:///var/run/docker.sock")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Docker's client keeps its settings; the environment says nothing else of it."""
    return without_docker(monkeypatch, tmp_path)


def context(folder: Path, name: str, endpoint: Any, tls: bool = False) -> Path:
    """Make a context; returns where its TLS files are."""
    key = hashlib.sha256(name.encode()).hexdigest()
    meta, files = folder / "contexts/meta" / key, folder / "contexts/tls" / key / "docker"
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}))
    if tls:
        files.mkdir(parents=True)
    return files


def in_use(folder: Path, settings: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(settings)


@pytest.mark.parametrize(
    "given, url",
    [
        ("unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock"),
        ("/run/docker.sock", "unix:///run/docker.sock"),
        ("unix://", "unix:///var/run/docker.sock"),
        ("tcp://192.0.2.1:2400", "tcp://192.0.2.1:2400"),
        ("tcp://docker.example", "tcp://docker.example:2375"),
        ("tcp://", "tcp://127.0.0.1:2375"),
        ("http://docker.example:80/", "tcp://docker.example:80"),
        ("tcp://[2001:db8::1]", "tcp://[2001:db8::1]:2375"),
        ("docker.example:2400", "tcp://docker.example:2400"),
    ],
)
def test_addresses(given: str, url: str) -> None:
    assert DockerAddress.of(given) == DockerAddress(url)


@pytest.mark.parametrize(
    "given", ["npipe:////./pipe/docker", "fd://", "not an address", "tcp://a:b", "tcp://a/b", "tcp://a:99999"]
)
def test_what_is_no_address_names_the_variable(given: str) -> None:
    with pytest.raises(
        DockerError, match="is no address of Docker: set litellm_cache_docker_host to unix://PATH or tcp://"
    ):
        DockerAddress.of(given)


def test_ssh_is_left_to_ansible() -> None:
    with pytest.raises(DockerError, match="not reached over ssh://root@a: let Ansible itself connect to that host"):
        DockerAddress.of("ssh://root@a")


def test_place() -> None:
    assert DockerAddress.of("tcp://[2001:db8::1]:80").place == ("2001:db8::1", 80)
    assert DockerAddress.of("tcp://a").socket_path is None
    assert DEFAULT.socket_path == "/var/run/docker.sock"


def test_nothing_said_is_the_local_socket(folder: Path) -> None:
    assert DockerAddress.of(None) == DockerAddress.of("") == DEFAULT
    in_use(folder, '{"auths": {}}')
    assert DockerAddress.of(None) == DEFAULT
    in_use(folder, '{"currentContext": "default"}')
    assert DockerAddress.of(None) == DEFAULT


def test_the_option_comes_before_the_environment_before_the_context(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context(folder, "one", {"Host": "unix:///one.sock"})
    context(folder, "two", {"Host": "unix:///two.sock"})
    in_use(folder, '{"currentContext": "one"}')
    assert DockerAddress.of(None).url == "unix:///one.sock"
    monkeypatch.setenv("DOCKER_CONTEXT", "two")
    assert DockerAddress.of(None).url == "unix:///two.sock"
    monkeypatch.setenv("DOCKER_CONTEXT", "default")
    assert DockerAddress.of(None) == DEFAULT
    monkeypatch.setenv("DOCKER_CONTEXT", "two")
    monkeypatch.setenv("DOCKER_HOST", "unix:///three.sock")
    assert DockerAddress.of(None).url == "unix:///three.sock"
    assert DockerAddress.of("unix:///four.sock").url == "unix:///four.sock"


def test_tls_of_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://a")
    monkeypatch.setenv("DOCKER_TLS", "1")
    assert DockerAddress.of(None) == DockerAddress("tcp://a:2376", Tls(str(folder), verify=False))
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", "/certs")
    assert DockerAddress.of(None) == DockerAddress("tcp://a:2376", Tls("/certs", verify=True))
    assert DockerAddress.of("tcp://b:1").tls == Tls("/certs", verify=True)
    assert DockerAddress.of("unix:///a.sock").tls is None
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "")
    monkeypatch.setenv("DOCKER_TLS", "")
    assert DockerAddress.of(None) == DockerAddress("tcp://a:2375")


def test_tls_of_a_context(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = context(folder, "far", {"Host": "tcp://a:2376", "SkipTLSVerify": False}, tls=True)
    blind = context(folder, "blind", {"Host": "tcp://a:2376", "SkipTLSVerify": True})
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")  # is of the default context only
    monkeypatch.setenv("DOCKER_CONTEXT", "far")
    assert DockerAddress.of(None) == DockerAddress("tcp://a:2376", Tls(str(files), verify=True))
    monkeypatch.setenv("DOCKER_CONTEXT", "blind")
    assert DockerAddress.of(None) == DockerAddress("tcp://a:2376", Tls(str(blind), verify=False))


def test_settings_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context(tmp_path / "other", "one", {"Host": "unix:///one.sock"})
    in_use(tmp_path / "other", '{"currentContext": "one"}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "other"))
    assert DockerAddress.of(None).url == "unix:///one.sock"


@pytest.mark.parametrize("settings", ["{", "[]", '"text"'])
def test_settings_that_nobody_can_read(folder: Path, settings: str) -> None:
    in_use(folder, settings)
    with pytest.raises(DockerError, match="config.json is not JSON that Docker's client would read"):
        DockerAddress.of(None)
    assert DockerAddress.of("unix:///a.sock").url == "unix:///a.sock"


@pytest.mark.parametrize("endpoint", [None, {}, []])
def test_a_context_that_names_no_engine(folder: Path, endpoint: Any) -> None:
    context(folder, "one", endpoint)
    in_use(folder, '{"currentContext": "one"}')
    with pytest.raises(DockerError, match="the Docker context one names no engine in .*meta.json: choose another one"):
        DockerAddress.of(None)


def test_a_context_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "gone")
    with pytest.raises(DockerError, match="the Docker context gone names no engine"):
        DockerAddress.of(None)


def test_a_context_over_ssh_is_refused_too(folder: Path) -> None:
    context(folder, "one", {"Host": "ssh://root@a"})
    in_use(folder, '{"currentContext": "one"}')
    with pytest.raises(DockerError, match="let Ansible itself connect"):
        DockerAddress.of(None)
