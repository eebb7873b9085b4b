# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that say what is wanted of the cache. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    """Goes with ``CACHE`` in module_utils/_module.py."""

    DOCUMENTATION = r"""
options:
  mode:
    description:
      - V(redis) caches in Redis, shared by all instances.
      - V(local) caches in the memory of each process.
    type: str
    required: true
    choices:
      - redis
      - local
  redis_form:
    description:
      - How C(cache_params) names the server. V(host) writes host, port, database and password, V(url) writes one URL.
      - If not set, it is the form that the file has, else V(host).
      - In the form V(url) LiteLLM before 1.99 ignores all timeouts of the file. They work in the URL's query string.
    type: str
    choices:
      - host
      - url
  redis_host:
    description:
      - Where the proxy finds Redis, as seen from inside its container.
      - Written with O(redis_port) and O(redis_db) in the form V(host), over what the file says. Not used in the form
        V(url).
    type: str
    default: redis
  redis_port:
    description:
      - Port of Redis, 1 to 65535.
    type: int
    default: 6379
  redis_db:
    description:
      - Number of the database.
    type: int
    default: 1
  redis_username:
    description:
      - ACL user.
    type: str
  redis_password:
    description:
      - Literal password. It is written into the file, with C(# pragma) C(allowlist secret) behind it.
      - Prefer O(redis_password_env).
      - Refused when it is a part of a word of the results, such as the name of the project, of a container or of a file,
        where Ansible would mask it.
      - Mutually exclusive with O(redis_password_env).
    type: str
  redis_password_env:
    description:
      - Name of the environment variable of the proxy that holds the password. Written as C(os.environ/NAME).
      - If neither this nor O(redis_password) is set, a password that the file has stays, and none is added.
    type: str
  redis_url_env:
    description:
      - Name of the environment variable of the proxy that holds the URL. Written as C(os.environ/NAME).
      - A password in the URL must be percent-encoded. A URL that does not parse as meant is refused, and no part of it is told.
      - Needed for the form V(url), unless the file has a URL already.
    type: str
  redis_cluster_nodes:
    description:
      - Nodes of a Redis Cluster as the proxy's container reaches them, each as C(host) or C(host:port), port 6379 if not
        said. Written as C(redis_startup_nodes), in the place of a host or a URL.
      - If not set, the nodes that the file has stay.
      - Mutually exclusive with O(redis_sentinel_nodes), O(redis_url_env), O(redis_form) and O(redis_host).
      - Versions of LiteLLM up to 1.83 give the timeouts of the file to no client of a Cluster. The proof tells what is not
        in effect. A certificate of the client reaches not every client of a Cluster in any version up to 1.106, so that is
        refused.
    type: list
    elements: str
  redis_sentinel_nodes:
    description:
      - Sentinels as the proxy's container reaches them, each as C(host) or C(host:port), port 26379 if not said. Written as
        C(sentinel_nodes), in the place of a host or a URL.
      - If not set, the Sentinels that the file has stay.
      - Mutually exclusive with O(redis_cluster_nodes), O(redis_url_env), O(redis_form) and O(redis_host). O(redis_db) is not
        written, because no version up to 1.106 can use it here.
    type: list
    elements: str
  redis_sentinel_service:
    description:
      - Name that the Sentinels know the Redis by. Needed with O(redis_sentinel_nodes), unless the file has one.
    type: str
  redis_sentinel_password_env:
    description:
      - Name of the environment variable of the proxy that holds the password of the Sentinels. Written as
        C(os.environ/NAME).
      - LiteLLM up to 1.99 gives this password to the Redis and none to the Sentinels, and does not give
        O(redis_password_env) to the Redis. There both options have to name the variable with the password of the Redis.
    type: str
  redis_tls:
    description:
      - Encrypt the connection to Redis. The router's own connection gets the same.
      - If not set, what the file says of TLS stays.
      - Not for the form V(url), where the URL says it.
    type: dict
    suboptions:
      enabled:
        description:
          - V(false) comments out what the file says of TLS.
        type: bool
        default: true
      ca_file:
        description:
          - Certificate of the authority, as the proxy's container sees it. If not set, the file's own stays, else those of
            the container's system count.
        type: str
      cert_file:
        description:
          - Certificate of the client, as the proxy's container sees it. Needs O(redis_tls.key_file).
        type: str
      key_file:
        description:
          - Key of the client, as the proxy's container sees it.
        type: str
      check_hostname:
        description:
          - Whether the name of the server must stand in its certificate.
          - If not set, the file's own stays, and V(true) is written where it has none.
        type: bool
      validate_certs:
        description:
          - V(false) takes any certificate. If not set, the file's own stays, else they are checked.
        type: bool
  ttl:
    description:
      - Seconds that an entry lives.
      - If not set, the file's own value stays, and 1800 is written where it has none.
    type: int
  supported_call_types:
    description:
      - Calls that are cached. LiteLLM's proxy uses only the names that start with an V(a).
      - If not set, the file's own list stays, and V(acompletion), V(atext_completion), V(aembedding) and
        V(atranscription) are written where it has none.
    type: list
    elements: str
  namespace:
    description:
      - Prefix of the keys. If not set, the file's own stays.
    type: str
  max_connections:
    description:
      - Size of the connection pool. If not set, the file's own stays.
    type: int
  socket_timeout:
    description:
      - Seconds that the proxy waits for an answer of Redis. A stalled Redis delays each request by up to this long.
      - Written over what the file says, as the other timeouts are.
    type: float
    default: 30
  socket_connect_timeout:
    description:
      - Seconds that the proxy waits for a connection to Redis.
    type: float
    default: 10
  health_check_interval:
    description:
      - Seconds after which an idle connection is checked before it is used.
    type: int
    default: 30
  retry_on_timeout:
    description:
      - Whether a command that timed out is sent once more.
    type: bool
    default: true
  connection_pool_timeout:
    description:
      - Accepted because the procedure by hand asks for it, and left out of the file with a finding. Beside a host LiteLLM
        does not start with it in any version up to 1.106, elsewhere it has no effect. The setting that works, beside a host
        or a URL, is LiteLLM's environment variable E(REDIS_CONNECTION_POOL_TIMEOUT).
    type: int
  router:
    description:
      - What C(router_settings) say in the mode V(redis).
      - V(consistent) writes the C(redis_*) keys and C(cache_kwargs) with the same database and timeouts, so that both
        connections agree in every version.
      - V(runbook) writes the C(redis_*) keys alone. Up to LiteLLM 1.81 the router then uses database 0.
      - V(none) writes nothing and comments out what is there. The router then shares the connection of the cache.
      - Beside a Redis Cluster or Sentinels no such keys can agree with the cache. V(consistent) comments out a connection of
        the router to one server, so that the router shares the cache's. V(runbook) leaves it, with a finding.
    type: str
    choices:
      - consistent
      - runbook
      - none
    default: consistent
  leave_out:
    description:
      - Keys of C(cache_params) that are commented out in the mode V(redis), because LiteLLM would not start with them.
      - What M(erni_ki.litellm.litellm_cache_probe) returned as RV(erni_ki.litellm.litellm_cache_probe#module:leave_out).
    type: list
    elements: str
    default: []
  snapshot:
    description:
      - Number of a snapshot whose bytes the file is to have again. It must be in the mode O(mode).
      - All other wishes are then without effect.
    type: int
"""
