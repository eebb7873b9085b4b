# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An execution environment is built from its example, and ansible-navigator runs with its own; both have the built artifact."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.test_prepare_host import as_this_machine_reaches_an_index

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
IMAGES = ROOT / "tests" / "stack" / "images.py"
TOOLS = Path(sys.executable).parent
ARCHIVE = "erni_ki-litellm.tar.gz"
#: What stands for the base image of the example, which no test can pull: of the packages of the same Debian.
BASE = "erni-ki-test/base:trixie"
SOCKET = "/var/run/docker.sock"
#: Codes of a terminal, in which ansible-runner hides what it tells its caller.
_CODES = re.compile(r"\x1b\[K[A-Za-z0-9+/=]+\x1b\[\d+D|\x1b\[[\d;]*[A-Za-z]")


def run(*words: str, folder: Path, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a tool as somebody does who has none of this checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"PATH": f"{TOOLS}:{os.environ['PATH']}", "HOME": str(folder), "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        list(words),
        cwd=folder,
        env=environment | variables,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert not check or done.returncode == 0, done.stdout
    return done


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the two examples, the artifact, and an inventory."""
    folder = tmp_path_factory.mktemp("execution_environment")
    for name in ("execution-environment.yml", "ansible-navigator.yml"):
        shutil.copy2(EXAMPLES / name, folder)
    listed = ["git", "ls-files", "-co", "--exclude-standard", "--", ".", ":!collections", ":!examples/awx-project"]
    names = subprocess.run([*listed, ":!examples/reuse"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(lambda name: (ROOT / name).is_file(), names.splitlines()):
        (folder / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / "tree" / name)
    run("ansible-galaxy", "collection", "build", "--output-path", ".", "tree", folder=folder)
    (built,) = folder.glob("erni_ki-litellm-*.tar.gz")
    built.rename(folder / ARCHIVE)
    host = {"ansible_connection": "local", "litellm_cache_project_dir": "/opt/erni-ki"}
    inventory = {
        "litellm": {"hosts": {"here": {**host, "ansible_python_interpreter": "{{ ansible_playbook_python }}"}}}
    }
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def installed(place: Path) -> Path:
    """Where the artifact is installed."""
    words = ("--offline", "--collections-path", "collections")
    run(
        "ansible-galaxy", "collection", "install", *words, ARCHIVE, folder=place, ANSIBLE_COLLECTIONS_PATH="collections"
    )
    return place / "collections"


def navigated(done: subprocess.CompletedProcess[str]) -> str:
    """What somebody reads of a run."""
    return _CODES.sub("", done.stdout).replace("\r\n", "\n")


def test_the_collection_says_what_it_needs(installed: Path, place: Path) -> None:
    files = ("--write-pip", "pip.txt", "--write-bindep", "bindep.txt")
    run("ansible-builder", "introspect", *files, str(installed), folder=place)
    written = {name: (place / name).read_text(encoding="utf-8").splitlines() for name in ("pip.txt", "bindep.txt")}
    needed = {name: sorted(line.partition("#")[0].strip() for line in lines if line) for name, lines in written.items()}
    assert needed == {
        "pip.txt": ["redis>=4.3"],  # ansible-builder leaves PyYAML out, which comes with ansible-core
        "bindep.txt": ["openssh-client [platform:dpkg]", "openssh-clients [platform:rpm]"],
    }


def test_the_context_is_what_is_expected(place: Path) -> None:
    run("ansible-builder", "create", "--output-filename", "Dockerfile", "--context", "created", folder=place)
    made = {str(path.relative_to(place / "created")) for path in (place / "created").rglob("*") if path.is_file()}
    assert made - {name for name in made if name.startswith("_build/scripts/")} == {
        "Dockerfile",
        "_build/requirements.yml",
        f"_build/collections/{ARCHIVE}",
    }
    required = yaml.safe_load((place / "created" / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert required == {"collections": [{"name": f"/build/collections/{ARCHIVE}", "type": "file"}]}
    assert (place / "created" / "_build" / "collections" / ARCHIVE).read_bytes() == (place / ARCHIVE).read_bytes()
    recipe = (place / "created" / "Dockerfile").read_text(encoding="utf-8")
    assert 'ARG EE_BASE_IMAGE="docker.io/library/debian:trixie-slim"' in recipe
    assert recipe.count("RUN apt-get update") == 1


def test_navigator_runs_a_playbook_with_its_example(installed: Path, place: Path) -> None:
    words = ("ansible-navigator", "run", "erni_ki.litellm.prepare_host", "-i", "inventory.yml")
    done = run(*words, "--execution-environment", "false", folder=place, ANSIBLE_COLLECTIONS_PATH=str(installed))
    assert "UNCHANGED  " in navigated(done) and re.search(r"(?m)^ok +redis-py +\d", navigated(done))
    assert not list(place.glob("*artifact*"))


def stages_of(base: str) -> list[str]:
    """Images without a name that were made from an image: the stages of a build, which Docker keeps."""
    listed = ["docker", "image", "ls", "--quiet", "--filter", "dangling=true"]
    ids = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
    told = subprocess.run(
        ["docker", "image", "inspect", base, *ids], check=False, capture_output=True, text=True
    ).stdout
    of_base, *others = (image["RootFS"]["Layers"] for image in json.loads(told))
    return [name for name, layers in zip(ids, others) if layers[: len(of_base)] == of_base]


@pytest.fixture(scope="session")
def image(place: Path) -> Iterator[str]:
    """The execution environment of the example, on another base, from the index that pip is set up for here."""
    subprocess.run([sys.executable, str(IMAGES), "build", BASE.partition("/")[2]], check=True)
    name, base = f"erni-ki-ee-{os.getpid()}", f"erni-ki-ee-base:{os.getpid()}"
    made = subprocess.run(["docker", "create", BASE], check=True, capture_output=True, text=True).stdout.strip()
    try:
        for option in as_this_machine_reaches_an_index(place):
            source, target = option.partition("=")[2].split(":")[:2]
            subprocess.run(["docker", "cp", "--follow-link", source, f"{made}:{target}"], check=True)
        subprocess.run(["docker", "commit", made, base], check=True)
        definition: dict[str, Any] = yaml.safe_load((place / "execution-environment.yml").read_text(encoding="utf-8"))
        definition["images"]["base_image"]["name"] = base
        (place / "here.yml").write_text(json.dumps(definition), encoding="utf-8")
        words = ("-f", "here.yml", "-t", name, "--container-runtime", "docker", "--extra-build-cli-args=--network=host")
        run("ansible-builder", "build", *words, folder=place)
        yield name
    finally:
        subprocess.run(["docker", "rm", made], check=True)
        subprocess.run(["docker", "image", "rm", "--force", name, *stages_of(base), base], check=True)


@pytest.mark.rest
def test_an_execution_environment_is_built_and_has_all_that_the_modules_need(image: str, place: Path) -> None:
    words = ("ansible-navigator", "run", "erni_ki.litellm.prepare_host", "-i", "inventory.yml", "--eei", image)
    mount = ("--pull-policy", "never", "--execution-environment-volume-mounts", f"{SOCKET}:{SOCKET}")
    told = navigated(run(*words, *mount, folder=place))
    assert "UNCHANGED  Debian GNU/Linux 13" in told
    for what in ("PyYAML", "redis-py", "Docker Engine", "rights"):
        assert re.search(rf"(?m)^ok +{what} ", told), told
    assert re.search("(?m)^note +guard +would end with the run: a switch is refused here", told)


@pytest.mark.rest
def test_documents_are_read_out_of_it_and_ssh_is_in_it(image: str, place: Path) -> None:
    words = ("--eei", image, "--pull-policy", "never")
    told = navigated(run("ansible-navigator", "doc", "erni_ki.litellm.litellm_cache_mode", *words, folder=place))
    assert "litellm_cache_mode" in told and "EXAMPLES" in told
    assert run("docker", "run", "--rm", image, "ssh", "-V", folder=place).stdout.startswith("OpenSSH")
