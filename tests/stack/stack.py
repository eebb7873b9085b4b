# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates and removes throw-away deployments of LiteLLM, shaped like the one of ERNI-KI.

Standard library only, Python 3.9 or newer. `up` copies tests/stack/project to a directory of the
caller's choice, gives it fresh random secrets, starts it with Docker Compose and waits until every
instance answers. Several stacks run side by side when their names and ports differ.

Usage:
    stack.py up [--version V] [--shape S] [--redis R] [--name N] [--port P] [--redis-password-file F] [--no-wait] DIR
    stack.py wait DIR              until every instance answers
    stack.py info DIR              JSON: containers, addresses, port, paths of the secrets
    stack.py logs DIR [SERVICE]
    stack.py ask DIR [--text T] [--model M] [--instance N]
                                   one chat request; JSON: id, answer, seconds, cached
    stack.py cache DIR             type of the cache that the running proxy reports
    stack.py calls DIR             how many calls the upstream has had
    stack.py redis DIR WORD ...    redis-cli in the Redis container; the password stays in there
    stack.py compose DIR WORD ...  docker compose with the files of the stack
    stack.py down DIR              containers, network, volumes and the directory
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from typing import Optional

import images

TEMPLATE = images.HERE / "project"
# What the shape of the same name lays over the template.
LIVE = "erni_ki"
# The Compose files of that shape, in the order of the command line.
LIVE_COMPOSE = ("base", "data", "ai")
# What its administrator added in LiteLLM's interface: the file names no model.
LIVE_MODELS = (
    {
        "model_name": "test-chat",
        "litellm_params": {
            "model": "openai/test-chat",
            "api_base": "http://upstream:8000/v1",
            "api_key": "not-checked",
        },
    },
    {
        "model_name": "test-embedding",
        "litellm_params": {
            "model": "openai/test-embedding",
            "api_base": "http://upstream:8000/v1",
            "api_key": "not-checked",
        },
        "model_info": {"mode": "embedding"},
    },
)
# Its Redis users: (name, file of the password, rights). The proxy logs in by its password alone, so it is the default
# user. It may neither stop the server nor empty other people's databases.
LIVE_REDIS_USERS = (
    ("default", "redis_password", "~* &* +@all -shutdown -debug -config -acl -flushall -swapdb -replicaof -module"),
    ("operator", "redis_operator_password", "~* &* +@all"),
)
MARKER = ".stack.json"
# Seconds until every instance must answer; a start takes 5 to 15 s on an idle machine.
READY_TIMEOUT = 240.0
# Seconds between two looks while waiting.
POLL_INTERVAL = 0.1

PUBLISH_NOTHING = "    ports: !reset []\n"
OVERRIDE_HEAD = "services:\n  litellm:\n"
# The second line keeps newer uvicorn from killing workers that are slow to start on a busy machine.
TWO_WORKERS = (
    '    command: ["--config", "/app/config.yaml", "--port", "4000", "--num_workers", "2"]\n'
    '    environment: {TIMEOUT_WORKER_HEALTHCHECK: "60"}\n'
)

# The proxy may download its table of prices, as it does without the first variable. The upstream has none, and its log shows who
# asked. Up to LiteLLM 1.80 any text in that variable forbids the download.
PRICE_TABLE = """    environment:
      LITELLM_LOCAL_MODEL_COST_MAP: ""
      LITELLM_MODEL_COST_MAP_URL: http://upstream:8000/price-table
"""

# Images of the Redis service.
SERVERS = ("redis:7.0", "redis:8.0", "valkey:8.1")

# The server comes with the image of the proxy.
WITH_DATABASE = """services:
  litellm:
    depends_on: [postgres]
    environment:
      DATABASE_URL: postgresql://postgres@postgres:5432/postgres
      STORE_MODEL_IN_DB: "True"
      LITELLM_SALT_KEY: sk-salt-of-a-throw-away-stack
      DISABLE_SCHEMA_UPDATE: "True"
  postgres:
    image: ${LITELLM_IMAGE}
    entrypoint: ["/bin/sh", "/usr/local/bin/postgres-stack"]
    command: []
    stop_grace_period: 3s
"""

