#!/bin/sh
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Takes an instance out of nginx, or puts it back:
#
#   litellm_cache_before_each: /usr/local/bin/draining-nginx down
#   litellm_cache_after_each: /usr/local/bin/draining-nginx up
#
# nginx includes the file of servers in its upstream, one `server NAME:4000;` a line. Requests in flight end in the old workers. A
# reload returns before the new workers have begun, so the old ones are waited for until they take nothing more. Needs pgrep.
set -eu
servers="${SERVERS:-/etc/nginx/litellm-servers.conf}"
reload="${RELOAD:-nginx -s reload}"

# Those that are shutting down have another title.
workers() { pgrep -f '^nginx: worker process$' | tr '\n' ' '; }

case "$1" in
    down) sed -i "s/^\( *server ${LITELLM_INSTANCE}:[0-9]*\);/\1 down;/" "$servers" ;;
    up) sed -i "s/^\( *server ${LITELLM_INSTANCE}:[0-9]*\) down;/\1;/" "$servers" ;;
    *) echo "say down or up" >&2; exit 2 ;;
esac
before="$(workers)"
$reload
for _try in $(seq 100); do
    now="$(workers)"
    for worker in $before; do
        case " $now" in *" $worker "*) sleep 0.1; continue 2 ;; esac
    done
    [ -z "$now" ] || exit 0
    sleep 0.1
done
echo "the workers of before still take requests" >&2
exit 1
