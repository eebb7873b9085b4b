#!/bin/sh
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Exports the secrets of the Compose project to LiteLLM and starts it. `docker exec` does not see
# what is exported here. LITELLM_ENTRYPOINT_SHAPE says how the process tree looks:
#   exec         LiteLLM is process 1 (or the child of docker-init with `init: true`)
#   shell        the `exec` was forgotten: this shell stays process 1
#   dropped_uid  LiteLLM is process 1 and runs as user 1000 without any privilege
#   redis_url    like exec, and REDIS_URL is exported as well
#   redis_url_with_timeouts
#                the same, and the URL carries the timeouts: the way out that the known issues tell
#   raw_redis_url
#                REDIS_URL alone is exported, and the password stands in it as it is, not percent-encoded
set -eu

REDIS_PASSWORD="$(cat /run/secrets/redis_password)"
LITELLM_MASTER_KEY="$(cat /run/secrets/litellm_master_key)"
export REDIS_PASSWORD LITELLM_MASTER_KEY

case "${LITELLM_ENTRYPOINT_SHAPE:-exec}" in
    exec)
        exec litellm "$@"
        ;;
    shell)
        litellm "$@"
        ;;
    dropped_uid)
        HOME=/tmp
        export HOME
        exec setpriv --reuid=1000 --regid=1000 --clear-groups --inh-caps=-all --no-new-privs litellm "$@"
        ;;
    redis_url | redis_url_with_timeouts)
        encoded="$(python3 -c 'import os, urllib.parse; print(urllib.parse.quote(os.environ["REDIS_PASSWORD"], safe=""))')"
        REDIS_URL="redis://:${encoded}@redis:6379/0"
        if [ "$LITELLM_ENTRYPOINT_SHAPE" = redis_url_with_timeouts ]; then
            REDIS_URL="$REDIS_URL?socket_timeout=30&socket_connect_timeout=10&health_check_interval=30&retry_on_timeout=yes"
        fi
        export REDIS_URL
        exec litellm "$@"
        ;;
    raw_redis_url)
        REDIS_URL="redis://:${REDIS_PASSWORD}@redis:6379/1"
        export REDIS_URL
        unset REDIS_PASSWORD
        exec litellm "$@"
        ;;
    *)
        echo "unknown LITELLM_ENTRYPOINT_SHAPE: ${LITELLM_ENTRYPOINT_SHAPE}" >&2
        exit 64
        ;;
esac
