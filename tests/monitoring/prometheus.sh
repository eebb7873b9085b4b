#!/usr/bin/env bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prometheus, promtool, node_exporter and Alertmanager's tool of Debian. Unpacked and not installed: a package would start
# services on this machine.
set -euo pipefail

folder="${1:?usage: prometheus.sh FOLDER}"
programs=(prometheus promtool prometheus-node-exporter amtool)
packages=(prometheus prometheus-node-exporter prometheus-alertmanager)

have() { [ -x "$folder/usr/bin/$1" ] || command -v "$1" >/dev/null; }
missing() { for program in "${programs[@]}"; do have "$program" || echo "$program"; done; }

[ -n "$(missing)" ] || exit 0
if ! command -v apt-get >/dev/null; then
    printf 'monitoring: these are needed: %s (Debian: the packages %s)\n' "$(missing | xargs)" "${packages[*]}" >&2
    exit 1
fi
printf 'monitoring: unpacking %s\n' "${packages[*]}"
mkdir -p "$folder"
log="$folder/apt.log"
# Lists that are older than their packages name files that are gone.
fetch() { (cd "$folder" && apt-get -q -o APT::Sandbox::User=root download "${packages[@]}") >>"$log" 2>&1; }
update() { DEBIAN_FRONTEND=noninteractive apt-get -q update >>"$log" 2>&1; }
if ! fetch && ! { update && fetch; }; then
    tail -n 20 "$log" >&2
    printf 'monitoring: apt-get could not download %s\n' "${packages[*]}" >&2
    exit 1
fi
for package in "$folder"/*.deb; do dpkg-deb --extract "$package" "$folder"; done
rm -f "$folder"/*.deb
if [ -n "$(missing)" ]; then
    printf 'monitoring: the packages do not hold %s\n' "$(missing | xargs)" >&2
    exit 1
fi
