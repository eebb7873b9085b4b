#!/usr/bin/env bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The demo: a real LiteLLM proxy, deployed as that of ERNI-KI, is brought to Redis caching as it should
# be, and back to local, with the shipped playbooks and the two variables that its operator sets. Real
# requests show what each mode does. The stack is left up.
#
# Usage: tests/stack/demo.sh [up|down]
# Environment: DEMO_DIR (default .cache/demo of the checkout), DEMO_VERSION (LiteLLM, default 1.80.0; there must be an
#              image with a database of it),
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
config="$directory/conf/litellm/config.yaml"
hash_of() { sha256sum "$config" | cut -d' ' -f1; }
expect() { # expect CALLS WHAT
    [ "$asked_upstream" -eq "$1" ] || die "$2 (upstream calls: $asked_upstream, expected: $1)"
}

run_playbook() { # run_playbook NAME
    say "  ansible-playbook -i $directory/inventory.yml --diff playbooks/$1.yml"
    "$root/.cache/venv/bin/ansible-playbook" -i "$directory/inventory.yml" --diff "$root/playbooks/$1.yml" 2>&1 \
        | tee -a "$transcript" | sed 's/^/  | /'
}
playbook() { # playbook NAME
    local started=$SECONDS
    run_playbook "$1" || die "playbooks/$1.yml failed; the stack is left as it is, in $directory"
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
stack up --version "$version" --shape erni_ki --name "$name" --port "$port" "$directory"
say "The deployment: $directory (compose/*.yml, conf/litellm/config.yaml, conf/entrypoints/, secrets/)"
say "LiteLLM $version on http://127.0.0.1:$port, its models in PostgreSQL, Redis on the Compose network only, a small"
say 'upstream that counts its calls.'
original="$(hash_of)"
original_copy="$directory/config.yaml.before"
cp "$config" "$original_copy"

# ----------------------------------------------------------------------------------- as it is
title '1. As the live system is: Redis, by a URL that the entrypoint exports'
grep -n 'url:\|socket_timeout:\|redis_host:' "$config" | sed 's/^/  conf\/litellm\/config.yaml:/'
question 'How long is the Rhine?'
expect 1 'a new question must reach the upstream'
question 'How long is the Rhine?'
expect 0 'the second time the cache must answer'
title '2. Switching to Redis is refused: LiteLLM does not heed the timeouts of this file'
if run_playbook switch_redis; then die 'playbooks/switch_redis.yml was not refused'; fi
way_out="$(grep -o 'let the value of the URL end in ?[a-z0-9_=&]*' "$transcript" | head -n 1 | grep -o '?.*' || true)"
[ -n "$way_out" ] || die 'the refusal names no way out'
[ "$(hash_of)" = "$original" ] || die 'the refused run changed config.yaml'
say '  config.yaml was not touched. The way out that is named there, in conf/entrypoints/litellm.sh:'
sed -i "s,@redis:6379/1\",@redis:6379/1${way_out//&/\\&}\"," "$directory/conf/entrypoints/litellm.sh"
grep -n 'REDIS_URL=' "$directory/conf/entrypoints/litellm.sh" | sed 's/^/  /'

say '  restarting LiteLLM with it ...'
stack compose "$directory" restart litellm
stack wait "$directory" 2>/dev/null

# ------------------------------------------------------------------------------------- redis
title '3. Switching to Redis'
playbook switch_redis
title '4. Redis mode: what has changed'
grep -n 'type:\|url:' "$config" | sed 's/^/  conf\/litellm\/config.yaml:/'
question 'How deep is Lake Geneva?'
expect 1 'a new question must reach the upstream'
first="$answer"
say '  restarting LiteLLM, so that it remembers nothing ...'
stack compose "$directory" restart litellm
stack wait "$directory" 2>/dev/null
question 'How deep is Lake Geneva?'
expect 0 'after the restart Redis must answer'
same_id "$first" "$answer" || die 'after the restart the answer has another id'
say '  The same answer after a restart: it can only have come from Redis.'
say "  entries in database 1 of Redis: $(entries); connections of LiteLLM there: $(connections)"
title '5. Verifying Redis mode'
playbook verify

# ------------------------------------------------------------------------------------- local
title '6. Rolling back to local'
playbook rollback_local
title '7. Local mode'
question 'How deep is Lake Geneva?'
expect 1 'in local mode the answer in Redis must not be used'
question 'How deep is Lake Geneva?'
expect 0 'the second time the local cache must answer'
say '  The answer that Redis still holds was not used; the local cache learnt it anew.'
say '  What is different in config.yaml from the beginning: nothing was removed, all of Redis is a comment now.'
diff "$original_copy" "$config" | sed 's/^/  /' || true
if grep -n '^[^#]*\(redis\|REDIS_URL\)' "$config"; then die 'config.yaml still names Redis outside of comments'; fi
title '8. Verifying local mode'
playbook verify

# ----------------------------------------------------------------------------------- the end
title 'Done. The deployment stays up'
cat <<TEXT
  Look at it:
    python3 tests/stack/stack.py compose $directory ps
    python3 tests/stack/stack.py logs $directory
    less $config
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
