#!/bin/sh
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PostgreSQL for a throw-away stack: reachable on the stack's own network only, and forgotten with its container.
set -eu

programs="$(echo /usr/lib/postgresql/*/bin)"
data=/var/lib/postgresql/stack
if [ ! -d "$data" ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups "$programs/initdb" --auth=trust -D "$data"
    echo 'host all all all trust' >>"$data/pg_hba.conf"
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups "$programs/postgres" -D "$data" -c 'listen_addresses=*' -k /tmp
