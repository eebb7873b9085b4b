# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proxies that another program starts, at another port, from another place: found by their process and its sockets.

The health check of the Compose file goes on asking at port 4000, where nobody is: what it says decides nothing.
"""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.operator import (
    ENTRYPOINT,
    GENERAL,
    LOCAL,
    MODELS,
    Deployed,
    Operator,
)

PORT = 8123
PROXY = ("IPAddress", PORT)
PASSWORD = 'export REDIS_PASSWORD="$$(cat /run/secrets/redis_password)"; '
APPLICATION = "litellm.proxy.proxy_server:app"
NAMED = "export CONFIG_FILE_PATH=/app/config.yaml; "
STARTS = {
    "gunicorn, two workers": f"{NAMED}exec gunicorn {APPLICATION} -w 2 -k uvicorn.workers.UvicornWorker -b 0.0.0.0:{PORT}",
    "uvicorn": f"{NAMED}exec uvicorn {APPLICATION} --host 0.0.0.0 --port {PORT}",
    "`litellm --run_gunicorn`": f"exec litellm --config /app/config.yaml --run_gunicorn --num_workers 2 --port {PORT}",
    "an entrypoint that exports `PORT`": f"export PORT={PORT}; exec litellm --config config.yaml",
    "an entrypoint that exports `PORT` and drops its user": (
        f"export PORT={PORT} HOME=/tmp; exec setpriv --reuid=1000 --regid=1000 --clear-groups --inh-caps=-all "
        "--no-new-privs litellm --config config.yaml"
    ),
    "Python itself": f"exec python3 -m litellm.proxy.proxy_cli --config /app/config.yaml --port={PORT}",
}
AS_PARAMETERS = [
    pytest.param(words, id=name, marks=[pytest.mark.shape(f"started by {name}")] + [pytest.mark.rest] * (number > 0))
    for number, (name, words) in enumerate(STARTS.items())
]


@pytest.mark.parametrize("words", AS_PARAMETERS)
def test_the_proxy_is_found_before_and_after_its_restart(operator: Operator, words: str) -> None:
    Deployed(MODELS + LOCAL + GENERAL, ENTRYPOINT.format(commands=PASSWORD + words), proxy=PROXY).bring(operator.bed)
    before = operator.bed.config.read_bytes()
    switch = operator.succeeds("switch_redis")
    assert "answered from Redis" in operator.told(switch) and operator.bed.cache_type() == "redis"
    operator.changes_nothing("switch_redis")
    operator.succeeds("rollback_local")
    assert operator.bed.config.read_bytes() == before and operator.bed.cache_type() == "local"


@pytest.mark.shape("listens on `::`, which is IPv6 alone")
@pytest.mark.rest
def test_a_proxy_that_listens_with_ipv6_alone(operator: Operator) -> None:
    network = "networks:\n  six: {enable_ipv6: true, ipam: {config: [{subnet: 'fd5a:1e17:e11a::/64'}]}}\n"
    words = f"exec litellm --config /app/config.yaml --port {PORT} --host ::"
    service = "    networks: [default, six]\n" + ENTRYPOINT.format(commands=PASSWORD + words)
    Deployed(MODELS + LOCAL + GENERAL, service, network, proxy=("GlobalIPv6Address", PORT)).bring(operator.bed)
    operator.succeeds("switch_redis")
    assert operator.bed.cache_type() == "redis"
    operator.succeeds("rollback_local")
    assert operator.bed.cache_type() == "local"


@pytest.mark.shape("the folder of the file is mounted")
@pytest.mark.rest
def test_a_folder_that_is_mounted(operator: Operator) -> None:
    words = f"exec litellm --config /etc/litellm/config.yaml --port {PORT}"
    folder = "    volumes: !override\n      - ./conf/litellm:/etc/litellm:ro\n"
    service = folder + ENTRYPOINT.format(commands=PASSWORD + words)
    Deployed(MODELS + LOCAL + GENERAL, service, proxy=PROXY).bring(operator.bed)
    before = operator.bed.config.read_bytes()
    operator.succeeds("switch_redis")
    operator.changes_nothing("switch_redis")
    assert operator.bed.cache_type() == "redis"
    operator.succeeds("rollback_local")
    assert operator.bed.config.read_bytes() == before and operator.bed.cache_type() == "local"
