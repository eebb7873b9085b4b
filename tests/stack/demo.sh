#!/usr/bin/env bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The demo: a real LiteLLM proxy, deployed as that of ERNI-KI, is brought to Redis caching as it should
# be, and back to local, with the shipped playbooks and the two variables that its operator sets. Real
# requests show what each mode does. Then a switch that would break is refused, and one whose controller
# is killed is taken back by the guard. The stack is left up.
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

# No line is longer than a terminal of 80 columns shows, but for a path that is longer itself.
wrapped() { stdbuf -oL fold --spaces --width="$((80 - ${#1}))" | sed --unbuffered "s/^/$1/; s/ *\$//"; }
say() { case "$*" in '  '*) wrapped '  ' <<<"${*#  }" ;; *) wrapped '' <<<"$*" ;; esac; }
title() { printf '\n'; say "=== $*"; }
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
# Asks and tells what came back; leaves the answer in $answer.
question() { # question TEXT
    local before after how
    before="$(stack calls "$directory" | field count)"
    answer="$(stack ask --text "$1" "$directory")"
    after="$(stack calls "$directory" | field count)"
    if [ "$before" = "$after" ]; then how='from the cache, the upstream was not called'; else how='from the upstream'; fi
    say "  asked \"$1\": $how, $(field seconds <<<"$answer") s"
    say "    id $(field id <<<"$answer")"
    asked_upstream=$((after - before))
}
same_id() { [ "$(field id <<<"$1")" = "$(field id <<<"$2")" ]; }
entries() { stack redis "$directory" -n 1 DBSIZE | tr -d '[:space:]'; }
connections() { stack redis "$directory" CLIENT LIST | grep -c ' db=1 ' || true; }
config="$directory/conf/litellm/config.yaml"
hash_of() { sha256sum "$config" | cut -d' ' -f1; }
# When LiteLLM was started, and the cache that the running one reports; nothing while it is away.
started() { docker inspect --format '{{.State.StartedAt}}' "$name-litellm"; }
cache_type() { stack cache "$directory" 2>/dev/null || true; }
# The mode that config.yaml says.
file_type() { sed -n '/^ *cache_params:/,$s/^ *\(type: *[^ ]*\).*/\1/p' "$config" | head -n 1; }
now() { date +%s.%N; }
since() { awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.1f", to - from }'; }
expect() { # expect CALLS WHAT
    [ "$asked_upstream" -eq "$1" ] || die "$2 (upstream calls: $asked_upstream, expected: $1)"
}

# As an operator calls it, and what it prints; all of it stands in the transcript as it was printed.
run_playbook() { # run_playbook NAME
    say "  ansible-playbook -i inventory.yml --diff erni_ki.litellm.$1"
    run_ansible "$1" 2>&1 | tee -a "$transcript" | wrapped ''
}
run_ansible() { # run_ansible NAME, in a process of its own
    cd "$directory"
    exec "$root/.cache/venv/bin/ansible-playbook" -i inventory.yml --diff "erni_ki.litellm.$1"
}
playbook() { # playbook NAME
    local started=$SECONDS
    run_playbook "$1" || die "$1 failed; the stack is left as it is, in $directory"
    say "  ($((SECONDS - started)) s)"
}

clients=''
trap '[ -z "$clients" ] || kill "$clients"' EXIT

# ---------------------------------------------------------------------------- what will happen
if ! command -v docker >/dev/null; then
    docker_is='There is none here yet: it would be installed.'
else
    docker_is='It is here already.'
fi
cat <<TEXT
erni_ki.litellm, the demo

It installs Docker and Compose where they are missing. $docker_is
Take a machine that you can throw away. Else it keeps to
$directory, and to containers of its own.

Real LiteLLM, Redis and PostgreSQL; the only stand-in is the model behind them.
It shows, with the playbooks as they are shipped:
  - a switch that would not do what it says, refused, with the way out
  - LiteLLM brought to Redis caching, verified, and back to local
  - a switch to a Redis that is down, refused before anything is touched
  - a switch whose controller is killed with kill -9 when the new mode is live
    already, taken back by the guard on the host, while clients go on asking

It takes six to ten minutes; the first time some more, for the images.
TEXT
if ! command -v docker >/dev/null && [ -t 0 ]; then
    read -r -p 'Enter goes on, Ctrl-C ends it before anything is done: '
fi

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
say "The deployment: $directory"
say "LiteLLM $version on http://127.0.0.1:$port, its models in PostgreSQL, Redis on the Compose network only, a small upstream that counts its calls."
original="$(hash_of)"
original_copy="$directory/config.yaml.before"
cp "$config" "$original_copy"

# ----------------------------------------------------------------------------------- as it is
title '1. As the live system is: Redis, by a URL that the entrypoint exports'
grep -n 'url:\|socket_timeout:\|redis_host:' "$config" | sed 's/^/  config.yaml:/'
question 'How long is the Rhine?'
expect 1 'a new question must reach the upstream'
question 'How long is the Rhine?'
expect 0 'the second time the cache must answer'
title '2. Switching to Redis is refused: LiteLLM does not heed the timeouts of this file'
if run_playbook switch_redis; then die 'switch_redis was not refused'; fi
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
grep -n 'type:\|url:' "$config" | sed 's/^/  config.yaml:/'
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

# ----------------------------------------------------------------------------------- refused
title '9. Redis is down, and somebody switches to it'
say '  docker compose stop redis'
stack compose "$directory" stop redis 2>/dev/null
before="$(hash_of) $(started)"
started=$SECONDS
if run_playbook switch_redis; then die 'switch_redis was not refused'; fi
say "  ($((SECONDS - started)) s)"
[ "$(hash_of) $(started)" = "$before" ] || die 'the refused run touched config.yaml or restarted LiteLLM'
say '  config.yaml has the same hash, LiteLLM was not restarted. It answers:'
question 'Who was not disturbed?'
stack compose "$directory" start redis 2>/dev/null

# --------------------------------------------------------------------------------- taken back
title '10. The controller is killed when the new mode is live already'
local_hash="$(hash_of)"
before="$(started)"
say '  Clients ask a new question every half second from now on.'
python3 -B "$here/clients.py" "$directory" >"$root/.cache/demo-clients.json" &
clients=$!
say "  ansible-playbook -i inventory.yml --diff erni_ki.litellm.switch_redis &"
run_ansible switch_redis >"$root/.cache/demo-killed.log" 2>&1 &
controller=$!
# Its workers are killed with it. What they have started on the host belongs to the host.
until [ "$(started)" != "$before" ] && [ "$(cache_type)" = redis ]; do
    kill -0 "$controller" 2>/dev/null || { cat "$root/.cache/demo-killed.log"; die 'the run ended by itself'; }
    sleep 0.3
done
mapfile -t workers < <(tr ' ' '\n' <"/proc/$controller/task/$controller/children" | grep .)
kill -9 "$controller" "${workers[@]}"
killed_at="$(now)"
{ wait "$controller" || true; } 2>/dev/null
cat "$root/.cache/demo-killed.log" >>"$transcript"
grep '^TASK' "$root/.cache/demo-killed.log" | tail -n 1 | wrapped ''
say '  kill -9 of ansible-playbook. At this moment:'
say "  config.yaml: $(file_type); the cache of the running LiteLLM: $(cache_type)"
say '  Nobody is there any more who could go back, but for the guard on the host. Waiting for it ...'
deadline=$((SECONDS + 300))
until [ "$(hash_of)" = "$local_hash" ] && [ "$(cache_type)" = local ]; do
    [ "$SECONDS" -lt "$deadline" ] || die 'the guard did not go back within 300 s'
    sleep 0.3
done
took="$(since "$killed_at")"
kill "$clients"
wait "$clients"
clients=''
until [ ! -e "$directory/state/pending.json" ] && [ ! -e "$directory/state/reverting.json" ]; do
    [ "$SECONDS" -lt "$deadline" ] || die 'the guard did not end the change within 300 s'
    sleep 0.3
done
say "  $took s after the kill: config.yaml has the bytes of before, $(file_type); the cache of the running LiteLLM: $(cache_type)"
say "  requests meanwhile, from before the run: $(field answered <"$root/.cache/demo-clients.json") answered, $(field unanswered <"$root/.cache/demo-clients.json") not; longest time without an answer $(field silence <"$root/.cache/demo-clients.json") s (LiteLLM started twice)"
say '  What the guard wrote:'
wrapped '  ' <"$directory/state/guard.log"
title '11. What the history says'
playbook history

# ----------------------------------------------------------------------------------- the end
title 'Done. The deployment stays up'
here_it_is="${directory#"$root"/}"
cat <<TEXT
  From the root of the checkout. Look at it:
    python3 tests/stack/stack.py compose $here_it_is ps
    python3 tests/stack/stack.py logs $here_it_is
    less $here_it_is/conf/litellm/config.yaml
  Ask it something:
    python3 tests/stack/stack.py ask --text 'Hello' $here_it_is
    or http://127.0.0.1:$port with the key in
    $here_it_is/secrets/litellm_master_key
  Look into Redis (database 1 is the cache):
    python3 tests/stack/stack.py redis $here_it_is -n 1 DBSIZE
  Switch again, or kill the run yourself:
    .cache/venv/bin/ansible-playbook -i $here_it_is/inventory.yml \\
        playbooks/switch_redis.yml
  What the playbooks wrote, and all of the killed run:
    ${transcript#"$root"/}
  How it works, and what else was killed, cut off or starved:
    docs/how-it-works.md, docs/faults.md
  Remove it:
    make demo-down
TEXT
