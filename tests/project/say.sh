# shellcheck shell=bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the other pieces print with, and end with. Sourced by tests/project.sh.

say() { printf '%s\n' "$*"; }
die() {
    printf 'project: %s\n' "$*" >&2
    exit 1
}

# One line before and one after; seconds. A step that fails ends the script (set -e), and says which it was.
current_step=''
step() { # step TITLE COMMAND...
    local start=$SECONDS
    current_step="$1"
    say "--- $1"
    shift
    "$@"
    say "--- $current_step: $((SECONDS - start)) s"
    current_step=''
}

# A step whose failure does not keep the next ones from running; `attempts_end` then fails.
failed_attempts=''
attempt() { # attempt TITLE COMMAND...; the command is one command, or a chain with &&
    local start=$SECONDS
    say "--- $1"
    if "${@:2}"; then
        say "--- $1: $((SECONDS - start)) s"
    else
        say "--- FAILED: $1"
        failed_attempts+="${failed_attempts:+, }$1"
    fi
}
attempts_end() { [ -z "$failed_attempts" ] || die "failed: $failed_attempts"; }

trap '[ -z "$current_step" ] || say "--- FAILED: $current_step"' EXIT
