# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks Redis, LiteLLM, its upstream and Docker themselves whether a stack is what a scenario claims.

Shares no code with the collection, and nothing of it is asked. Standard library only, Python 3.9 or newer.

Usage: python3 oracle.py DIRECTORY CLAIM...     DIRECTORY as made by tests/stack/stack.py

    look:NAME             remembers hashes, starts of containers, calls of the upstream, entries in Redis
    kept:NAME             since that look the file was not written and no container was started
    untouched:NAME        and no request reached the upstream, and nothing was stored in Redis
    file:NAME             the file has the bytes of that look
    restarted:NAME        every instance was started since that look, and nothing else was
    redis, redis:DB,TTL   every instance answers from Redis, database 1, and its entries live 1800 seconds
    redis-read            an instance that is restarted gives an answer that only Redis can have kept
    local                 every instance answers from its own memory, and nothing of it comes to Redis
    crashing              the instance starts again and again
    running, stopped      every instance runs; none does
    no-secret             neither secret stands in the state directory, snapshots left out

Prints a line for each claim that holds. Ends with 1 and one line at the first that does not.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import pathlib
import subprocess
import sys
import time
import urllib.parse
import uuid

LITELLM_PORT = 4000
UPSTREAM_PORT = 8000
# Longest wait for anything, in seconds. It only ends a claim that hangs: a busy machine takes its time.
LONGEST_WAIT = 300.0
POLL_INTERVAL = 0.1
# The password reaches redis-cli by the environment of a shell inside the container, never by an argument.
REDIS_CLI = 'REDISCLI_AUTH="$(cat /run/secrets/redis_password)" exec redis-cli "$@"'


class Untrue(Exception):
    """A claim does not hold; str(error) says what was seen instead."""


def require(holds, seen):
    """Raise Untrue with what was seen, unless it holds."""
    if not holds:
        raise Untrue(seen)


def poll(question, seen):
    """The first true answer of a question; Untrue when there is none for too long."""
    until = time.monotonic() + LONGEST_WAIT
    while True:
        answer = question()
        if answer:
            return answer
        require(time.monotonic() < until, "after %.0f s: %s" % (LONGEST_WAIT, seen))
        time.sleep(POLL_INTERVAL)


def docker(*words):
    """Output of docker."""
    return subprocess.run(("docker",) + words, check=True, stdout=subprocess.PIPE).stdout.decode()


class Container:
    """One container, as Docker described it at the moment of asking."""

    def __init__(self, record):
        self.name = record["Name"].lstrip("/")
        self.service = record["Config"]["Labels"]["com.docker.compose.service"]
        self.status = record["State"]["Status"]
        self.started = record["State"]["StartedAt"]
        self.restarts = record["RestartCount"]
        self.address = next((n["IPAddress"] for n in record["NetworkSettings"]["Networks"].values()), "")

    def request(self, method, path, body=None, headers=None, port=LITELLM_PORT, connection=None):
        """Answer of the server in the container: (decoded JSON, headers)."""
        connection = connection or http.client.HTTPConnection(self.address, port, timeout=60)
        connection.request(method, path, json.dumps(body) if body is not None else None, headers or {})
        response = connection.getresponse()
        content = response.read()
        require(response.status == 200, "%s answers %s with %d" % (self.name, path, response.status))
        return json.loads(content), response.headers


