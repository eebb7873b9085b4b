# shellcheck shell=bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What runs on real servers. Sourced by tests/project.sh, which sets:
: "${cache:?}" "${lean:?}" "${venv:?}" "${cores[0]:?}"

# ------------------------------------------------------------------------------- on the real thing
verb_engine() { bash tests/stack/engine.sh; }

verb_images() {
    need_tools
    python tests/stack/images.py build "$@"
}

# Without those of the next two, which are suites of their own.
verb_integration() {
    need_tools
    run_pytest integration tests/integration --ignore-glob='*/test_redis_*' --ignore-glob='*/test_real_*' "$@"
}

# The same in parts.
verb_integration-1() {
    run_part integration-1 tests/integration \
        'bad_input cache_mode compose_agrees docker_engine fault_table prepare_host price_table readers_agree' "$@"
}

verb_integration-2() {
    run_part integration-2 tests/integration \
        'diagnose documented_commands flush metrics modules oldest_and_newest playbooks read_only_root readme status stored_row' "$@"
}

verb_redis() {
    need_tools
    run_pytest redis tests/integration tests/integration/test_redis_*.py "$@"
}

# Shapes that real deployments have, each with a stack of its own.
verb_deployments() {
    need_tools
    run_pytest deployments tests/integration tests/integration/test_real_*.py "$@"
}

# The same in parts.
verb_deployments-1() {
    run_part deployments-1 tests/integration 'real_bridge real_canary real_upgrade' "$@"
}

verb_deployments-2() {
    run_part deployments-2 tests/integration \
        'real_configurations real_deployments real_environment real_erni_ki real_raw_url real_upstreams' "$@"
}

verb_deployments-3() {
    run_part deployments-3 tests/integration 'real_hosts real_instances real_listening real_pull real_spend_buffer' "$@"
}

verb_molecule() {
    need_tools
    case "$*" in
        '') molecule test --all ;;
        # What `make test` has: the newest LiteLLM with two instances.
        short) molecule test --scenario-name switch_redis ;;
        *) molecule "$@" ;;
    esac
}

# Disturbs real runs at every step, and prints the table. With --page all parts run one after another, and docs/faults.md is
# written.
verb_faults() {
    need_tools
    if [ "${1:-}" != --page ]; then
        run_pytest faults tests/faults "$@"
        return
    fi
    local part
    rm -f "$cache"/faults-[1-5].jsonl
    for part in 1 2 3 4 5; do attempt "faults-$part" "verb_faults-$part" "$@"; done
    attempts_end
}

# The same in parts. Two of them may run at the same time; the last one restarts the Docker daemon, and must be alone. With --page
# each keeps its rows, and the last of them, whichever it is, writes the page.
faults_part() { # faults_part NUMBER FILES [--page] ARGUMENTS...
    if [ "${3:-}" != --page ]; then
        run_part "faults-$1" tests/faults "$2" "${@:3}"
        return
    fi
    run_part "faults-$1" tests/faults "$2" --table "$cache/faults-$1.jsonl" "${@:4}" || return
    python tests/pages/faults.py "$cache"
}

verb_faults-1() { faults_part 1 'killed' "$@"; }
verb_faults-2() { faults_part 2 'reboot upgrade new_mode' "$@"; }
verb_faults-3() { faults_part 3 'disk' "$@"; }
verb_faults-4() { faults_part 4 'containers engine neighbours' "$@"; }
verb_faults-5() { faults_part 5 'daemon' "$@"; }

# What a proof predicts, and what the real proxy then does: some pairs of candidate and version.
verb_predictions() {
    need_tools
    run_pytest predictions tests/predictions "$@"
}

# The same for all versions and servers, in parts; a stack builds the images that it needs.
matrix_part() { # matrix_part NUMBER ARGUMENTS...
    need_tools
    run_pytest "matrix-$1" tests/predictions/test_predictions.py \
        --matrix "$1" --table "$cache/predictions-$1.jsonl" "${@:2}"
}

verb_matrix-1() { matrix_part 1 "$@"; }
verb_matrix-2() { matrix_part 2 "$@"; }
verb_matrix-3() { matrix_part 3 "$@"; }

