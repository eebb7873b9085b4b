# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The address at which clients reach the proxy, and real connections to it, with TLS as without."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.published import (
    Published,
    PublishedConversation,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import OptionError
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import Key
from ansible_collections.erni_ki.litellm.tests.unit.support.litellm_server import serving

BODY = {"messages": [{"content": "Hello"}]}


def published(url: str, ca_file: Path | None = None) -> Any:
    return Published.from_options({"proxy_url": url, "proxy_ca_file": str(ca_file or "")})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:4000", ("http", "127.0.0.1", 4000, "")),
        ("https://litellm.example.org", ("https", "litellm.example.org", 443, "")),
        ("http://[::1]/proxy/", ("http", "::1", 80, "/proxy")),
    ],
)
def test_an_address(url: str, expected: tuple[Any, ...]) -> None:
    place = published(url)
    assert (place.scheme, place.host, place.port, place.root_path) == expected


@pytest.mark.parametrize("unset", ["", None])
def test_none_is_none(unset: Any) -> None:
    assert published(unset) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "litellm.example.org:4000",
        "ftp://litellm.example.org",
        "https://user:S3cr3t@litellm.example.org",
        "https://",
        "https://litellm.example.org?key=S3cr3t",
        "https://litellm.example.org:port",
        "https://[S3cr3t",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(wrong: str) -> None:
    with pytest.raises(OptionError) as caught:
        published(wrong)
    assert str(caught.value).startswith("proxy_url must be a URL such as https://") and "S3cr3t" not in str(
        caught.value
    )
    assert caught.value.context == {"option": "proxy_url"}


def test_requests_go_below_its_path_over_one_connection() -> None:
    with serving(lambda _prompts: (200, "one", None)) as (port, seen):
        conversation = PublishedConversation(published(f"http://127.0.0.1:{port}/proxy"), Key("sk-1"), 30)
        for _number in range(2):
            assert conversation.request("POST", "/v1/chat/completions", BODY)[0] == 200
        conversation.close()
    assert seen.paths == {"/proxy/v1/chat/completions"} and len(seen.clients) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of the name localhost that has signed itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=DNS:localhost -keyout key -out crt"
    subprocess.run(["openssl", *words.split()], cwd=folder, check=True, stderr=subprocess.DEVNULL)
    return folder / "crt", folder / "key"


def test_a_certificate_is_checked_as_clients_do(certificate: tuple[Path, Path]) -> None:
    with serving(lambda _prompts: (200, "one", None), certificate) as (port, seen):
        known = PublishedConversation(published(f"https://localhost:{port}", certificate[0]), Key(None), 30)
        assert known.request("POST", "/v1/chat/completions", BODY)[0] == 200
        known.close()
        unknown = PublishedConversation(published(f"https://localhost:{port}"), Key("sk-1"), 30)
        other_name = PublishedConversation(published(f"https://127.0.0.1:{port}", certificate[0]), Key("sk-1"), 30)
        for refused in (unknown, other_name):
            with pytest.raises(OSError, match="certificate verify failed"):
                refused.request("POST", "/v1/chat/completions", BODY)
    assert seen.prompts == ["Hello"] and seen.keys == {None}


def test_a_file_without_authorities_is_an_error_of_the_connection(certificate: tuple[Path, Path]) -> None:
    with pytest.raises(OSError):
        PublishedConversation(published("https://localhost:1", certificate[1]), Key(None), 30).request("GET", "/")


def test_a_file_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(
        OptionError, match="proxy_ca_file must be a file on the managed host, and .*/none cannot be read"
    ):
        published("https://localhost:1", tmp_path / "none")