class Stack:
    """A stack of tests/stack, seen from outside."""

    def __init__(self, directory):
        self.directory = directory
        self.project = json.loads((directory / ".stack.json").read_text())["name"]
        self.config = directory / "conf" / "litellm" / "config.yaml"
        self.master_key = (directory / "secrets" / "litellm_master_key").read_text()
        self.password = (directory / "secrets" / "redis_password").read_text()

    # ------------------------------------------------------------------------------ what is there
    def containers(self, service=None):
        """The containers of the project, or of one of its services, in any state."""
        ids = docker("ps", "-aq", "--filter", "label=com.docker.compose.project=" + self.project).split()
        found = [Container(record) for record in json.loads(docker("inspect", *ids))]
        return sorted((one for one in found if service in (None, one.service)), key=lambda one: one.name)

    def server(self, service):
        """The running container of a service, None when it does not run."""
        return next((one for one in self.containers(service) if one.status == "running"), None)

    def calls(self):
        """How many requests reached the upstream."""
        return self.server("upstream").request("GET", "/calls", port=UPSTREAM_PORT)[0]["count"]

    def redis(self, *words, database=0):
        """Lines that redis-cli prints; None when Redis does not run."""
        server = self.server("redis")
        if server is None:
            return None
        out = docker("exec", server.name, "sh", "-c", REDIS_CLI, "redis-cli", "--raw", "-n", str(database), *words)
        return [line for line in out.splitlines() if line]

    def entries(self):
        """Cached answers, as "database/key"; none when Redis does not run."""
        databases = [line.split(":")[0][2:] for line in self.redis("info", "keyspace") or () if line.startswith("db")]
        return sorted(
            "%s/%s" % (database, key)
            for database in databases
            for key in self.redis("--scan", database=database)
            if len(key) == 64 and all(digit in "0123456789abcdef" for digit in key)
        )

    def connections(self, address):
        """Databases that the connections of an address to Redis have selected."""
        clients = [
            dict(part.partition("=")[::2] for part in line.split()) for line in self.redis("client", "list") or ()
        ]
        return [int(client["db"]) for client in clients if client["addr"].rpartition(":")[0] == address]

    def look(self):
        """All that a run which touches nothing leaves as it is."""
        return {
            "sha256": hashlib.sha256(self.config.read_bytes()).hexdigest(),
            "modified": self.config.stat().st_mtime_ns,
            "started": {one.name: one.started for one in self.containers()},
            "calls": self.calls(),
            "entries": self.entries(),
        }

    # -------------------------------------------------------------------------------- what happens
    def ask(self, instance, content, connection=None):
        """The id of the answer to a prompt."""
        body = {"model": "test-chat", "messages": [{"role": "user", "content": content}], "max_tokens": 5}
        headers = {"Authorization": "Bearer " + self.master_key, "Content-Type": "application/json"}
        return instance.request("POST", "/v1/chat/completions", body, headers, connection=connection)[0]["id"]

    def fresh(self, instance, connection=None):
        """A prompt that nobody has sent yet, sent once: (prompt, id). The upstream was asked for it."""
        content, before = "oracle " + uuid.uuid4().hex, self.calls()
        answer = self.ask(instance, content, connection)
        require(self.calls() == before + 1, "%s answered a new prompt without one call of the upstream" % instance.name)
        return content, answer

    def kept(self, instance, content, answer, connection=None):
        """Require that an instance gives an answer that was given before, without the upstream."""
        before = self.calls()
        again = self.ask(instance, content, connection)
        require(again == answer, "%s gave a prompt another answer than before" % instance.name)
        require(self.calls() == before, "%s asked the upstream for a prompt that was answered before" % instance.name)

    def stored(self, answer):
        """The entry in Redis that holds an answer, as (database, key, TTL); None while there is none."""
        for entry in self.entries():
            database, key = entry.split("/")
            if any(answer in line for line in self.redis("get", key, database=database)):
                return int(database), key, int(self.redis("ttl", key, database=database)[0])
        return None


# -------------------------------------------------------------------------------------- the claims
def remembered(stack, name):
    """The look of that name."""
    return json.loads((stack.directory / "looks" / (name + ".json")).read_text())


