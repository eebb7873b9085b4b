# shellcheck shell=bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Python interpreters, and the tools in .cache. Sourced by tests/project.sh, which sets:
: "${root:?}" "${cache:?}" "${venv:?}" "${lean:?}" "${reports:?}" "${uv_version:?}" "${ansible_package:?}" "${ansible_package_content:?}"

# -------------------------------------------------------------------------------------- interpreters
# Prints the path of a Python of that version that runs and can make virtual environments.
find_python() { # find_python VERSION
    local candidate pyenv_root=''
    if command -v pyenv >/dev/null; then pyenv_root="$(pyenv root 2>/dev/null || true)"; fi
    while IFS= read -r candidate; do
        # A pyenv shim stands on PATH for versions that are not enabled, and then fails.
        if "$candidate" tests/project/this_python.py "$1" 2>/dev/null; then
            return 0
        fi
    done < <(
        type -ap "python$1" || true
        if [ -n "$pyenv_root" ]; then
            compgen -G "$pyenv_root/versions/$1.*/bin/python$1" || true
        fi
    )
    return 1
}

first_python() { # first_python VERSION...
    local version
    for version in "$@"; do
        find_python "$version" && return 0
    done
    return 1
}

need_python() {
    tools_python="$(first_python 3.11 3.12 3.13 || true)"
    [ -z "$tools_python" ] || return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        die 'Python 3.11, 3.12 or 3.13 with its venv module is needed (Debian: apt-get install python3 python3-venv)'
    fi
    say 'installing python3 and python3-venv'
    mkdir -p "$cache"
    if ! {
        DEBIAN_FRONTEND=noninteractive apt-get -q update
        DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install \
            python3 python3-venv ca-certificates
    } >"$cache/apt-setup.log" 2>&1; then
        tail -n 20 "$cache/apt-setup.log" >&2
        die 'apt-get could not install python3 python3-venv ca-certificates'
    fi
    tools_python="$(first_python 3.11 3.12 3.13 || true)"
    [ -n "$tools_python" ] || die 'this system has no Python 3.11, 3.12 or 3.13'
}

uv() {
    # uv does not read pip's configuration; a mirror set there is the user's wish.
    if [ -z "${UV_DEFAULT_INDEX:-}" ]; then
        UV_DEFAULT_INDEX="$("$venv/bin/pip" config get global.index-url 2>/dev/null || true)"
        UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-https://pypi.org/simple}"
        export UV_DEFAULT_INDEX
    fi
    "$venv/bin/uv" --quiet "$@"
}

# -------------------------------------------------------------------------------------------- setup
# What the tools depend on. The checkout's own path is part of it: scripts in a venv name it.
tools_wanted() {
    {
        printf '%s\n' "$root" "$uv_version" "$ansible_package" "$ansible_package_content"
        cat tests/requirements.txt
    } | sha256sum
}

make_tools() {
    need_python
    say "tools: $("$tools_python" --version), ansible-core and the rest of tests/requirements.txt"
    rm -rf "$venv" "$lean"
    mkdir -p "$cache"
    "$tools_python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet "uv==$uv_version"
    uv pip install --compile-bytecode --python "$venv/bin/python" --requirement tests/requirements.txt
    local download="$cache/download"
    rm -rf "$download"
    "$venv/bin/python" -m pip download --quiet --no-deps --dest "$download" "$ansible_package"
    # shellcheck disable=SC2086  # a list of words is meant
    "$venv/bin/python" tests/project/unpack_collections.py "$lean" "$download"/ansible-*.whl $ansible_package_content
    rm -rf "$download"
    mkdir -p "$lean/ansible_collections/erni_ki"
    ln -sfn "$root" "$lean/ansible_collections/erni_ki/litellm"
    tools_wanted >"$venv/.made-from"
}

# Under a second when there is nothing to do; every verb that needs the tools calls it.
need_tools() {
    if [ ! -x "$venv/bin/ansible" ] || [ ! -e "$lean/ansible_collections/erni_ki/litellm/galaxy.yml" ] \
        || [ "$(tools_wanted)" != "$(cat "$venv/.made-from" 2>/dev/null)" ] \
        || ! "$venv/bin/python" -c '' 2>/dev/null; then
        make_tools
    fi
    export PATH="$venv/bin:$PATH"
    mkdir -p "$reports"
}

verb_setup() { need_tools; }

verb_lock() {
    need_tools
    local folder
    for folder in tests tests/monitoring; do
        {
            head -n 3 "$folder/requirements.in"
            printf '\n# Made by `make lock` from requirements.in.\n'
            uv pip compile --universal --python-version 3.11 --no-header --no-annotate "$folder/requirements.in"
        } >"$cache/requirements.txt"
        mv "$cache/requirements.txt" "$folder/requirements.txt"
    done
}
