# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy as its clients reach it, from this host: over the published port, or through what stands before it."""

from __future__ import annotations

import http.client
import os
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .._errors import OptionError
from .._inside.configuration import Key
from .._inside.conversation import KeepAlive

_SCHEMES = {"http": 80, "https": 443}
_WANTED = "must be a URL such as https://litellm.example.org:4000, without a login, a query or a fragment"


@dataclass(frozen=True)
class Published:
    """Where clients reach the proxy.

    :param root_path: what stands before each path.
    :param ca_file: certificates that TLS is checked with, None for those of the system.
    """

    scheme: str
    host: str
    port: int
    root_path: str
    ca_file: str | None = None

    @classmethod
    def from_options(cls, params: dict[str, Any]) -> Published | None:
        """The address that the options name, None for none.

        :param params: options of a module, with ``proxy_url`` and ``proxy_ca_file``.
        :raises OptionError: it is none, which the message does not repeat, because it may hold a password; there are no such
            certificates.
        """
        if not params["proxy_url"]:
            return None
        ca_file = params["proxy_ca_file"] or None
        if ca_file and not os.access(ca_file, os.R_OK):
            raise OptionError(
                "proxy_ca_file", f"proxy_ca_file must be a file on the managed host, and {ca_file} cannot be read"
            )
        try:
            parts = urlsplit(params["proxy_url"])
            port = parts.port
        except ValueError:
            raise OptionError("proxy_url", f"proxy_url {_WANTED}") from None
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
            raise OptionError("proxy_url", f"proxy_url {_WANTED}")
        return cls(
            parts.scheme,
            parts.hostname,
            port or _SCHEMES[parts.scheme],
            parts.path.rstrip("/"),
            ca_file,
        )


class PublishedConversation(KeepAlive):
    """One keep-alive connection to where clients reach the proxy.

    :param key: the LiteLLM key that goes along.
    :param timeout: longest wait for an answer, seconds.
    """

    def __init__(self, published: Published, key: Key, timeout: float) -> None:
        super().__init__(published.root_path, key, timeout)
        self._published = published

    def _connected(self) -> http.client.HTTPConnection:
        """A new connection; that of TLS with the certificate of the server checked, as clients do.

        :raises OSError: there is none, the certificate is refused, or the file has no authorities.
        """
        place = self._published
        if place.scheme == "http":
            return http.client.HTTPConnection(place.host, place.port, timeout=self._timeout)
        context = ssl.create_default_context(cafile=place.ca_file)
        return http.client.HTTPSConnection(place.host, place.port, timeout=self._timeout, context=context)
