#!/usr/bin/env bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The one script behind the Makefile: one function per verb, `verb_NAME`.
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

# -------------------------------------------------------------------------------------- interpreters
# Prints the path of a Python of that version that runs and can make virtual environments.
find_python() { # find_python VERSION
    local candidate pyenv_root=''
    if command -v pyenv >/dev/null; then pyenv_root="$(pyenv root 2>/dev/null || true)"; fi
    while IFS= read -r candidate; do
        # A pyenv shim stands on PATH for versions that are not enabled, and then fails.
        if "$candidate" -c '
import sys, venv, ensurepip
if "%d.%d" % sys.version_info[:2] != sys.argv[1]: sys.exit(1)
print(sys.executable)' "$1" 2>/dev/null; then
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
    "$venv/bin/python" - "$lean" "$download"/ansible-*.whl $ansible_package_content <<'PYTHON'
import sys
import zipfile

target, wheel, *collections = sys.argv[1:]
wanted = tuple(f"ansible_collections/{name}/" for name in collections)
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(target, [name for name in archive.namelist() if name.startswith(wanted)])
PYTHON
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
    {
        head -n 3 tests/requirements.in
        printf '\n# Made by `make lock` from requirements.in.\n'
        uv pip compile --universal --python-version 3.11 --no-header --no-annotate tests/requirements.in
    } >"$cache/requirements.txt"
    mv "$cache/requirements.txt" tests/requirements.txt
}

# --------------------------------------------------------------------------------------------- lint
shell_files() { git ls-files -co --exclude-standard -- '*.sh' .ci/run; }

lint_python() {
    local code=0
    ruff check --output-format concise plugins tests || code=1
    ruff format --check --output-format concise plugins tests || code=1
    return "$code"
}

lint_types() {
    compgen -G 'plugins/module_utils/*.py' >/dev/null || { say 'no plugins/module_utils yet'; return 0; }
    (cd "$lean" && mypy --config-file "$root/mypy.ini" --cache-dir "$cache/mypy" \
        --package ansible_collections.erni_ki.litellm.plugins)
}

lint_shell() {
    local files
    mapfile -t files < <(shell_files)
    shellcheck "${files[@]}"
}

verb_lint() {
    need_tools
    mkdir -p plugins
    attempt 'ruff' lint_python
    attempt 'mypy' lint_types
    attempt 'shellcheck' lint_shell
    attempt 'yamllint' yamllint --strict .
    attempt 'antsibull-changelog' antsibull-changelog lint
    attempt 'antsibull-docs' antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self .
    attempt 'ansible-lint' ansible-lint --offline --strict
    attempts_end
}

verb_format() {
    need_tools
    ruff check --fix plugins tests || true # what cannot be mended is for `make lint` to say
    ruff format plugins tests
}

verb_docs() {
    need_tools
    python tests/role_documents.py
    PYTHONPATH="$lean" python tests/known_issues_page.py
}

# ------------------------------------------------------------------------------------------- sanity
# ansible-test refuses a link and wants the folders ansible_collections/erni_ki/litellm: a real copy
# of what is, or would be, in git. Without the link back to this checkout: a tree within itself.
copy_tree() { # copy_tree FOLDER; prints the root of the collection in it
    local copy="$1/ansible_collections/erni_ki/litellm"
    rm -rf "$1"
    mkdir -p "$copy"
    # A file that is deleted but still in the index is not there to be copied.
    git ls-files -co --exclude-standard -z -- . ':!collections/ansible_collections' \
        | while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done \
        | tar --null --files-from=- --create | tar --extract --directory "$copy"
    # ansible-test looks for git upwards, and would find the checkout, which ignores this folder.
    git init --quiet "$copy"
    printf '%s\n' "$copy"
}

# A venv with one core; kept.
core_venv() { # core_venv VERSION PYTHON; prints its path
    local folder="$cache/core-${1%.*}" wanted="$root $1 $2"
    if [ "$wanted" != "$(cat "$folder/.made-from" 2>/dev/null)" ]; then
        uv venv --clear --python "$2" "$folder" >&2
        uv pip install --python "$folder/bin/python" "ansible-core==$1" >&2
        printf '%s\n' "$wanted" >"$folder/.made-from"
    fi
    printf '%s\n' "$folder"
}