# Shape: (what the entrypoint does, compose.override.yml, further lines of .env).
# A shell as process 1 ignores SIGTERM, so Docker waits for the whole grace period: keep it short.
SHAPES = {
    "exec": ("exec", "", {}),
    "shell": ("shell", "", {"LITELLM_STOP_GRACE_PERIOD": "5s"}),
    "dropped_uid": ("dropped_uid", "", {}),
    "init": ("exec", OVERRIDE_HEAD + "    init: true\n", {}),
    "workers": ("exec", OVERRIDE_HEAD + TWO_WORKERS, {}),
    "scaled": ("exec", OVERRIDE_HEAD + "    scale: 2\n" + PUBLISH_NOTHING, {}),
    "redis_url": ("redis_url", "", {}),
    "redis_url_with_timeouts": ("redis_url_with_timeouts", "", {}),
    "raw_redis_url": ("raw_redis_url", "", {}),
    "price_table": ("exec", OVERRIDE_HEAD + PRICE_TABLE, {}),
    "database": ("exec", WITH_DATABASE, {}),
    LIVE: ("exec", "", {}),
    "read_only": ("exec", OVERRIDE_HEAD + "    read_only: true\n    tmpfs: [/tmp]\n", {}),
}


class StackError(Exception):
    """The stack cannot be created, found or started; str(error) says why."""


def say(text: str) -> None:
    """One line for the person who watches."""
    print("stack: " + text, file=sys.stderr, flush=True)


