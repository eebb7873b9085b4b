#!/usr/bin/env bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The one script behind the Makefile: one function per verb, `verb_NAME`, in the pieces of tests/project/.
# It works from a plain clone as root on a fresh Debian 12 or 13, asks nothing, and keeps everything
# that it makes in .cache/ of the checkout. Elsewhere it says what is missing.
# Usage: bash tests/project.sh VERB [ARGUMENTS], see verb_help.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root="$PWD"
cache="$root/.cache"
venv="$cache/venv"
# A tree with ansible_collections/ in it: the collections that the tests need, and a link to this checkout.
lean="$cache/lean"
reports="$cache/reports"

# ------------------------------------------------------------------------------------------ pins
# Everything else is pinned in tests/requirements.txt.
uv_version=0.13.9
# Galaxy is not needed: community.docker (connection plugin of a molecule scenario), what it depends
# on, and ansible.posix (callback) are taken out of the PyPI package that goes with core 2.19.
ansible_package='ansible==12.3.0'
ansible_package_content='community/docker community/library_inventory_filtering_v1 ansible/posix'
# Supported cores, oldest first: ansible-core, then the Python versions that its controller runs on.
# `make sanity` takes the first and the last of them that this machine has a Python for.
cores=(
    '2.16.19 3.10 3.11 3.12'
    '2.18.19 3.11 3.12 3.13'
    '2.19.14 3.11 3.12 3.13'
    '2.21.5 3.12 3.13 3.14'
)
# Python of managed hosts, oldest and newest: what is in plugins/ compiles and imports there.
target_pythons='3.9 3.14 3.13'

# ------------------------------------------------------------------------------------ environment
# Ansible wants UTF-8, and a fresh Debian has no locale set.
export LC_ALL=C.UTF-8
export PYTHONDONTWRITEBYTECODE=1
export UV_PYTHON_DOWNLOADS=never UV_NO_CONFIG=1
export PIP_DISABLE_PIP_VERSION_CHECK=1
export ANSIBLE_COLLECTIONS_PATH="$lean"
export ANSIBLE_NOCOLOR=1 NO_COLOR=1
unset ANSIBLE_CONFIG VIRTUAL_ENV PYTHONPATH PYTHONHOME

# shellcheck source=tests/project/say.sh
. tests/project/say.sh
# shellcheck source=tests/project/tools.sh
. tests/project/tools.sh
# shellcheck source=tests/project/checks.sh
. tests/project/checks.sh
# shellcheck source=tests/project/build.sh
. tests/project/build.sh
# shellcheck source=tests/project/real.sh
. tests/project/real.sh

# --------------------------------------------------------------------------------------------- test
# What `make test` and `make test-all` consist of stands in tests/project/steps.py.
run_steps() { # run_steps PLAN [STEP]
    need_python
    exec "$tools_python" tests/project/steps.py "$@"
}

verb_test() { run_steps test "$@"; } # test [STEP]
verb_test-all() { run_steps test-all "$@"; }

verb_clean() {
    if [ -d "$cache" ]; then
        say 'removing .cache'
        rm -rf "$cache"
    fi
}

verb_help() {
    cat <<'TEXT'
make demo               a real LiteLLM proxy is brought to Redis caching and back to local; leaves it up
make demo-down          removes the demo
make test               what CI runs: everything that needs no container, and of the rest each kind once
make test-all           everything, for a release; hours, and each part can be run by itself

make setup              the tools, in .cache (under a second when they are there)
make lint               ruff, mypy, shellcheck, yamllint, antsibull, ansible-lint
make format             what ruff can mend
make docs               roles/*/README.md and docs/variables.md from the argument specs, docs/known-issues.md, the rules of a diagnosis and the picture of the rooms from their tables
make cores              environments of the oldest and the newest supported core
make sanity             ansible-test sanity on the oldest and the newest supported core
make build              artifact, its list of files, galaxy-importer
make release            what a release is made of, in .cache/release: artifact, SBOM, release notes, checksums
make site               the documentation as a site, in .cache/site/html
make unit               unit tests
make unit-ansible-test  the same under ansible-test, on the oldest and the newest core
make engine             Docker Engine and Compose, where they are missing and we may install them
make images             the images of the test bed
make integration        tests against a real LiteLLM
make integration-1      the same in two parts
make integration-2
make redis              tests against real Redis servers of every kind
make deployments        tests on the shapes that real deployments have
make deployments-1      the same in three parts
make deployments-2
make deployments-3
make compatibility      each ansible-core with each Python of a managed host; prints the table
make molecule           all molecule scenarios
make reuse              a foreign repository tests its role against the artifacts
make faults             real runs disturbed at every step, and what becomes of them
make faults-1           the same in five parts
make faults-2
make faults-3
make faults-4
make faults-5           restarts the Docker daemon
make predictions        what a proof predicts against what the real proxy then does
make matrix-1           the same for all versions and servers, in three parts
make matrix-2
make matrix-3
make test-matrix        all three; an hour; writes docs/predictions.md
make newest             predictions on the newest LiteLLM, where the test bed has not got it yet
make browser            the page of a report in Chromium
make monitoring         metrics, alert rules, dashboard and rulebook with a real Prometheus and ansible-rulebook
make awx                the playbooks through ansible-runner, as AWX runs them
make ee                 an execution environment, and ansible-navigator
make bench              the figures
make pages              what real runs print, into docs/output.md and the picture of the README
make audit              known vulnerabilities of the tools; needs PyPI itself, a mirror does not tell them
make lock               tests/requirements.txt from tests/requirements.in
make clean              removes .cache

One of them with arguments: bash tests/project.sh unit -k journal
TEXT
}

verb="${1:-help}"
if ! declare -F "verb_$verb" >/dev/null; then
    verb_help >&2
    die "no such verb: $verb"
fi
[ "$#" -eq 0 ] || shift
"verb_$verb" "$@"