# ansible-test downloads pip's installer from a host of its own. Python's own ensurepip does the same.
# HOME keeps its caches (and the virtual environments of the tests, which are worth keeping) in .cache;
# pip's settings of this user and environment, which ansible-test would not pass on, go there too.
ansible_test_home() {
    local folder="$cache/home/.ansible/test/cache" version
    mkdir -p "$folder"
    for version in 20_3_4 21_3_1 23_1_2 24_2 25_2; do
        printf 'import ensurepip\n\nensurepip.bootstrap()\n' >"$folder/get_pip_$version.py"
    done
    mkdir -p "$cache/home/.config/pip"
    (umask 077 && python -m pip config list | python -c '
import ast, configparser, sys

settings = configparser.RawConfigParser()
settings["global"] = {}
for line in sorted(sys.stdin, reverse=True):  # what the environment says, :env:, comes last and wins
    name, separator, value = line.partition("=")
    section, dot, key = name.rpartition(".")
    section = "global" if section == ":env:" else section
    if separator and dot and key not in ("quiet", "user"):
        if not settings.has_section(section):
            settings.add_section(section)
        settings[section][key] = str(ast.literal_eval(value.strip()))
settings["global"]["quiet"] = "2"
settings.write(sys.stdout)' >"$cache/home/.config/pip/pip.conf")
}

run_ansible_test() { # run_ansible_test CORE CONTROLLER_PYTHON TARGET_PYTHON ARGUMENTS...
    local folder copy
    folder="$(core_venv "$1" "$2")" || return
    copy="$(copy_tree "$cache/ansible-test")" || return
    (
        export HOME="$cache/home" PATH="$folder/bin:${3%/*}:$PATH"
        unset ANSIBLE_COLLECTIONS_PATH PYTHONDONTWRITEBYTECODE
        cd "$copy" || exit
        ansible-test "${@:4}" --color no --truncate 0 --python "$("$3" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
    )
}

# The ignore files are empty: tests/unit/test_repository.py.
sanity_core() { # sanity_core CORE PYTHON
    run_ansible_test "$1" "$2" "$2" sanity
}

sanity_target() { # sanity_target CORE PYTHON TARGET_PYTHON
    run_ansible_test "$1" "$2" "$3" sanity --test compile --test import
}

verb_sanity() {
    need_tools
    ansible_test_home
    local row python oldest='' newest='' newest_python='' target version
    for row in "${cores[@]}"; do
        # shellcheck disable=SC2086  # a list of words is meant
        python="$(first_python ${row#* } || true)"
        [ -n "$python" ] || continue
        newest="${row%% *}" newest_python="$python"
        if [ -z "$oldest" ]; then
            oldest="$newest"
            attempt "sanity, ansible-core $oldest, $("$python" --version)" sanity_core "$oldest" "$python"
        fi
    done
    [ -n "$oldest" ] || die 'no Python here runs any of the supported versions of ansible-core'
    if [ "$newest" != "$oldest" ]; then
        attempt "sanity, ansible-core $newest, $("$newest_python" --version)" sanity_core "$newest" "$newest_python"
    fi
    for target in $target_pythons; do
        if python="$(find_python "$target")"; then
            attempt "compile and import on Python $target" sanity_target "$newest" "$newest_python" "$python"
        else
            say "NOT TESTED: import on Python $target, there is none here"
        fi
    done
    version="${cores[0]%% *}"
    [ "$oldest" = "$version" ] || say "NOT TESTED: ansible-core $version needs Python ${cores[0]#* }, there is none here"
    version="${cores[-1]%% *}"
    [ "$newest" = "$version" ] || say "NOT TESTED: ansible-core $version needs Python ${cores[-1]#* }, there is none here"
    attempts_end
}

# --------------------------------------------------------------------------------------------- unit
run_pytest() { # run_pytest NAME FOLDER ARGUMENTS...
    local code=0
    pytest "$2" --junitxml="$reports/$1.xml" "${@:3}" || code=$?
    # 5: there are no tests. No suite of ours may be empty.
    return "$code"
}

# Plain pytest: one process in the tools' venv, seconds. `ansible-test units` makes a venv anew for each
# call; `make unit-ansible-test` runs the same files in it, on the oldest and the newest core.
verb_unit() {
    need_tools
    run_pytest unit tests/unit "$@"
}

verb_unit-ansible-test() {
    need_tools
    ansible_test_home
    local row python
    for row in "${cores[0]}" "${cores[-1]}"; do
        # shellcheck disable=SC2086  # a list of words is meant
        python="$(first_python ${row#* })" || die "ansible-core ${row%% *} needs one of Python ${row#* }"
        attempt "units, ansible-core ${row%% *}" run_ansible_test "${row%% *}" "$python" "$python" \
            units --venv --requirements "$@"
    done
    attempts_end
}

# -------------------------------------------------------------------------------------------- build
# Installed content, and the documents that go with it.
artifact_may_hold='^(README\.md|LICENSE|CHANGELOG\.md|MANIFEST\.json|FILES\.json|changelogs/changelog\.yaml|(meta|plugins|roles|playbooks|docs)/.*)$'

verb_build() {
    need_tools
    local folder="$cache/build" artifact strange
    rm -rf "$folder"
    # From a copy: what git ignores in this checkout is not in a release either.
    copy_tree "$folder/tree" >/dev/null
    step 'ansible-galaxy collection build' \
        ansible-galaxy collection build --output-path "$folder" "$folder/tree/ansible_collections/erni_ki/litellm"
    artifact="$(compgen -G "$folder/erni_ki-litellm-*.tar.gz")"
    strange="$(tar --list --file "$artifact" | grep -v '/$' | grep -Ev "$artifact_may_hold" || true)"
    [ -z "$strange" ] || die "files in the artifact that do not belong there (build_ignore in galaxy.yml):"$'\n'"$strange"
    step 'galaxy-importer' import_artifact "$folder" "${artifact##*/}"
    step 'install and find by name' install_artifact "$folder" "$artifact"
    step 'install as an AWX project does' install_project "$folder"
}

import_artifact() { # import_artifact FOLDER FILE
    # It ends with 0 on warnings too.
    (cd "$1" && env -u ANSIBLE_COLLECTIONS_PATH python -m galaxy_importer.main "$2") >"$1/importer.log" 2>&1 \
        || { cat "$1/importer.log"; die 'galaxy-importer refuses the artifact'; }
    if grep -E '^(WARNING|ERROR|CRITICAL)' "$1/importer.log"; then die "galaxy-importer has complaints, see $1/importer.log"; fi
    grep -E 'Importer processing completed' "$1/importer.log" || { cat "$1/importer.log"; die 'galaxy-importer did not finish'; }
}

install_artifact() { # install_artifact FOLDER ARTIFACT
    local playbook
    export ANSIBLE_COLLECTIONS_PATH="$1/installed"
    ansible-galaxy collection install --offline --collections-path "$1/installed" "$2"
    for playbook in playbooks/*.yml; do
        [ -e "$playbook" ] || continue
        playbook="${playbook##*/}"
        (cd "$1" && ansible-playbook --syntax-check --inventory localhost, "erni_ki.litellm.${playbook%.yml}")
    done
    export ANSIBLE_COLLECTIONS_PATH="$lean"
    # An execution environment gets what the modules import.
    ansible-builder introspect "$1/installed" | tee "$1/introspect.log"
    grep --quiet 'docker.*from collection erni_ki.litellm' "$1/introspect.log"
}

