# shellcheck shell=bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What needs no container: style, types, sanity, unit tests. Sourced by tests/project.sh, which sets:
: "${root:?}" "${cache:?}" "${lean:?}" "${reports:?}" "${cores[0]:?}" "${target_pythons:?}"

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

# GitHub's own schemas, and what a workflow must not do. Without the network: the commits of the actions are not looked up.
lint_workflows() {
    local code=0
    check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml || code=1
    check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml || code=1
    check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml || code=1
    find .github/ISSUE_TEMPLATE -name '*.yml' ! -name config.yml \
        -exec check-jsonschema --builtin-schema vendor.github-issue-forms {} + || code=1
    zizmor --offline --no-progress --quiet --strict-collection --persona pedantic . || code=1
    return "$code"
}

# Known vulnerabilities of what the checkout installs. The locks of the test bed hold old versions of LiteLLM on purpose:
# they run in containers without a way out, and are no part of what is shipped. Strict: what could not be looked up fails,
# as all of it does where PyPI itself cannot be reached.
verb_audit() {
    need_tools
    pip-audit --requirement tests/requirements.txt --no-deps --disable-pip --progress-spinner off --strict "$@"
}

verb_lint() {
    need_tools
    mkdir -p plugins
    attempt 'ruff' lint_python
    attempt 'mypy' lint_types
    attempt 'shellcheck' lint_shell
    attempt 'yamllint' yamllint --strict .
    attempt 'workflows' lint_workflows
    attempt 'antsibull-changelog' antsibull-changelog lint
    attempt 'antsibull-docs' antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self .
    # A home of its own: two checkouts at once would take the stand-ins for roles and modules away from each other.
    attempt 'ansible-lint' env ANSIBLE_HOME="$cache/ansible-lint" ansible-lint --offline --strict
    attempts_end
}

verb_format() {
    need_tools
    ruff check --fix plugins tests || true # what cannot be mended is for `make lint` to say
    ruff format plugins tests
}

verb_docs() {
    need_tools
    python tests/pages/role_documents.py
    python tests/pages/rooms.py
    PYTHONPATH="$lean" python tests/pages/variables.py
    PYTHONPATH="$lean" python tests/pages/known_issues.py
    PYTHONPATH="$lean" python tests/pages/diagnosis.py
}

# ------------------------------------------------------------------------------------------- sanity
# ansible-test refuses a link and wants the folders ansible_collections/erni_ki/litellm: a real copy
# of what is, or would be, in git. Without the links to folders, which it refuses: that back to this checkout would be a tree within itself.
copy_tree() { # copy_tree FOLDER; prints the root of the collection in it
    local copy="$1/ansible_collections/erni_ki/litellm"
    rm -rf "$1"
    mkdir -p "$copy"
    # A file that is deleted but still in the index is not there to be copied.
    git ls-files -co --exclude-standard -z -- . ':!collections/ansible_collections' ':!examples/awx-project' ':!examples/reuse' \
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
    (umask 077 && python -m pip config list | python tests/project/pip_settings.py >"$cache/home/.config/pip/pip.conf")
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
sanity_core() { # sanity_core CORE PYTHON ARGUMENTS...
    run_ansible_test "$1" "$2" "$2" sanity "${@:3}"
}

# They look at the same text with the same rules on each core, and the newest one knows the most of them.
same_on_each_core=(--skip-test pylint --skip-test pep8 --skip-test yamllint --skip-test changelog)

sanity_target() { # sanity_target CORE PYTHON TARGET_PYTHON
    run_ansible_test "$1" "$2" "$3" sanity --test compile --test import
}

# The oldest and the newest supported core that this machine has a Python for, with it: oldest, oldest_python, newest, newest_python.
find_cores() {
    local row python
    oldest=''
    for row in "${cores[@]}"; do
        # shellcheck disable=SC2086  # a list of words is meant
        python="$(first_python ${row#* } || true)"
        [ -n "$python" ] || continue
        newest="${row%% *}" newest_python="$python"
        [ -n "$oldest" ] || oldest="$newest" oldest_python="$python"
    done
    [ -n "$oldest" ] || die 'no Python here runs any of the supported versions of ansible-core'
}

# Their environments, before whoever uses them runs beside another one: `sanity`, and tests of `integration`.
verb_cores() {
    need_tools
    find_cores
    core_venv "$oldest" "$oldest_python"
    core_venv "$newest" "$newest_python"
}

verb_sanity() { # sanity [short]
    need_tools
    ansible_test_home
    local python target version of_the_oldest=()
    find_cores
    if [ "$newest" != "$oldest" ]; then
        # What `make test` has of it.
        if [ "$*" = short ]; then of_the_oldest=("${same_on_each_core[@]}"); fi
        attempt "sanity, ansible-core $oldest, $("$oldest_python" --version)" \
            sanity_core "$oldest" "$oldest_python" "${of_the_oldest[@]}"
    fi
    attempt "sanity, ansible-core $newest, $("$newest_python" --version)" sanity_core "$newest" "$newest_python"
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
    local tests=("$2") argument
    for argument in "${@:3}"; do
        case "$argument" in "$2"/*) tests=() ;; esac # a file of the folder, or a test of it, instead of all
    done
    # It fails without tests, too: no suite of ours may be empty.
    pytest "${tests[@]}" --junitxml="$reports/$1.xml" "${@:3}"
}

# A part of a suite. A unit test holds that each file is in one part.
run_part() { # run_part NAME FOLDER FILES ARGUMENTS...; a file by what its name has between test_ and .py
    need_tools
    local files
    read -ra files <<<"$3"
    files=("${files[@]/#/$2/test_}")
    run_pytest "$1" "$2" "${files[@]/%/.py}" "${@:4}"
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
