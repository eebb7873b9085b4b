#!/usr/bin/env bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Chromium, where it is missing and we may install it.
set -euo pipefail

log="${1:?usage: chromium.sh LOG}"
[ ! -x /usr/bin/chromium ] || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    printf 'browser: Chromium is needed as /usr/bin/chromium (Debian: apt-get install chromium)\n' >&2
    exit 1
fi
printf 'browser: installing chromium\n'
mkdir -p "$(dirname "$log")"
if ! {
    DEBIAN_FRONTEND=noninteractive apt-get -q update
    DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install chromium
} >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    printf 'browser: apt-get could not install chromium\n' >&2
    exit 1
fi