# AWX checks the repository out and installs what collections/requirements.yml says: this very repository.
install_project() { # install_project FOLDER
    local project="$1/tree/ansible_collections/erni_ki/litellm" installed="$1/requirements_collections"
    mkdir -p "$project/collections/ansible_collections/erni_ki"
    ln -s ../../.. "$project/collections/ansible_collections/erni_ki/litellm"
    (
        cd "$project"
        export ANSIBLE_COLLECTIONS_PATH="$installed"
        ansible-galaxy collection install --requirements-file collections/requirements.yml --collections-path "$installed"
    )
    diff --recursive --brief --exclude MANIFEST.json \
        "$1/installed/ansible_collections/erni_ki/litellm" "$installed/ansible_collections/erni_ki/litellm"
}

# ------------------------------------------------------------------------------- on the real thing
verb_engine() { bash tests/stack/engine.sh; }

verb_images() {
    need_tools
    python tests/stack/images.py build "$@"
}

verb_integration() {
    need_tools
    run_pytest integration tests/integration "$@"
}

verb_molecule() {
    need_tools
    if [ "$#" -gt 0 ]; then
        molecule "$@"
    else
        molecule test --all
    fi
}

# Disturbs real runs at every step. Prints the table; with --page it is written into docs/faults.md too.
verb_faults() {
    need_tools
    run_pytest faults tests/faults "$@"
}

# What a proof predicts, and what the real proxy then does: the pairs of each day.
verb_predictions() {
    need_tools
    run_pytest predictions tests/predictions "$@"
}

# All versions and servers; an hour or more. Writes docs/predictions.md.
verb_test-matrix() {
    need_tools
    local -a names
    mapfile -t names < <(python tests/stack/images.py list | sed "s|.*erni-ki-test/||" | grep -E '^(litellm|redis|valkey):')
    python tests/stack/images.py build "${names[@]}"
    local part
    for part in 1 2 3; do
        run_pytest "matrix-$part" tests/predictions/test_predictions.py \
            --matrix "$part" --table "$cache/predictions-$part.jsonl" "$@"
    done
    python tests/predictions/page.py "$cache"/predictions-[123].jsonl
}

verb_runner() {
    need_tools
    run_pytest runner tests/awx "$@"
}

