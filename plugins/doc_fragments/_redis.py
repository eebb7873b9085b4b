# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that say where Redis is, as seen from the managed host. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    """Goes with ``REDIS`` in module_utils/_module.py."""

    DOCUMENTATION = r"""
options:
  project_dir:
    description:
      - Directory of the Compose project on the managed host.
      - If no other option says where Redis is, it is the one that C(cache_params) of the deployment's file name, with the
        login that the proxy's own process has. The name of a Compose service is looked up as the containers see it, so
        Redis need not be published.
      - The connections of the deployment's instances are told apart from those of others.
    type: path
    required: false
  redis_host:
    description:
      - Host or address of a Redis server that the managed host reaches, or the name of a container or service of the
        deployment's networks.
      - Mutually exclusive with O(redis_socket), O(redis_sentinel_nodes) and O(redis_cluster_nodes).
    type: str
  redis_port:
    description:
      - Port of O(redis_host), 6379 if not set.
    type: int
  redis_db:
    description:
      - Number of the database. If not set, it is that of the deployment's file, else 0.
    type: int
  redis_socket:
    description:
      - Unix socket of a Redis server on the managed host.
    type: path
  redis_username:
    description:
      - ACL user.
    type: str
  redis_password:
    description:
      - Password, from a vault.
      - Mutually exclusive with O(redis_password_env) and O(redis_password_file).
    type: str
  redis_password_env:
    description:
      - Name of the environment variable of the proxy's own process that holds the password. It is read from there, used,
        and not returned. Needs O(project_dir) and a running instance.
    type: str
  redis_password_file:
    description:
      - File on the managed host that holds the password and nothing else, for example a Compose secret.
    type: path
  redis_tls:
    description:
      - Whether the connection is encrypted. If not set, it is when one of the TLS files is set, or the deployment's file
        says so.
    type: bool
  redis_tls_ca_file:
    description:
      - Certificate of the authority, on the managed host.
    type: path
  redis_tls_cert_file:
    description:
      - Certificate of the client, on the managed host.
    type: path
  redis_tls_key_file:
    description:
      - Key of the client, on the managed host.
    type: path
  redis_tls_check_hostname:
    description:
      - Whether the name of the server must stand in its certificate. True if not set.
    type: bool
  redis_sentinel_nodes:
    description:
      - Sentinels, each as C(host) or C(host:port), port 26379 if not said.
    type: list
    elements: str
  redis_sentinel_service:
    description:
      - Name that the Sentinels know the group by. Needed with O(redis_sentinel_nodes).
    type: str
  redis_sentinel_username:
    description:
      - ACL user at the Sentinels.
    type: str
  redis_sentinel_password:
    description:
      - Password at the Sentinels.
    type: str
  redis_cluster_nodes:
    description:
      - Nodes of a Redis Cluster, each as C(host) or C(host:port). One that answers is enough.
    type: list
    elements: str
  timeout:
    description:
      - Seconds that each answer of Redis may take.
    type: float
    default: 5
requirements:
  - redis-py on the managed host (Debian package C(python3-redis), 4.3 or newer)
  - With O(project_dir) also PyYAML (C(python3-yaml))
"""