# ----------------------------------------------------------------------------------- compose
def compose_environment() -> dict:
    """The caller's environment without what would override the stack's own .env."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COMPOSE_", "LITELLM_", "REDIS_", "UPSTREAM_"))
    }


def compose_files(folder: pathlib.Path) -> list:
    """The options that name the Compose files of a stack; none where Compose finds its files by itself."""
    files = [str(folder / "compose" / (name + ".yml")) for name in LIVE_COMPOSE]
    if not (folder / "compose").is_dir():
        return []
    return ["--project-directory", str(folder)] + [word for name in files for word in ("--file", name)]


def compose(folder: pathlib.Path, *words: str, check: bool = True) -> str:
    """Run docker compose in a stack's directory; its output, or StackError."""
    done = subprocess.run(
        ["docker", "compose"] + compose_files(folder) + list(words),
        cwd=str(folder),
        env=compose_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode and check:
        raise StackError("docker compose %s failed:\n%s" % (words[0], done.stderr.decode("utf-8", "replace").strip()))
    return done.stdout.decode("utf-8", "replace")


def docker(*words: str) -> str:
    """Run docker; its output, or StackError."""
    done = subprocess.run(["docker"] + list(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise StackError("docker %s failed: %s" % (words[0], done.stderr.decode("utf-8", "replace").strip()))
    return done.stdout.decode("utf-8", "replace")


def containers(name: str) -> list:
    """What `docker inspect` says about all containers of a Compose project, in any state."""
    ids = docker("ps", "--all", "--quiet", "--filter", "label=com.docker.compose.project=" + name).split()
    return json.loads(docker("inspect", *ids)) if ids else []


def service_of(container: dict) -> str:
    """The Compose service of an inspected container."""
    return container["Config"]["Labels"].get("com.docker.compose.service", "")


def address_of(container: dict) -> str:
    """The address of an inspected container on its Compose network; empty while it has none."""
    for network in container["NetworkSettings"]["Networks"].values():
        if network.get("IPAddress"):
            return network["IPAddress"]
    return ""


# ----------------------------------------------------------------------------------- project
def marker(folder: pathlib.Path) -> dict:
    """What `up` recorded about a stack; StackError when the directory is no stack of ours."""
    try:
        return json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except OSError:
        raise StackError("%s is no directory that `stack.py up` made" % folder) from None


def free_port() -> int:
    """A TCP port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_is_free(port: int) -> bool:
    """Whether a TCP port of the loopback address can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def write_private(path: pathlib.Path, text: str) -> None:
    """Write a file that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    descriptor = os.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)


def random_password() -> str:
    """A password; no character of it means anything in YAML, a shell, a URL or redis.conf."""
    return secrets.token_urlsafe(24).replace("-", "x").replace("_", "y")


def image_of(version: str, shape: str) -> str:
    """The image of LiteLLM, without our prefix: that with a database for the shapes that need one."""
    name = "litellm:" + version
    if shape in (LIVE, "database") and not version.endswith("-database"):
        name += "-database"
    if name not in images.IMAGES:
        raise StackError("there is no image with a database of LiteLLM %s; the shape %s needs one" % (version, shape))
    return name


def lay_live_shape(folder: pathlib.Path) -> None:
    """Make the project directory one of several Compose files, with a Redis that knows users."""
    (folder / "compose.yml").unlink()
    shutil.copytree(str(images.HERE / LIVE), str(folder), dirs_exist_ok=True)
    write_private(folder / "secrets" / "redis_operator_password", random_password())
    write_private(folder / "secrets" / "litellm_salt_key", "sk-" + secrets.token_hex(20))
    lines = []
    for user, file, rights in LIVE_REDIS_USERS:
        digest = hashlib.sha256((folder / "secrets" / file).read_bytes().rstrip(b"\n")).hexdigest()
        lines.append("user %s on #%s %s\n" % (user, digest, rights))
    # Redis reads it as its own user; there are digests of passwords in it, and no password.
    path = folder / "conf" / "redis" / "users.acl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(lines), encoding="utf-8")


def inventory(folder: pathlib.Path, name: str) -> str:
    """An inventory that names the stack as the only host of the group litellm."""
    return "\n".join(
        [
            "---",
            "litellm:",
            "  hosts:",
            "    %s:" % name,
            "  vars:",
            "    ansible_connection: local",
            '    ansible_python_interpreter: "{{ ansible_playbook_python }}"',
            "    litellm_cache_project_dir: %s" % json.dumps(str(folder)),
            "    litellm_cache_state_dir: %s" % json.dumps(str(folder / "state")),
            "    litellm_cache_redis_password_env: REDIS_PASSWORD",
            "",
        ]
    )


def create(
    folder: pathlib.Path, name: str, version: str, shape: str, port: int, password: str, server: str = SERVERS[0]
) -> None:
    """Write a complete project directory; existing files are never overwritten. An empty password means a random one."""
    if folder.exists() and any(folder.iterdir()):
        raise StackError("%s exists and is not empty" % folder)
    entrypoint_shape, override, more = SHAPES[shape]
    others = {one["Config"]["Labels"].get("com.docker.compose.project.working_dir") for one in containers(name)} - {
        str(folder)
    }
    if others:
        raise StackError("there is a Compose project %s already, in %s" % (name, ", ".join(sorted(map(str, others)))))
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(str(TEMPLATE), str(folder), dirs_exist_ok=True)
    settings = {
        "COMPOSE_PROJECT_NAME": name,
        "LITELLM_IMAGE": images.PREFIX + image_of(version, shape),
        "LITELLM_PORT": str(port),
        "REDIS_IMAGE": images.PREFIX + server,
        "LITELLM_ENTRYPOINT_SHAPE": entrypoint_shape,
    }
    settings.update(more)
    (folder / ".env").write_text("".join("%s=%s\n" % pair for pair in settings.items()), encoding="utf-8")
    if override:
        (folder / "compose.override.yml").write_text(override, encoding="utf-8")
    password = password or random_password()
    write_private(folder / "secrets" / "redis_password", password)
    write_private(folder / "secrets" / "litellm_master_key", "sk-" + secrets.token_hex(20))
    if shape == LIVE:
        lay_live_shape(folder)
    config = folder / "conf" / "litellm" / "config.yaml"
    quoted = json.dumps(password, ensure_ascii=False)[1:-1]
    config.write_text(config.read_text(encoding="utf-8").replace("@REDIS_PASSWORD@", quoted), encoding="utf-8")
    (folder / "inventory.yml").write_text(inventory(folder, name), encoding="utf-8")
    record = {"name": name, "version": version, "shape": shape, "port": None if shape == "scaled" else port}
    (folder / MARKER).write_text(json.dumps(record), encoding="utf-8")


# ------------------------------------------------------------------------------------- verbs
def answers(url: str) -> bool:
    """Whether a URL is answered with 200 within two seconds. No proxy of the environment is used."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return response.status == 200
    except OSError:
        return False


def wait(folder: pathlib.Path) -> float:
    """Wait until every instance, and the published port, answers; returns the seconds it took."""
    record = marker(folder)
    started = time.monotonic()
    silent = ["no instance"]
    while time.monotonic() - started < READY_TIMEOUT:
        running = [one for one in containers(record["name"]) if service_of(one) == "litellm"]
        silent = [
            one["Name"].lstrip("/")
            for one in running
            if not (address_of(one) and answers("http://%s:4000/health/liveliness" % address_of(one)))
        ] or ([] if running else ["no instance"])
        if not silent and record["port"] and not answers("http://127.0.0.1:%d/health/liveliness" % record["port"]):
            silent = ["port %d" % record["port"]]
        if not silent:
            return time.monotonic() - started
        time.sleep(POLL_INTERVAL)
    print(compose(folder, "ps", "--all", check=False), file=sys.stderr)
    print(compose(folder, "logs", "--tail", "60", "litellm", check=False), file=sys.stderr)
    raise StackError("after %.0f s there is no answer from: %s" % (READY_TIMEOUT, ", ".join(silent)))


def add_models(folder: pathlib.Path) -> None:
    """Add the models that live in the database, as an administrator does, unless they are there."""
    if marker(folder)["shape"] != LIVE:
        return
    base = "http://%s:4000" % address_of(one_container(folder, "litellm"))
    key = (folder / "secrets" / "litellm_master_key").read_text(encoding="utf-8").strip()
    served = [model["id"] for model in fetch(base + "/v1/models", key=key)[0]["data"]]
    for model in LIVE_MODELS:
        if model["model_name"] not in served:
            fetch(base + "/model/new", model, key)


def information(folder: pathlib.Path) -> dict:
    """Everything that a test needs to talk to a stack. Paths of secrets, never secrets."""
    record = marker(folder)
    found = containers(record["name"])
    return dict(
        record,
        directory=str(folder),
        config=str(folder / "conf" / "litellm" / "config.yaml"),
        inventory=str(folder / "inventory.yml"),
        master_key_file=str(folder / "secrets" / "litellm_master_key"),
        redis_password_file=str(folder / "secrets" / "redis_password"),
        containers=[
            {
                "name": one["Name"].lstrip("/"),
                "service": service_of(one),
                "state": one["State"]["Status"],
                "address": address_of(one),
            }
            for one in sorted(found, key=lambda one: one["Name"])
        ],
    )


def one_container(folder: pathlib.Path, service: str, number: int = 1) -> dict:
    """The running container of a service (the first, or another one of several)."""
    found = sorted(
        (one for one in containers(marker(folder)["name"]) if service_of(one) == service and address_of(one)),
        key=lambda one: one["Name"],
    )
    if len(found) < number:
        raise StackError("container %d of the service %s does not run" % (number, service))
    return found[number - 1]


def fetch(url: str, content: Optional[dict] = None, key: str = "") -> tuple:
    """GET, or POST of a JSON document; returns (decoded body, headers). HTTP errors are StackErrors."""
    request = urllib.request.Request(url, headers={"Content-Type": "application/json"})
    if content is not None:
        request.data = json.dumps(content).encode()
    if key:
        request.add_header("Authorization", "Bearer " + key)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=90) as response:
            return json.loads(response.read()), response.headers
    except OSError as error:
        raise StackError("%s: %s" % (url, error)) from None


def ask(folder: pathlib.Path, text: str, model: str, instance: int) -> dict:
    """One chat request to one instance."""
    address = address_of(one_container(folder, "litellm", instance))
    key = (folder / "secrets" / "litellm_master_key").read_text(encoding="utf-8").strip()
    started = time.monotonic()
    body, headers = fetch(
        "http://%s:4000/v1/chat/completions" % address,
        {"model": model, "messages": [{"role": "user", "content": text}]},
        key,
    )
    return {
        "id": body["id"],
        "answer": body["choices"][0]["message"]["content"],
        "seconds": round(time.monotonic() - started, 4),
        # LiteLLM adds this header only when some cache answered; it does not say which one.
        "cached": headers.get("x-litellm-cache-key") is not None,
    }


def calls(folder: pathlib.Path) -> dict:
    """The counters of the upstream."""
    return fetch("http://%s:8000/calls" % address_of(one_container(folder, "upstream")))[0]


def cache_type(folder: pathlib.Path) -> str:
    """Type of the cache that the running proxy reports; empty where it has none."""
    key = (folder / "secrets" / "litellm_master_key").read_text(encoding="utf-8").strip()
    cache = fetch("http://%s:4000/health/readiness" % address_of(one_container(folder, "litellm")), key=key)[0]["cache"]
    return str(cache.get("type") if isinstance(cache, dict) else cache or "")


def redis_cli(folder: pathlib.Path, words: list) -> str:
    """The output of redis-cli, run in the Redis container with the password of its own secret."""
    script = 'REDISCLI_AUTH="$(cat /run/secrets/redis_password)" exec "$(command -v redis-cli || command -v valkey-cli)" "$@"'
    return docker("exec", one_container(folder, "redis")["Id"], "sh", "-c", script, "redis-cli", *words)


def up(options: argparse.Namespace) -> None:
    """Create the stack unless it exists, build its images, start it and wait for it."""
    folder = options.directory
    if options.port is not None and not port_is_free(options.port) and not (folder / MARKER).exists():
        raise StackError("port %d is in use; choose another one with --port" % options.port)
    ends = {"oldest": images.oldest_version(), "newest": images.newest_version()}
    version = ends.get(options.version, options.version)
    if (folder / MARKER).exists():
        say("%s exists already; starting what is stopped" % folder)
        version, shape = marker(folder)["version"], marker(folder)["shape"]
    else:
        shape = options.shape
        given = options.redis_password_file
        password = given.read_text(encoding="utf-8") if given else ""
        create(folder, options.name, version, shape, options.port or free_port(), password, options.redis)
    images.build([options.redis, "upstream:1", image_of(version, shape)])
    compose(folder, "up", "--detach", "--no-build", "--pull", "never")
    if options.no_wait:
        return
    seconds = wait(folder)
    add_models(folder)
    record = marker(folder)
    where = "http://127.0.0.1:%d" % record["port"] if record["port"] else "no published port"
    say("%s (LiteLLM %s, %s) answers after %.1f s; %s" % (record["name"], version, record["shape"], seconds, where))


def down(folder: pathlib.Path) -> None:
    """Remove a stack wholly. Nothing to do is no error."""
    if folder.exists():
        name = marker(folder)["name"]
    else:
        # Somebody removed the directory first.
        label = "label=com.docker.compose.project.working_dir=%s" % folder
        form = '{{.Label "com.docker.compose.project"}}'
        names = set(docker("ps", "--all", "--filter", label, "--format", form).split())
        if not names:
            say("there is no %s" % folder)
            return
        name = names.pop()
    # By name, without the Compose file: a test may have broken it.
    subprocess.run(
        ["docker", "compose", "--progress", "quiet", "--project-name", name]
        + ["down", "--volumes", "--remove-orphans", "--timeout", "3"],
        cwd="/",
        env=compose_environment(),
        check=True,
    )
    shutil.rmtree(str(folder), ignore_errors=not folder.exists())
    say("removed %s and %s" % (name, folder))


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Throw-away deployments of LiteLLM.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("up", "wait", "info", "logs", "ask", "cache", "calls", "redis", "compose", "down"):
        command = verbs.add_parser(verb)
        command.add_argument("directory", type=lambda text: pathlib.Path(text).absolute())
        if verb == "logs":
            command.add_argument("service", nargs="?", default="litellm")
        if verb == "ask":
            command.add_argument("--text", default="Hello")
            command.add_argument("--model", default="test-chat")
            command.add_argument("--instance", type=int, default=1)
        if verb in ("redis", "compose"):
            command.add_argument("words", nargs=argparse.REMAINDER)
        if verb == "up":
            versions = [
                *images.LITELLM,
                *images.VARIANTS,
                *(one + "-database" for one in images.WITH_DATABASE),
                "oldest",
                "newest",
            ]
            command.add_argument("--version", default="1.80.0", choices=versions)
            command.add_argument("--redis", default=SERVERS[0], choices=SERVERS, help="image of the Redis service")
            command.add_argument("--shape", default="exec", choices=list(SHAPES))
            command.add_argument("--name", default="erni-ki", help="Compose project name")
            command.add_argument("--port", type=int, help="published on the loopback address (default: a free one)")
            command.add_argument(
                "--redis-password-file", type=pathlib.Path, help="password of Redis (default: a random one)"
            )
            command.add_argument("--no-wait", action="store_true", help="return as soon as the containers are started")
    options = parser.parse_args()
    try:
        if options.verb == "up":
            up(options)
        elif options.verb == "wait":
            seconds = wait(options.directory)
            add_models(options.directory)
            say("every instance answers (waited %.1f s)" % seconds)
        elif options.verb == "info":
            print(json.dumps(information(options.directory), indent=2))
        elif options.verb == "logs":
            # Compose clears the line that it writes on, terminal or not.
            print(compose(options.directory, "logs", "--no-color", options.service).replace("\x1b[2K", ""))
        elif options.verb == "ask":
            print(json.dumps(ask(options.directory, options.text, options.model, options.instance)))
        elif options.verb == "cache":
            print(cache_type(options.directory))
        elif options.verb == "calls":
            print(json.dumps(calls(options.directory)))
        elif options.verb == "redis":
            print(redis_cli(options.directory, options.words), end="")
        elif options.verb == "compose":
            print(compose(options.directory, *options.words), end="")
        else:
            down(options.directory)
    except (StackError, images.BedError, subprocess.CalledProcessError) as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
