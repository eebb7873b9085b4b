#!/bin/sh
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Takes an instance out of HAProxy, or puts it back, by its admin socket:
#
#   litellm_cache_before_each: /usr/local/bin/draining-haproxy drain
#   litellm_cache_after_each: /usr/local/bin/draining-haproxy ready
#
# The servers of the backend are called like the containers. Needs socat. Requests in flight end by themselves. Health checks mark a
# server down while its instance restarts, so one that is ready again is waited for until they let it take requests: else the next
# instance would be taken out while there is no other.
set -eu
backend="${BACKEND:-litellm}"
socket="${SOCKET:-/run/haproxy/admin.sock}"

haproxy() { echo "$1" | socat stdio "unix-connect:${socket}"; }

case "$1" in
    drain | ready) ;;
    *) echo "say drain or ready" >&2; exit 2 ;;
esac
said="$(haproxy "set server ${backend}/${LITELLM_INSTANCE} state $1")"
[ -z "$said" ] || { echo "$said" >&2; exit 1; }
[ "$1" = ready ] || exit 0
for _try in $(seq 300); do
    # Its fourth and sixth columns are the name of a server, and whether it takes requests, which is 2.
    case "$(haproxy "show servers state ${backend}" | cut -d ' ' -f 4,6)" in *"${LITELLM_INSTANCE} 2"*) exit 0 ;; esac
    sleep 0.1
done
echo "the health checks do not let ${LITELLM_INSTANCE} take requests" >&2
exit 1
