# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`prepare_host` on hosts that have Python and none of the libraries: containers of the packages of each Debian."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Outcome, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.project.pip_settings import settings_of

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "tests" / "stack" / "images.py"
SOCKET = "/var/run/docker.sock"
PLAYBOOK = "playbooks/prepare_host.yml"
BRING = "Bring the libraries, and look at the rest"
#: With the collection whose connection goes into a container.
WITH_CONNECTION = {"ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "lean")}
VENV = "/opt/erni_ki_litellm/venv"
IMPORTS = "import yaml, redis; print(yaml.__version__, redis.__version__)"


class Host:
    """A managed host in a container."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.inventory = folder / "inventory.yml"
        self._runner = AnsibleRunner(str(self.inventory), folder, Canary({"nothing": "no-secret-is-here"}))
        self.name_interpreter("/usr/bin/python3")

    def name_interpreter(self, path: str) -> None:
        """Write the inventory, as an operator does."""
        variables = {
            "ansible_connection": "community.docker.docker",
            "ansible_python_interpreter": path,
            "litellm_cache_project_dir": "/opt/erni-ki",
        }
        inventory = {"litellm": {"hosts": {self.name: variables}}}
        self.inventory.write_text(yaml.safe_dump(inventory), encoding="utf-8")

    def prepare(self, *words: str, **variables: str) -> Run:
        """Run the playbook."""
        return self._runner.playbook(PLAYBOOK, *words, variables=variables, environment=WITH_CONNECTION)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a program in it."""
        return subprocess.run(["docker", "exec", self.name, *words], check=False, capture_output=True, text=True)

    def imported_by(self, python: str) -> list[str]:
        """Versions of PyYAML and redis-py that a Python imports, empty where it lacks one."""
        return self.run(python, "-c", IMPORTS).stdout.split()

    def packages(self) -> str:
        """What dpkg knows to be installed."""
        return self.run("dpkg-query", "--show").stdout


def as_this_machine_reaches_an_index(folder: Path) -> list[str]:
    """Options of `docker run` by which pip finds in a container the index that it is set up for here.

    What else it is set up for are files of this machine.
    """
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True)
    found = settings_of(listed.stdout.splitlines())["global"]
    kept = {name: found[name] for name in ("index-url", "trusted-host", "proxy", "cert") if name in found}
    options = [f"--volume={kept['cert']}:{kept['cert']}:ro"] if "cert" in kept else []
    lines = ["[global]", *(f"{name} = {value}" for name, value in kept.items()), ""]
    (folder / "pip.conf").write_text("\n".join(lines), encoding="utf-8")
    return [f"--volume={folder}/pip.conf:/etc/pip.conf:ro", *options]


@contextmanager
def host(image: str, folder: Path, *options: str) -> Iterator[Host]:
    """A host of an image, which goes as soon as it is not needed."""
    name = f"erni-ki-host-{os.getpid()}-{image.rpartition(':')[2]}"
    subprocess.run([sys.executable, str(IMAGES), "build", image], check=True)
    start = ["docker", "run", "--detach", "--rm", "--init", "--network=host", f"--name={name}", *options]
    subprocess.run([*start, f"erni-ki-test/{image}", "sleep", "infinity"], check=True, capture_output=True)
    try:
        yield Host(name, folder)
    finally:
        subprocess.run(["docker", "rm", "--force", name], check=True, capture_output=True)


def states(outcome: Outcome) -> dict[str, str]:
    """What was looked at, and the state of each."""
    return {row["what"]: row["state"] for row in outcome["rows"]}


@pytest.mark.parametrize(
    ("image", "versions"),
    [
        pytest.param("base:bookworm", ["6.0", "4.3.4"]),
        pytest.param("base:trixie", ["6.0.2", "6.1.0"], marks=pytest.mark.rest),
    ],
)
def test_packages_of_the_distribution(image: str, versions: list[str], tmp_path: Path) -> None:
    with host(image, tmp_path, f"--volume={SOCKET}:{SOCKET}") as bare:
        before = bare.packages()
        checked = bare.prepare("--check")
        assert checked.code == 0, checked.output
        assert states(checked.of(BRING))["PyYAML"] == "would be installed"
        assert "CHECK  Debian" in checked.output and "packages: python3-yaml, python3-redis" in checked.output
        assert bare.packages() == before

        done = bare.prepare()
        assert done.code == 0, done.output
        assert {name: states(done.of(BRING))[name] for name in ("PyYAML", "redis-py", "Docker Engine", "rights")} == {
            "PyYAML": "installed",
            "redis-py": "installed",
            "Docker Engine": "ok",
            "rights": "ok",
        }
        assert bare.imported_by("/usr/bin/python3") == versions
        assert "python3-pip" not in bare.packages()

        again = bare.prepare()
        assert again.code == 0 and again.changed == [] and "UNCHANGED  Debian" in again.output


@pytest.mark.parametrize(
    "image",
    [
        pytest.param("base:bookworm", marks=pytest.mark.rest),
        pytest.param("base:trixie", marks=pytest.mark.rest),
        "base:bullseye",
    ],
)
def test_a_virtual_environment_that_the_inventory_then_names(image: str, tmp_path: Path) -> None:
    options = as_this_machine_reaches_an_index(tmp_path)
    with host(image, tmp_path, f"--volume={SOCKET}:{SOCKET}", *options) as bare:
        checked = bare.prepare("--check", litellm_cache_prepare_venv=VENV)
        assert checked.code == 0, checked.output
        assert checked.of(BRING)["requirements"] == ["PyYAML>=5.4", "redis>=4.3"]
        assert bare.run("test", "-e", VENV).returncode == 1

        done = bare.prepare(litellm_cache_prepare_venv=VENV)
        assert done.code == 0, done.output
        assert f"    ansible_python_interpreter: {VENV}/bin/python\n" in done.output
        assert len(bare.imported_by(f"{VENV}/bin/python")) == 2
        assert bare.imported_by("/usr/bin/python3") == []

        bare.name_interpreter(f"{VENV}/bin/python")
        again = bare.prepare(litellm_cache_prepare_venv=VENV)
        assert again.code == 0 and again.changed == [], again.output
        assert again.of(BRING)["interpreter"] is None and "for the inventory" not in again.output


@pytest.mark.rest
def test_packages_that_are_too_old_are_not_installed(tmp_path: Path) -> None:
    """Debian 11 stands for Ubuntu 22.04 and for Rocky Linux 9, too."""
    with host("base:bullseye", tmp_path) as bare:
        before = bare.packages()
        refused = bare.prepare()
        assert refused.code == 2 and bare.packages() == before
        said = refused.failures[-1].message
        assert "Debian GNU/Linux 11 (bullseye) is too old for its packages: python3-yaml is 5.3.1" in said
        assert "python3-redis is 3.5.3" in said and "set litellm_cache_prepare_venv to a folder" in said


def test_what_is_missing_beside_libraries_is_told_after_they_came(tmp_path: Path) -> None:
    with host("base:bookworm", tmp_path) as bare:
        done = bare.prepare()
        assert done.code == 2 and bare.imported_by("/usr/bin/python3") == ["6.0", "4.3.4"]
        assert "INCOMPLETE  Debian" in done.output
        assert done.failures[-1].message.startswith("Docker Engine: ")
        assert states(done.of(BRING))["Docker Compose"] == "note"
