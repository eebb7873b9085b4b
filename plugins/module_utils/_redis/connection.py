# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections of redis-py to hosts that have another address here than their name says."""

from __future__ import annotations

from typing import Any

from .endpoint import Endpoint


def connection_class(endpoint: Endpoint, node: tuple[str, int] | None) -> Any:
    """A connection of redis-py that goes to the address under which the host is found from here.

    The certificate is checked against the name, and the name of a Compose service means nothing on the managed host.
    """
    from redis import connection

    if node is None:
        return connection.UnixDomainSocketConnection
    address = endpoint.address_of(node[0])

    class Addressed(connection.Connection):
        """Looks up the address in the place of the name."""

        def _connect(self) -> Any:
            name, self.host = self.host, address
            try:
                return super()._connect()
            finally:
                self.host = name

    if endpoint.tls is None:
        return Addressed

    class AddressedTls(connection.SSLConnection, Addressed):
        """The same with TLS."""

    return AddressedTls
