# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the container images of the test bed, without any container registry.

Standard library only, Python 3.9 or newer. Every image carries a label with the key of its recipe
(a hash over its table entry, the files that it takes in and its parent's key): an image whose label
has the wanted key is left alone, so a call with nothing to do takes well under two seconds.

Nothing here needs the network inside a container: Debian's packages come through mmdebstrap and
Python's through uv, both on the host; they are copied into a stopped container that is committed.

To add a version of LiteLLM: one line in LITELLM, then `images.py lock VERSION`. To add anything
else: one entry in IMAGES.

Usage:
    images.py build [NAME ...]     build what is missing (default: the images that stacks need)
    images.py list                 names, tags and whether they are built
    images.py lock VERSION ...     pin everything a LiteLLM version installs: locks/litellm-VERSION.txt
    images.py newest               the newest version of the table
"""

from __future__ import annotations

import argparse
import configparser
import dataclasses
import fcntl
import hashlib
import io
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
from typing import Optional

HERE = pathlib.Path(__file__).resolve().parent
# Elsewhere for those who have this by the collection erni_ki.litellm_testing.
CACHE = pathlib.Path(os.environ.get("ERNI_KI_TEST_CACHE") or HERE.parent.parent / ".cache")
PREFIX = "erni-ki-test/"
KEY_LABEL = "org.erni-ki.test.recipe"
UV_VERSION = "0.13.9"
# Changes of the building code below that change what an image holds.
BUILDER_GENERATION = 1


class BedError(Exception):
    """The test bed cannot be built; str(error) says why in one sentence."""


# --------------------------------------------------------------------------------- the tables
@dataclasses.dataclass(frozen=True)
class Debian:
    """A Debian root file system made by mmdebstrap."""

    suite: str
    packages: tuple


@dataclasses.dataclass(frozen=True)
class LiteLLM:
    """What distinguishes one LiteLLM image from the others.

    `redis` is the version of redis-py to pin, None takes what the package's own metadata resolves to, as
    pip does; `python` is that of the image, one of PYTHONS. Which of both the official images hold, and
    how that is known, stands in docs/compatibility.md. `extras` are further requirements, `overrides`
    replace requirements of packages. An image on demand is built when it is named: the matrix needs it,
    the other tests do not.
    """

    redis: Optional[str] = None
    python: str = "3.11"
    extras: tuple = ()
    overrides: tuple = ()
    on_demand: bool = True


@dataclasses.dataclass(frozen=True)
class Image:
    """One image: a root file system of its own, or a parent with something laid over it.

    `files` maps paths in the image to files below tests/stack; `site` names the lock file of
    the Python packages to install; `patches` are (path in the image's site, old text, new text),
    where the old text must occur exactly once.
    """

    debian: Optional[Debian] = None
    parent: Optional[str] = None
    files: tuple = ()
    site: Optional[str] = None
    patches: tuple = ()
    command: tuple = ("sleep", "infinity")
    python: str = "3.11"
    needed_by_stacks: bool = True


# The Debian that has a Python: base images of LiteLLM.
PYTHONS = {"3.11": "base:bookworm", "3.13": "base:trixie"}
# From 1.107 the extra `proxy` pins packages of LiteLLM's own to versions that no index has. The first of them
# is not needed (a marker that is never true leaves it out), the others work in the versions that there are.
UNPUBLISHED = ("litellm-proxy ; sys_platform == 'never'", "litellm-proxy-extras", "litellm-enterprise")
# Oldest first. From 1.84 the official images hold redis-py 5.3.1, which another package of theirs asks for;
# 1.106.2 has what pip installs, redis-py 8.
LITELLM = {
    "1.77.7": LiteLLM(redis="5.2.1", on_demand=False),
    "1.79.3": LiteLLM(redis="5.2.1"),
    "1.80.0": LiteLLM(redis="5.2.1", on_demand=False),
    "1.80.5": LiteLLM(redis="5.2.1"),
    "1.81.0": LiteLLM(redis="5.2.1"),
    "1.83.14": LiteLLM(redis="5.2.1"),
    "1.93.0": LiteLLM(redis="5.3.1", python="3.13"),
    "1.99.4": LiteLLM(),
    "1.106.2": LiteLLM(),
    "1.110.2": LiteLLM(redis="5.3.1", python="3.13", overrides=UNPUBLISHED, on_demand=False),
}

# A version that is not in the table, tried with what the newest one has; `project.sh newest` sets it.
TRIED = os.environ.get("ERNI_KI_TRIED_LITELLM", "")
if TRIED:
    LITELLM.setdefault(TRIED, dataclasses.replace(list(LITELLM.values())[-1], on_demand=True))

# LiteLLM with one thing changed, said in the tag: (parent, patches, on demand).
VARIANTS = {
    # Stands for the image v1.80.0.rc.1: whatever is configured, its client waits 5 s.
    "1.80.0-fixed-socket-timeout": (
        "1.80.0",
        (
            (
                "litellm/_redis.py",
                '    # litellm.print_verbose(f"redis_kwargs: {redis_kwargs}")\n    return redis_kwargs',
                '    redis_kwargs["socket_timeout"] = 5.0\n    return redis_kwargs',
            ),
        ),
        True,
    ),
    # LiteLLM keeps its async clients for 600 s; what happens afterwards shows here within seconds.
    "1.80.5-short-client-life": (
        "1.80.5",
        (
            (
                "litellm/caching/redis_cache.py",
                'key="async-redis-client", value=redis_async_client\n',
                'key="async-redis-client", value=redis_async_client, ttl=2\n',
            ),
        ),
        False,
    ),
}

# Versions that there are images with a database of; the first is that of the runbook.
WITH_DATABASE = ("1.80.0", "1.106.2")

HOST_PACKAGES = (
    "ca-certificates",
    "python3",
    "python3-yaml",
    "python3-ruamel.yaml",
    "python3-redis",
    "python3-docker",
)
IMAGES = {
    "base:bookworm": Image(
        debian=Debian("bookworm", ("ca-certificates", "python3", "redis-server", "iputils-ping")),
    ),
    "base:trixie": Image(
        debian=Debian("trixie", ("ca-certificates", "python3", "redis-server", "iputils-ping")),
    ),
    # A host whose packages are too old for the collection, and on which its modules still run.
    "base:bullseye": Image(debian=Debian("bullseye", ("ca-certificates", "python3")), needed_by_stacks=False),
    # A managed host: what a Debian 12 server has, and the Python packages that the collection asks for.
    "host:bookworm": Image(debian=Debian("bookworm", HOST_PACKAGES), needed_by_stacks=False),
    # The same with systemd as process 1.
    "systemd-host:bookworm": Image(
        debian=Debian("bookworm", (*HOST_PACKAGES, "systemd", "systemd-sysv", "dbus")),
        command=("/sbin/init",),
        needed_by_stacks=False,
    ),
    "redis:7.0": Image(parent="base:bookworm", command=("redis-server",)),
    "redis:6.0": Image(debian=Debian("bullseye", ("redis-server",)), command=("redis-server",), needed_by_stacks=False),
    "redis:8.0": Image(debian=Debian("trixie", ("redis-server",)), command=("redis-server",), needed_by_stacks=False),
    "valkey:8.1": Image(
        debian=Debian("trixie", ("valkey-server",)), command=("valkey-server",), needed_by_stacks=False
    ),
    "postgres:15": Image(
        debian=Debian("bookworm", ("ca-certificates", "python3", "python3-psycopg2", "postgresql")),
        needed_by_stacks=False,
    ),
    # What stands before several instances, and what HAProxy is told through.
    "balancers:bookworm": Image(
        debian=Debian("bookworm", ("ca-certificates", "python3", "nginx-light", "haproxy", "socat")),
        needed_by_stacks=False,
    ),
    # A registry, for images that are really pulled.
    "registry:bookworm": Image(
        debian=Debian("bookworm", ("ca-certificates", "docker-registry")),
        command=("docker-registry", "serve", "/etc/docker/registry/config.yml"),
        needed_by_stacks=False,
    ),
    # It is taken out of there: a clock that is off.
    "faketime:bookworm": Image(debian=Debian("bookworm", ("libfaketime",)), needed_by_stacks=False),
    "upstream:1": Image(
        parent="base:bookworm",
        files=(("/usr/local/bin/upstream", "upstream/server.py"),),
        command=("/usr/bin/python3", "-u", "/usr/local/bin/upstream"),
    ),
}
for _version, _litellm in LITELLM.items():
    IMAGES["litellm:" + _version] = Image(
        parent=PYTHONS[_litellm.python],
        python=_litellm.python,
        site="locks/litellm-%s.txt" % _version,
        command=("litellm", "--port", "4000"),
        needed_by_stacks=not _litellm.on_demand,
    )
# LiteLLM with a database: see database/prisma.py.
for _version in WITH_DATABASE:
    IMAGES["litellm:%s-database" % _version] = Image(
        parent="postgres:15",
        site="locks/litellm-%s.txt" % _version,
        files=(
            ("/usr/local/lib/python3.11/dist-packages/prisma/__init__.py", "database/prisma.py"),
            ("/usr/local/bin/postgres-stack", "database/postgres.sh"),
        ),
        command=("litellm", "--port", "4000"),
        needed_by_stacks=_version == WITH_DATABASE[0],
    )
for _variant, (_parent, _patches, _on_demand) in VARIANTS.items():
    IMAGES["litellm:" + _variant] = Image(
        parent="litellm:" + _parent,
        python=LITELLM[_parent].python,
        patches=_patches,
        command=("litellm", "--port", "4000"),
        needed_by_stacks=not _on_demand,
    )


def newest_version() -> str:
    """The newest LiteLLM version that the table has."""
    return list(LITELLM)[-1]


def oldest_version() -> str:
    """The oldest LiteLLM version that the table has."""
    return next(iter(LITELLM))


# -------------------------------------------------------------------------------------- helpers
def say(text: str) -> None:
    """One line for the person who watches."""
    print("images: " + text, file=sys.stderr, flush=True)


def run(*command: str, **options) -> str:
    """Run a command and return its standard output; BedError with its last lines when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **options)
    if done.returncode:
        tail = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()[-12:]
        raise BedError("%s failed (exit code %d):\n%s" % (" ".join(command[:4]), done.returncode, "\n".join(tail)))
    return done.stdout.decode("utf-8", "replace")


def recipe_key(name: str) -> str:
    """The key of an image's recipe: everything that decides what the image holds."""
    image = IMAGES[name]
    recipe = dataclasses.asdict(image)
    del recipe["needed_by_stacks"]
    inputs = [entry[1] for entry in image.files] + ([image.site] if image.site else [])
    recipe["inputs"] = {path: hashlib.sha256((HERE / path).read_bytes()).hexdigest() for path in inputs}
    recipe["parent_key"] = recipe_key(image.parent) if image.parent else None
    recipe["generation"] = BUILDER_GENERATION
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:32]


