#!/usr/bin/env bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-rulebook, in an environment of its own, and the Java that it needs. It brings its own source for webhooks, so no
# collection is needed. The playbook is run by the ansible-core of the tools.
set -euo pipefail

folder="${1:?usage: rulebook.sh FOLDER TOOLS}"
tools="${2:?usage: rulebook.sh FOLDER TOOLS}"
pinned="$(dirname "${BASH_SOURCE[0]}")/requirements.txt"

if ! command -v java >/dev/null; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        printf 'monitoring: ansible-rulebook needs Java 17 or newer (Debian: apt-get install default-jre-headless)\n' >&2
        exit 1
    fi
    printf 'monitoring: installing default-jre-headless\n'
    mkdir -p "$(dirname "$folder")"
    if ! {
        DEBIAN_FRONTEND=noninteractive apt-get -q update
        DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install default-jre-headless
    } >"$folder.log" 2>&1; then
        tail -n 20 "$folder.log" >&2
        printf 'monitoring: apt-get could not install default-jre-headless\n' >&2
        exit 1
    fi
fi
if ! cmp --silent "$pinned" "$folder/.made-from"; then
    printf 'monitoring: installing ansible-rulebook\n'
    "$tools/uv" venv --quiet --clear --python "$tools/python" "$folder"
    "$tools/uv" pip install --quiet --python "$folder/bin/python" --requirement "$pinned"
    cp "$pinned" "$folder/.made-from"
fi
