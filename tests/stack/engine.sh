#!/usr/bin/env bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Makes a Docker Engine, Docker Compose v2 and the few packages that the test bed is built with
# available on this machine. Idempotent: what already works is left alone.
#
# It installs only as root on Debian or Ubuntu; elsewhere it says what is missing and exits with 1.
# Usage: tests/stack/engine.sh
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cache="$root/.cache"
daemon_log="$cache/dockerd.log"
# Seconds. A first start of the daemon creates its storage and its bridge.
daemon_deadline=60

say() { printf 'engine: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

daemon_answers() { timeout 20 docker version >/dev/null 2>&1; }
compose_answers() { timeout 20 docker compose version >/dev/null 2>&1; }
have_venv() { python3 -c 'import ensurepip, venv' >/dev/null 2>&1; }

# mmdebstrap is needed for the images only, but it is one more apt call if it is
# asked for later, so everything that may have to be installed is collected here.
missing_helpers() {
    command -v python3 >/dev/null || echo python3
    have_venv || echo python3-venv
    command -v mmdebstrap >/dev/null || echo mmdebstrap
    command -v openssl >/dev/null || echo openssl
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || echo debian-archive-keyring
    [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
}

# ------------------------------------------------------------------------------ what may be done
os_id=unknown
os_like=''
if [ -r /etc/os-release ]; then
    # shellcheck source=/dev/null
    os_id="$(. /etc/os-release && echo "${ID:-unknown}")"
    # shellcheck source=/dev/null
    os_like="$(. /etc/os-release && echo "${ID_LIKE:-}")"
fi

can_install() {
    [ "$(id -u)" -eq 0 ] || return 1
    command -v apt-get >/dev/null || return 1
    case " $os_id $os_like " in
        *' debian '* | *' ubuntu '*) return 0 ;;
    esac
    return 1
}

apt_updated=''
apt() {
    if [ -z "$apt_updated" ]; then
        DEBIAN_FRONTEND=noninteractive apt-get -q update >>"$cache/apt.log" 2>&1 \
            || say "apt-get update reported a problem (see $cache/apt.log); going on with the lists there are"
        apt_updated=yes
    fi
    DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@" \
        >>"$cache/apt.log" 2>&1 || { tail -n 20 "$cache/apt.log" >&2; die "apt-get could not install: $*"; }
}

has_candidate() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [0-9]'; }

# -------------------------------------------------------------------------------- the daemon
apparmor_active() { [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null || true)" = Y ]; }

install_engine() {
    local packages=(docker.io)
    # Without its parser an active AppArmor refuses every container.
    if apparmor_active && ! command -v apparmor_parser >/dev/null; then packages+=(apparmor); fi
    if ! command -v dockerd >/dev/null; then
        say "installing the Docker Engine (Debian's docker.io)"
        apt "${packages[@]}"
    fi
    # In Debian 13 the client is a package of its own.
    if ! command -v docker >/dev/null; then apt docker-cli; fi
}

mount_cgroups() {
    # Only a machine without any init system lacks this.
    if mountpoint -q /sys/fs/cgroup || [ -e /sys/fs/cgroup/cgroup.controllers ]; then return 0; fi
    mount -t cgroup2 none /sys/fs/cgroup || say 'could not mount /sys/fs/cgroup; the daemon may refuse to start'
}

wait_for_daemon() { # wait_for_daemon SECONDS PID_OR_EMPTY
    local end=$((SECONDS + $1))
    while [ "$SECONDS" -lt "$end" ]; do
        if daemon_answers; then return 0; fi
        if [ -n "$2" ] && ! kill -0 "$2" 2>/dev/null; then return 1; fi
        sleep 0.2
    done
    return 1
}

# Starts dockerd in a session of its own, so that it survives this script and its terminal.
# Its file descriptors are the log's alone: a caller that reads our output does not wait for it.
launch() { # launch OPTIONS..., prints nothing, sets daemon_pid
    say "starting dockerd $*(log: $daemon_log)"
    rm -f /var/run/docker.pid
    setsid --fork bash -c 'echo $$ >"$1"; shift; exec dockerd "$@"' dockerd "$cache/dockerd.pid.new" "$@" \
        </dev/null >>"$daemon_log" 2>&1
    local tries=0
    until [ -s "$cache/dockerd.pid.new" ] || [ "$tries" -ge 50 ]; do sleep 0.1; tries=$((tries + 1)); done
    daemon_pid="$(cat "$cache/dockerd.pid.new")"
    rm -f "$cache/dockerd.pid.new"
}

start_daemon() {
    if [ -d /run/systemd/system ]; then
        systemctl start docker || true
        wait_for_daemon "$daemon_deadline" '' && return 0
        journalctl -u docker -n 30 --no-pager >&2 || true
        die 'the docker service does not answer'
    fi
    mount_cgroups
    if pid="$(cat /var/run/docker.pid 2>/dev/null)" && [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ]; then
        say "a dockerd (process $pid) is running already; waiting for it"
        wait_for_daemon "$daemon_deadline" "$pid" && return 0
        die "dockerd (process $pid) does not answer"
    fi
    # What a container-like machine may refuse, from the best to the last resort: the kernel's
    # overlay file system, and the iptables dialect that Debian chooses by default.
    local attempt
    for attempt in '' 'legacy-iptables' 'vfs'; do
        : >"$daemon_log"
        case "$attempt" in
            '') launch ;;
            legacy-iptables)
                if [ ! -x /usr/sbin/iptables-legacy ] || ! command -v update-alternatives >/dev/null; then continue; fi
                update-alternatives --set iptables /usr/sbin/iptables-legacy >/dev/null
                if [ -x /usr/sbin/ip6tables-legacy ]; then
                    update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy >/dev/null
                fi
                launch
                ;;
            vfs) launch --storage-driver=vfs ;;
        esac
        if wait_for_daemon "$daemon_deadline" "$daemon_pid"; then return 0; fi
        say "dockerd did not come up; the end of its log:"
        tail -n 15 "$daemon_log" >&2
        kill "$daemon_pid" 2>/dev/null || true
        local tries=0
        while kill -0 "$daemon_pid" 2>/dev/null && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
    done
    die 'dockerd cannot be started on this machine'
}

