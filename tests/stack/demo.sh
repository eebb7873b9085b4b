#!/usr/bin/env bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The demo: a real LiteLLM proxy moves from local to Redis caching and back, with the shipped
# playbooks, and real requests show what each mode does. The stack is left up.
#
# Usage: tests/stack/demo.sh [up|down]
# Environment: DEMO_DIR (default .cache/demo of the checkout), DEMO_VERSION (LiteLLM, default 1.80.0),
#              DEMO_PORT (default 4000, or a free one where that is in use).
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
cd "$root"
directory="${DEMO_DIR:-$root/.cache/demo}"
version="${DEMO_VERSION:-1.80.0}"
transcript="$root/.cache/demo.log"

say() { printf '%s\n' "$*"; }
title() { printf '\n=== %s\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; exit 1; }
stack() { python3 -B "$here/stack.py" "$@"; }

# Value of one key of a JSON document on standard input.
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

if [ "${1:-up}" = down ]; then
    if ! command -v docker >/dev/null; then say 'There is no Docker here, so there is no demo to remove.'; exit 0; fi
    stack down "$directory"
    exit 0
fi
[ "${1:-up}" = up ] || die "unknown verb: $1 (up or down)"

# ------------------------------------------------------------------------------ what it says
answer=''
# Asks and tells in one line what came back; leaves the answer in $answer.
question() { # question TEXT
    local before after how
    before="$(stack calls "$directory" | field count)"
    answer="$(stack ask --text "$1" "$directory")"
    after="$(stack calls "$directory" | field count)"
    if [ "$before" = "$after" ]; then how='from the cache, the upstream was not called'; else how='from the upstream'; fi
    printf '  asked "%s": id %s, %s s, %s\n' "$1" "$(field id <<<"$answer")" "$(field seconds <<<"$answer")" "$how"
    asked_upstream=$((after - before))
}
same_id() { [ "$(field id <<<"$1")" = "$(field id <<<"$2")" ]; }
entries() { stack redis "$directory" -n 1 DBSIZE | tr -d '[:space:]'; }
connections() { stack redis "$directory" CLIENT LIST | grep -c ' db=1 ' || true; }
hash_of() { sha256sum "$directory/conf/litellm/config.yaml" | cut -d' ' -f1; }
expect() { # expect CALLS WHAT
    [ "$asked_upstream" -eq "$1" ] || die "$2 (upstream calls: $asked_upstream, expected: $1)"
}

playbook() { # playbook NAME
    local started=$SECONDS
    say "  ansible-playbook -i $directory/inventory.yml --diff playbooks/$1.yml"
    if ! "$root/.cache/venv/bin/ansible-playbook" -i "$directory/inventory.yml" --diff "$root/playbooks/$1.yml" 2>&1 \
        | tee -a "$transcript" | sed 's/^/  | /'; then
        die "playbooks/$1.yml failed; the stack is left as it is, in $directory"
    fi
    say "  ($((SECONDS - started)) s)"
}

# ---------------------------------------------------------------------------------- set-up
mkdir -p "$root/.cache"
: >"$transcript"
title 'Setting up: Docker, Ansible, images, one deployment'
bash "$here/engine.sh"
bash "$root/tests/project.sh" setup
unset ANSIBLE_COLLECTIONS_PATH ANSIBLE_ROLES_PATH ANSIBLE_INVENTORY
export ANSIBLE_CONFIG="$root/ansible.cfg" LC_ALL=C.UTF-8
if [ -e "$directory/.stack.json" ]; then
    say 'The demo of an earlier run is removed first.'
    stack down "$directory"
fi
# The names of ERNI-KI itself, unless a Compose project of that name runs here already.
name=erni-ki
if [ -n "$(docker ps --all --quiet --filter label=com.docker.compose.project=$name)" ]; then
    name=erni-ki-demo
    say "A Compose project erni-ki exists on this machine; the demo is called $name and leaves it alone."
fi
port="${DEMO_PORT:-$(python3 -B -c 'import sys; sys.path.insert(0, sys.argv[1]); import stack
print(4000 if stack.port_is_free(4000) else stack.free_port())' "$here")}"
stack up --version "$version" --name "$name" --port "$port" "$directory"
say "The deployment: $directory (compose.yml, conf/litellm/config.yaml, secrets/)"
say "LiteLLM $version on http://127.0.0.1:$port, Redis on the Compose network only, a small upstream that counts its calls."
original="$(hash_of)"

# ------------------------------------------------------------------------------------- local
title '1. Local mode, as it is before'
question 'How tall is Mont Blanc?'
expect 1 'a new question must reach the upstream'
question 'How tall is Mont Blanc?'
expect 0 'the second time the local cache must answer'
say "  entries in database 1 of Redis: $(entries)"

# ------------------------------------------------------------------------------------- redis
title '2. Switching to Redis'
playbook switch_redis
title '3. Redis mode: what has changed'
grep -n 'type:' "$directory/conf/litellm/config.yaml" | sed 's/^/  conf\/litellm\/config.yaml:/'
question 'How deep is Lake Geneva?'
expect 1 'a new question must reach the upstream'
first="$answer"
say '  restarting LiteLLM, so that it remembers nothing ...'
(cd "$directory" && docker compose restart litellm >/dev/null 2>&1)
stack wait "$directory" 2>/dev/null
question 'How deep is Lake Geneva?'
expect 0 'after the restart Redis must answer'
same_id "$first" "$answer" || die 'after the restart the answer has another id'
say '  The same answer after a restart: it can only have come from Redis.'
say "  entries in database 1 of Redis: $(entries); connections of LiteLLM there: $(connections)"
title '4. Verifying Redis mode'
playbook verify

# ------------------------------------------------------------------------------------- local
title '5. Rolling back to local'
playbook rollback_local
title '6. Local mode again'
question 'How deep is Lake Geneva?'
expect 1 'in local mode the answer in Redis must not be used'
question 'How deep is Lake Geneva?'
expect 0 'the second time the local cache must answer'
say '  The answer that Redis still holds was not used; the local cache learnt it anew.'
if [ "$(hash_of)" = "$original" ]; then
    say '  config.yaml is, byte for byte, what it was at the beginning.'
else
    die 'config.yaml differs from what it was at the beginning'
fi
title '7. Verifying local mode'
playbook verify

# ----------------------------------------------------------------------------------- the end
title 'Done. The deployment stays up'
cat <<TEXT
  Look at it:
    cd $directory && docker compose ps
    docker compose logs litellm
    less conf/litellm/config.yaml
  Ask it something:
    python3 tests/stack/stack.py ask --text 'Hello' $directory
    or http://127.0.0.1:$port with the key in $directory/secrets/litellm_master_key
  Look into Redis (database 1 is the cache):
    python3 tests/stack/stack.py redis $directory -n 1 DBSIZE
  Switch again, from the root of the checkout:
    .cache/venv/bin/ansible-playbook -i $directory/inventory.yml playbooks/switch_redis.yml
  What the playbooks wrote: $transcript
  Remove it:
    make demo-down
TEXT