def claim_look(stack, name):
    """Remember what is there."""
    found = stack.look()
    path = stack.directory / "looks" / (name + ".json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found))
    seen = (name, found["sha256"], found["calls"], len(found["entries"]))
    return "remembered as %s: file %s, %d calls of the upstream, %d entries in Redis" % seen


def claim_kept(stack, name):
    """Nothing was written or started."""
    before, now = remembered(stack, name), stack.look()
    require(now["sha256"] == before["sha256"], "the bytes of the file have changed")
    require(now["modified"] == before["modified"], "the file was written")
    require(now["started"] == before["started"], "containers were started since %s" % before["started"])
    return "the file is as it was, and no container was started"


def claim_untouched(stack, name):
    """Nothing was written, started, sent or stored."""
    told = claim_kept(stack, name)
    before, now = remembered(stack, name), stack.look()
    require(now["calls"] == before["calls"], "%d calls reached the upstream" % (now["calls"] - before["calls"]))
    new = sorted(set(now["entries"]) - set(before["entries"]))
    require(not new, "new entries in Redis: %s" % new)
    return told + ", no request reached the upstream, nothing was stored in Redis"


def claim_file(stack, name):
    """The file has the bytes of before."""
    now = hashlib.sha256(stack.config.read_bytes()).hexdigest()
    require(now == remembered(stack, name)["sha256"], "the file has other bytes than at %s" % name)
    return "the file has the bytes of %s, %s" % (name, now)


def claim_restarted(stack, name):
    """The instances were restarted, and only they."""
    before = remembered(stack, name)["started"]
    for one in stack.containers():
        instance = one.service == "litellm"
        word = "was not restarted" if instance else "was restarted"
        require((one.started != before[one.name]) == instance, "%s %s" % (one.name, word))
    return "every instance was restarted, nothing else was"


def claim_redis(stack, argument=""):
    """Answers come from Redis."""
    wanted_database, wanted = (int(number) for number in (argument or "1,1800").split(","))
    instances, told = stack.containers("litellm"), []
    for position, instance in enumerate(instances):
        content, answer = stack.fresh(instance)
        database, key, left = poll(lambda answer=answer: stack.stored(answer), "Redis holds no entry with the answer")
        require(database == wanted_database, "the entry %s is in database %d" % (key, database))
        require(wanted - 120 < left <= wanted, "the entry %s lives %d s" % (key, left))
        stack.kept(instance, content, answer)
        other = instances[(position + 1) % len(instances)]
        if other is not instance:
            stack.kept(other, content, answer)
        selected = stack.connections(instance.address)
        require(wanted_database in selected, "%s has only connections to databases %s" % (instance.name, selected))
        told.append("%s stores with a TTL of %d s%s" % (instance.name, left, " and shares" * (other is not instance)))
    return "Redis: " + ", ".join(told)


def claim_redis_read(stack, _argument):
    """A process that never saw the prompt gives the kept answer."""
    instance = stack.containers("litellm")[0]
    content, answer = stack.fresh(instance)
    poll(lambda: stack.stored(answer), "Redis holds no entry with the answer")
    docker("restart", "--time", "5", instance.name)

    def answers():
        try:
            return stack.containers("litellm")[0].request("GET", "/health/liveliness")
        except OSError:
            return None

    poll(answers, "%s does not answer" % instance.name)
    stack.kept(stack.containers("litellm")[0], content, answer)
    return "%s, restarted, gives the answer of before: it was kept in Redis" % instance.name


def claim_local(stack, _argument):
    """Answers come from the process's memory."""
    before = stack.entries()
    for instance in stack.containers("litellm"):
        # One connection: with several workers each has a memory of its own.
        connection = http.client.HTTPConnection(instance.address, LITELLM_PORT, timeout=60)
        content, answer = stack.fresh(instance, connection)
        stack.kept(instance, content, answer, connection)
        connection.close()
        selected = stack.connections(instance.address)
        require(not selected, "%s has connections to Redis: %s" % (instance.name, selected))
    new = sorted(set(stack.entries()) - set(before))
    require(not new, "new entries in Redis: %s" % new)
    return "every instance answers from its own memory, and has no connection to Redis"


def claim_crashing(stack, _argument):
    """The instance cannot start."""

    def crashed():
        return [one for one in stack.containers("litellm") if one.restarts > 1 and one.status == "restarting"]

    found = poll(crashed, "LiteLLM does not crash")
    return "%s was started %d times in vain" % (found[0].name, found[0].restarts)


def claim_running(stack, _argument):
    """All instances run."""
    found = {one.name: one.status for one in stack.containers("litellm")}
    require(set(found.values()) == {"running"}, "instances: %s" % found)
    return "running: %s" % ", ".join(found)


def claim_stopped(stack, _argument):
    """No instance runs."""
    found = {one.name: one.status for one in stack.containers("litellm")}
    require(set(found.values()) == {"exited"}, "instances: %s" % found)
    return "stopped: %s" % ", ".join(found)


def claim_no_secret(stack, _argument):
    """State that is not a snapshot tells no secret."""
    state = stack.directory / "state"
    files = [path for path in state.rglob("*") if path.is_file() and path.parent.name != "snapshots"]
    require(files, "there is no file in %s" % state)
    for secret in (stack.password, stack.master_key):
        for form in (secret, urllib.parse.quote(secret, safe=""), json.dumps(secret)[1:-1]):
            bad = [str(path) for path in files if form in path.read_text(encoding="utf-8", errors="replace")]
            require(not bad, "a secret stands in %s" % bad)
    wide = [str(path) for path in [state, *state.rglob("*")] if path.stat().st_mode & 0o077]
    require(not wide, "others than the owner may read %s" % wide)
    return "no secret in %s, which only its owner can read" % ", ".join(path.name for path in files)


def main(directory, claims):
    """Examine the claims in order."""
    stack = Stack(pathlib.Path(directory))
    for claim in claims:
        verb, _colon, argument = claim.partition(":")
        try:
            print(globals()["claim_" + verb.replace("-", "_")](stack, argument), flush=True)
        except (Untrue, OSError, subprocess.CalledProcessError) as error:
            print("UNTRUE: %s: %s" % (claim, error), file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