# Each script of tests/bench prints its figures and fails when one is missed. `bench edit.py` runs one of them.
verb_bench() {
    need_tools
    local scripts=("${@/#/tests/bench/}") script
    if [ "$#" -eq 0 ]; then scripts=(tests/bench/*.py); fi
    for script in "${scripts[@]}"; do
        attempt "$script" env PYTHONPATH="$lean" python "$script"
    done
    attempts_end
}

verb_demo() {
    verb_engine
    need_tools
    bash tests/stack/demo.sh "$@"
}

verb_demo-down() { bash tests/stack/demo.sh down; }

# --------------------------------------------------------------------------------------------- test
# Each step in a process of its own, and the next one also when it failed: one run tells everything.
# Only what cannot go without a failed step is left out, and counts as failed. The predictions, which wait for containers
# most of the time, run beside the steps that need no container; what they print comes at their place.
verb_test() {
    local start=$SECONDS name began code failed='' summary=() beside=''
    rm -rf "$reports"
    for name in setup engine images lint sanity build unit predictions integration molecule runner faults; do
        case " $failed " in
            *' setup '*) code=1 ;;
            *' engine '* | *' images '*)
                case "$name" in images | integration | predictions | molecule | runner | faults) code=1 ;; *) code=0 ;; esac ;;
            *) code=0 ;;
        esac
        if [ "$code" -ne 0 ]; then
            failed+=" $name"
            summary+=("$(printf '%-12s left out' "$name")")
            continue
        fi
        if [ "$name" = lint ] && ! [[ $failed =~ engine|images ]]; then
            begin_beside predictions
        fi
        printf '\n=== %s\n' "$name"
        began=$SECONDS
        if [ "$name" = "$beside" ]; then
            end_beside || code=$?
            began=$beside_began
        else
            bash tests/project.sh "$name" </dev/null || code=$?
        fi
        [ "$code" -eq 0 ] || failed+=" $name"
        summary+=("$(printf '%-12s %4d s  %s' "$name" "$((SECONDS - began))" "$([ "$code" -eq 0 ] && echo passed || echo FAILED)")")
    done
    printf '\n=== summary, %d s\n' "$((SECONDS - start))"
    printf '%s\n' "${summary[@]}"
    count_results "${#summary[@]}" "$failed"
    [ -z "$failed" ]
}

# A step that runs while others do; verb_test's variable `beside` is its name.
begin_beside() { # begin_beside STEP
    beside="$1" beside_began=$SECONDS
    mkdir -p "$reports"
    # A process group of its own: an end of this script ends all of it, and lets it take its containers away.
    set -m
    bash tests/project.sh "$1" </dev/null >"$reports/$1.log" 2>&1 &
    beside_pid=$!
    set +m
    trap 'kill -INT -- "-$beside_pid" 2>/dev/null || true' EXIT
}

end_beside() {
    local code=0
    wait "$beside_pid" || code=$?
    trap - EXIT
    cat "$reports/$beside.log"
    return "$code"
}

# The closing line: steps, and the tests of the pytest suites.
count_results() { # count_results STEPS FAILED_STEPS
    local failed_steps
    failed_steps="$(wc -w <<<"$2")"
    "$(command -v "$venv/bin/python" python3 | head -n 1)" - "$(($1 - failed_steps))" "$failed_steps" "$reports" <<'PYTHON'
import pathlib
import sys
import xml.etree.ElementTree

passed, failed, skipped = int(sys.argv[1]), int(sys.argv[2]), 0
for report in pathlib.Path(sys.argv[3]).glob("*.xml"):
    for suite in xml.etree.ElementTree.parse(report).getroot().iter("testsuite"):
        tests, bad, left_out = (
            int(suite.get("tests", 0)),
            int(suite.get("failures", 0)) + int(suite.get("errors", 0)),
            int(suite.get("skipped", 0)),
        )
        passed, failed, skipped = passed + tests - bad - left_out, failed + bad, skipped + left_out
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
PYTHON
}

verb_clean() {
    if [ -d "$cache" ]; then
        say 'removing .cache'
        rm -rf "$cache"
    fi
}

verb_help() {
    cat <<'TEXT'
make demo               a real LiteLLM proxy moves from local to Redis caching and back; leaves it up
make demo-down          removes the demo
make test               everything below that tests, as CI runs it

make setup              the tools, in .cache (under a second when they are there)
make lint               ruff, mypy, shellcheck, yamllint, antsibull, ansible-lint
make format             what ruff can mend
make docs               roles/*/README.md from the argument specs, docs/known-issues.md from the table
make sanity             ansible-test sanity on the oldest and the newest supported core
make build              artifact, its list of files, galaxy-importer
make unit               unit tests
make unit-ansible-test  the same under ansible-test, on the oldest and the newest core (not in make test)
make engine             Docker Engine and Compose, where they are missing and we may install them
make images             the images of the test bed
make integration        tests against real servers
make molecule           all molecule scenarios
make faults             real runs disturbed at every step, and what becomes of them
make predictions        what a proof predicts against what the real proxy then does
make test-matrix        the same for all versions and servers; an hour; writes docs/predictions.md
make runner             the playbooks through ansible-runner, as AWX runs them
make bench              the figures
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