# All parts; an hour or more. Writes docs/predictions.md.
verb_test-matrix() {
    local part
    for part in 1 2 3; do matrix_part "$part" "$@"; done
    python tests/pages/predictions.py "$cache"/predictions-[123].jsonl
}

# The newest LiteLLM that there is, or the one named, where the test bed has none of that version yet.
verb_newest() { # newest [VERSION]
    need_tools
    local version="${1:-}"
    if [ -z "$version" ]; then
        version="$("$venv/bin/pip" index versions litellm 2>/dev/null | sed -n '1s/^litellm (\(.*\))$/\1/p')"
        [ -n "$version" ] || die 'the index of Python packages does not say which LiteLLM is the newest'
        if [ "$version" = "$(python tests/stack/images.py newest)" ]; then
            say "LiteLLM $version is the newest one, and the test bed has it: nothing else to try"
            return
        fi
    fi
    say "trying LiteLLM $version"
    export ERNI_KI_TRIED_LITELLM="$version"
    [ -e "tests/stack/locks/litellm-$version.txt" ] || python tests/stack/images.py lock "$version"
    run_pytest newest tests/predictions tests/predictions/test_predictions.py --tried "$version"
}

verb_awx() {
    need_tools
    run_pytest awx tests/awx "$@"
}

# Each supported core with each Python of a managed host, and the table of docs/compatibility.md.
host_venv() { # host_venv PYTHON REQUIREMENTS...; prints its path
    local folder wanted="${*}"
    folder="$cache/host-$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-$(printf '%s' "${*:2}" | tr -c '[:alnum:].' -)"
    if [ "$wanted" != "$(cat "$folder/.made-from" 2>/dev/null)" ]; then
        uv venv --clear --python "$1" "$folder" >&2
        uv pip install --only-binary :all: --python "$folder/bin/python" "${@:2}" >&2
        printf '%s\n' "$wanted" >"$folder/.made-from"
    fi
    printf '%s\n' "$folder"
}

verb_compatibility() {
    need_tools
    local row python version label requirements list="$cache/compatibility-$$.txt"
    : >"$list"
    for row in "${cores[@]}"; do
        # shellcheck disable=SC2086  # a list of words is meant
        if python="$(first_python ${row#* })"; then
            printf 'core|%s|%s\n' "${row%% *}" "$(core_venv "${row%% *}" "$python")" >>"$list"
        else
            say "NOT TESTED: ansible-core ${row%% *} needs one of Python ${row#* }, there is none here"
        fi
    done
    while read -r version label requirements; do
        # shellcheck disable=SC2086  # a list of words is meant
        if python="$(find_python "$version")"; then
            printf 'host|%s / %s / %s|%s\n' "$version" "${label//-/ }" "$(printf '%s' "$requirements" | sed 's/[^ ]*==//g; s, , / ,')" \
                "$(host_venv "$python" $requirements)" >>"$list"
        else
            say "NOT TESTED: managed hosts with Python $version, there is none here"
        fi
    done < <(grep -v '^#' tests/compatibility/hosts.txt)
    run_pytest compatibility tests/compatibility --environments "$list" "$@" || return
    rm "$list"
}

# An execution environment, and ansible-navigator.
verb_ee() {
    need_tools
    run_pytest ee tests/execution_environment "$@"
}

# The page of a report in Chromium. `browser --screenshots FOLDER` leaves pictures.
verb_browser() {
    need_tools
    bash tests/browser/chromium.sh "$cache/chromium.log"
    run_pytest browser tests/browser "$@"
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

# Metrics, alert rules and dashboard with a real Prometheus; the rulebook with a real ansible-rulebook.
verb_monitoring() {
    need_tools
    bash tests/monitoring/prometheus.sh "$cache/prometheus"
    run_pytest monitoring tests/monitoring "$@"
}

# Runs of a new user, as docs/output.md and the pictures of the README show them.
verb_pages() {
    need_tools
    bash tests/browser/chromium.sh "$cache/chromium.log"
    PYTHONPATH="$lean" python tests/pages/record_runs.py
}

# It says what it will do before it installs anything, so it sets up by itself.
verb_demo() { bash tests/stack/demo.sh "$@"; }

verb_demo-down() { bash tests/stack/demo.sh down; }
