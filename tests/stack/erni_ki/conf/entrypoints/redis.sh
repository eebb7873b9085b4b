#!/bin/sh
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Starts Redis with the users of its ACL file. The configuration arrives on standard input.
set -eu

# Valkey's programs and user have its own name.
server=redis
command -v redis-server >/dev/null || server=valkey
chown "$server" /var/lib/redis
exec setpriv --reuid="$server" --regid="$server" --init-groups "$server-server" - <<CONFIG
bind * -::*
port 6379
aclfile /etc/redis/users.acl
dir /var/lib/redis
save 300 1
maxmemory 64mb
maxmemory-policy allkeys-lru
tcp-keepalive 300
CONFIG
