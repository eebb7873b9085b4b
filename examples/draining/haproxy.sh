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
# The servers of the backend are called like the containers. Needs socat. Requests in flight end by themselves.
set -eu
backend="${BACKEND:-litellm}"
socket="${SOCKET:-/run/haproxy/admin.sock}"

case "$1" in
    drain | ready) ;;
    *) echo "say drain or ready" >&2; exit 2 ;;
esac
said="$(echo "set server ${backend}/${LITELLM_INSTANCE} state $1" | socat stdio "unix-connect:${socket}")"
[ -z "$said" ] || { echo "$said" >&2; exit 1; }