# ------------------------------------------------------------------------------ Compose v2
# Debian 12 has only Compose v1. Debian 13's package needs nothing but libc6 >= 2.34, so that one
# package is taken from there, through package lists of our own: the machine's sources stay as they are.
compose_from_debian_13() {
    local mirror lists deb
    mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null \
        | grep -E '/debian/?$' | head -n 1 || true)"
    mirror="${mirror:-http://deb.debian.org/debian}"
    lists="$cache/apt-trixie"
    rm -rf "$lists"
    mkdir -p "$lists/lists/partial" "$lists/archives/partial"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s trixie main\n' "${mirror%/}" >"$lists/sources.list"
    local options=(
        -q
        -o "Dir::Etc::sourcelist=$lists/sources.list"
        -o 'Dir::Etc::sourceparts=-'
        -o "Dir::State::lists=$lists/lists"
        -o "Dir::Cache::pkgcache=" -o 'Dir::Cache::srcpkgcache='
        -o 'APT::Sandbox::User=root'
        -o 'Acquire::Languages=none'
    )
    DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" update >>"$cache/apt.log" 2>&1 || true
    (cd "$lists/archives" && apt-get "${options[@]}" download docker-compose) >>"$cache/apt.log" 2>&1 \
        || { tail -n 20 "$cache/apt.log" >&2; die "docker-compose of Debian 13 cannot be downloaded from $mirror"; }
    deb="$(ls "$lists"/archives/docker-compose_*.deb)"
    apt "$deb"
    rm -rf "$lists"
}

install_compose() {
    say 'installing Docker Compose v2'
    [ -n "$apt_updated" ] || apt ca-certificates
    if has_candidate docker-compose-v2; then
        apt docker-compose-v2 # Ubuntu
    elif [ "$(apt-cache policy docker-compose 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*\)\..*/\1/p')" = 2 ]; then
        apt docker-compose # Debian 13 and newer
    else
        compose_from_debian_13
    fi
    compose_answers || die '`docker compose version` still fails after the installation'
}

# ---------------------------------------------------------------------------------- main
mkdir -p "$cache"
mapfile -t helpers < <(missing_helpers)
need_daemon=''
daemon_answers || need_daemon=yes
need_compose=''
compose_answers || need_compose=yes

if [ -z "$need_daemon$need_compose" ] && [ "${#helpers[@]}" -eq 0 ]; then exit 0; fi

if ! can_install; then
    say "this needs root on Debian or Ubuntu to install what is missing (here: user $(id -un), system $os_id). Missing:"
    if ! command -v docker >/dev/null; then
        say '  - the Docker client and Engine (docker)'
    elif [ -n "$need_daemon" ]; then
        say "  - a Docker Engine that answers this user: $(docker version 2>&1 >/dev/null | tail -n 1)"
    fi
    if [ -n "$need_compose" ]; then say '  - Docker Compose v2 (docker compose version)'; fi
    for helper in "${helpers[@]}"; do say "  - the package $helper"; done
    exit 1
fi

if [ "${#helpers[@]}" -gt 0 ]; then
    say "installing ${helpers[*]}"
    apt "${helpers[@]}"
fi
if [ -n "$need_daemon" ]; then
    install_engine
    daemon_answers || start_daemon
fi
if [ -n "$need_compose" ]; then compose_answers || install_compose; fi
say "Docker $(docker version --format '{{.Server.Version}}') with Compose $(docker compose version --short) is ready"