def built_keys(names: list) -> dict:
    """For each of our tags that exists: its recipe key and its image id, from one call."""
    done = subprocess.run(
        ["docker", "image", "inspect"] + [PREFIX + name for name in names],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    found = {}
    for entry in json.loads(done.stdout or b"[]"):
        key = (entry["Config"].get("Labels") or {}).get(KEY_LABEL)
        for tag in entry.get("RepoTags") or []:
            found[tag] = (key, entry["Id"])
    return found


def label_changes(name: str, key: str) -> list:
    """The --change options of docker import and docker commit for one image."""
    image = IMAGES[name]
    changes = ["LABEL %s=%s" % (KEY_LABEL, key), "CMD " + json.dumps(image.command), "ENTRYPOINT []"]
    return [part for change in changes for part in ("--change", change)]


# ------------------------------------------------------------------------- root file systems
def debian_mirror() -> str:
    """The Debian mirror of this machine, or Debian's own."""
    try:
        uris = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").split()
    except (OSError, BedError):
        uris = []
    for uri in uris:
        if uri.rstrip("/").endswith("/debian"):
            return uri.rstrip("/")
    return "http://deb.debian.org/debian"


def build_debian(name: str, key: str) -> None:
    """Make a root file system with mmdebstrap and import it as an image."""
    debian = IMAGES[name].debian
    if not shutil.which("mmdebstrap"):
        raise BedError("mmdebstrap is missing; on Debian or Ubuntu tests/stack/engine.sh installs it")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        archive = os.path.join(folder, "root.tar")
        run(
            "mmdebstrap",
            "--variant=minbase",
            "--mode=root",
            "--include=" + ",".join(debian.packages),
            "--dpkgopt=path-exclude=/usr/share/doc/*",
            "--dpkgopt=path-exclude=/usr/share/man/*",
            "--dpkgopt=path-exclude=/usr/share/locale/*",
            '--aptopt=Acquire::Languages "none"',
            debian.suite,
            archive,
            debian_mirror(),
        )
        run("docker", "import", *label_changes(name, key), archive, PREFIX + name)


# --------------------------------------------------------------------------- Python packages
def uv() -> list:
    """The start of a uv command line; uv lives in a virtual environment of the test bed."""
    folder = CACHE / "bed-venv"
    program = folder / "bin" / "uv"
    stamp = folder / ("uv-" + UV_VERSION)
    if not stamp.exists():
        venv.create(str(folder), with_pip=True, clear=True)
        run(
            str(folder / "bin" / "python"),
            "-m",
            "pip",
            "-q",
            "--disable-pip-version-check",
            "install",
            "uv==" + UV_VERSION,
        )
        stamp.touch()
    return [str(program), "--no-config"]


def uv_target(python: str) -> list:
    """Options that make uv resolve for the Python of an image, whatever the host has."""
    return [
        "--quiet",
        "--python",
        str(CACHE / "bed-venv" / "bin" / "python"),
        "--python-version",
        python,
        "--python-platform",
        platform.machine() + "-manylinux_2_28",
        "--only-binary",
        ":all:",
    ]


def uv_environment() -> dict:
    """uv must never download an interpreter, and knows nothing of a mirror that pip is told to use."""
    environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never")
    if not environment.get("UV_DEFAULT_INDEX"):
        python = str(CACHE / "bed-venv" / "bin" / "python")
        done = subprocess.run(
            [python, "-m", "pip", "--disable-pip-version-check", "config", "get", "global.index-url"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode == 0 and done.stdout.strip():
            environment["UV_DEFAULT_INDEX"] = done.stdout.decode().strip()
    return environment


def write_lock(version: str) -> None:
    """Pin every package of a LiteLLM version in locks/litellm-VERSION.txt."""
    entry = LITELLM.get(version, LiteLLM())
    wanted = ["litellm[proxy]==" + version] + list(entry.extras)
    if entry.redis:
        wanted.append("redis==" + entry.redis)
    with tempfile.NamedTemporaryFile("w", dir=CACHE, suffix=".txt", encoding="utf-8") as overrides:
        overrides.write("\n".join(entry.overrides) + "\n")
        overrides.flush()
        text = run(
            *uv(),
            "pip",
            "compile",
            "--no-header",
            "--no-annotate",
            *uv_target(entry.python),
            "--overrides",
            overrides.name,
            "-",
            input="\n".join(wanted).encode(),
            env=uv_environment(),
        )
    target = HERE / "locks" / ("litellm-%s.txt" % version)
    target.write_text(
        "# Written by tests/stack/images.py lock %s\n# Wanted: %s\n%s%s"
        % (version, " ".join(wanted), "".join("# Override: %s\n" % line for line in entry.overrides), text),
        encoding="utf-8",
    )
    say("wrote %s" % target.relative_to(HERE))


def launchers(site: pathlib.Path) -> dict:
    """Console launchers as pip writes them, for the interpreter of the image: name to text."""
    found = {}
    for entry_points in sorted(site.glob("*.dist-info/entry_points.txt")):
        parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
        parser.optionxform = str
        parser.read_string(entry_points.read_text(encoding="utf-8"))
        if not parser.has_section("console_scripts"):
            continue
        for name, target in parser.items("console_scripts"):
            module, _colon, function = target.split("[")[0].strip().partition(":")
            found[name] = (
                "#!/usr/bin/python3\n# -*- coding: utf-8 -*-\nimport sys\nfrom %s import %s\n"
                'if __name__ == "__main__":\n    sys.exit(%s())\n' % (module, function.split(".")[0], function)
            )
    return found


def add_text(archive: tarfile.TarFile, path: str, data: bytes, mode: int) -> None:
    """Add one file, owned by root, to a tar stream."""
    member = tarfile.TarInfo(path.lstrip("/"))
    member.size, member.mode, member.mtime = len(data), mode, int(time.time())
    archive.addfile(member, io.BytesIO(data))


def add_site(archive: tarfile.TarFile, image: Image) -> None:
    """Install the locked packages on the host and add them, with their launchers, to the stream."""
    library = "/usr/local/lib/python%s/dist-packages" % image.python
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        site = pathlib.Path(folder) / "site"
        run(
            *uv(),
            "pip",
            "install",
            *uv_target(image.python),
            "--no-deps",
            "--target",
            str(site),
            "--requirement",
            str(HERE / image.site),
            env=uv_environment(),
        )
        shutil.rmtree(site / "bin", ignore_errors=True)

        def owned_by_root(member: tarfile.TarInfo) -> Optional[tarfile.TarInfo]:
            if "__pycache__" in member.name or member.name.endswith("/.lock"):
                return None
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            return member

        archive.add(str(site), library.lstrip("/"), filter=owned_by_root)
        for name, text in sorted(launchers(site).items()):
            add_text(archive, "/usr/local/bin/" + name, text.encode(), 0o755)


def patched(container: str, path: str, old: str, new: str) -> bytes:
    """The bytes of one file of the container with one piece of text replaced; BedError if it is not there once."""
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        copy = pathlib.Path(folder) / "file"
        run("docker", "cp", "%s:%s" % (container, path), str(copy))
        text = copy.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise BedError("the text to patch occurs %d times in %s" % (text.count(old), path))
    return text.replace(old, new).encode()


def build_layer(name: str, key: str) -> None:
    """Lay files and Python packages over the parent image."""
    image = IMAGES[name]
    library = "/usr/local/lib/python%s/dist-packages" % image.python
    # The container's own command compiles the packages: a proxy that has to do that at its first
    # start takes 10 s longer, and one that runs as another user does it at each start.
    compile_all = ["python3", "-m", "compileall", "-q", "-j", "0", library]
    command = compile_all if image.site or image.patches else ["true"]
    container = run("docker", "create", "--network", "none", PREFIX + str(image.parent), *command).strip()
    try:
        # Before the copy below: Docker does not copy out of a container that it copies into.
        changed = [(path, patched(container, f"{library}/{path}", old, new)) for path, old, new in image.patches]
        with subprocess.Popen(["docker", "cp", "-", container + ":/"], stdin=subprocess.PIPE) as copy:
            with tarfile.open(fileobj=copy.stdin, mode="w|") as archive:
                for path, source in image.files:
                    add_text(archive, path, (HERE / source).read_bytes(), 0o755)
                for path, data in changed:
                    add_text(archive, library + "/" + path, data, 0o644)
                if image.site:
                    add_site(archive, image)
        if copy.returncode:
            raise BedError("docker cp failed for %s" % name)
        if command is compile_all:
            # compileall ends with 1 when a package ships files that are no valid Python (templates).
            subprocess.run(
                ["docker", "start", "--attach", container],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        run("docker", "commit", *label_changes(name, key), container, PREFIX + name)
    finally:
        run("docker", "rm", "--force", container)


# ------------------------------------------------------------------------------------- verbs
def with_parents(names: list) -> list:
    """The names and their parents, parents first."""
    ordered: list = []

    def visit(name: str) -> None:
        if name not in IMAGES:
            raise BedError("no such image: %s (there are: %s)" % (name, ", ".join(IMAGES)))
        parent = IMAGES[name].parent
        if parent:
            visit(parent)
        if name not in ordered:
            ordered.append(name)

    for name in names:
        visit(name)
    return ordered


def build(names: list) -> None:
    """Build what is missing among the images and their parents."""
    wanted = with_parents(names or [name for name, image in IMAGES.items() if image.needed_by_stacks])
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "images.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = built_keys(wanted)
        for name in wanted:
            key = recipe_key(name)
            old_key, old_id = before.get(PREFIX + name, (None, None))
            if old_key == key:
                continue
            started = time.monotonic()
            say("building %s%s" % (PREFIX, name))
            if IMAGES[name].debian:
                build_debian(name, key)
            else:
                build_layer(name, key)
            say("built %s%s in %.0f s" % (PREFIX, name, time.monotonic() - started))
            if old_id:
                # Fails while a container or a child image uses it, which does no harm.
                subprocess.run(
                    ["docker", "image", "rm", old_id], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
                )


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Build the images of the test bed.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("build").add_argument("names", nargs="*")
    verbs.add_parser("list")
    verbs.add_parser("newest")
    verbs.add_parser("lock").add_argument("versions", nargs="+")
    options = parser.parse_args()
    try:
        if options.verb == "build":
            build(options.names)
        elif options.verb == "list":
            existing = built_keys(list(IMAGES))
            for name in IMAGES:
                key = existing.get(PREFIX + name, (None,))[0]
                state = "built" if key == recipe_key(name) else ("outdated" if key else "missing")
                print("%-10s%s%s" % (state, PREFIX, name))
        elif options.verb == "newest":
            print(newest_version())
        else:
            for version in options.versions:
                write_lock(version)
    except BedError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
