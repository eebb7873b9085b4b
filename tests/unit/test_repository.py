# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The repository agrees with itself: headers, lists, names and layers."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "ansible_collections.erni_ki.litellm"

COPYRIGHT = "Copyright: (c) 2026, ERNI-KI contributors"
LICENSE_LINES = (
    "GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)",
    "SPDX-License-Identifier: GPL-3.0-or-later",
)
CODE_SUFFIXES = {".cfg", ".in", ".ini", ".j2", ".py", ".sh", ".toml", ".yaml", ".yml"}
CODE_NAMES = {
    ".ansible-lint",
    ".gitattributes",
    ".gitignore",
    ".shellcheckrc",
    ".yamllint",
    "Dockerfile",
    "Makefile",
    "run",
}
# Texts whose exact bytes are the matter of a test.
# antsibull-changelog writes the last one, without comments.
DATA = re.compile(r"^tests/(.*/)?(corpus|data|fixtures)/|^changelogs/changelog\.yaml$")
CORES = ("2.16", "2.17", "2.18", "2.19", "2.20", "2.21")


def repository_files() -> list[str]:
    """Every file that is, or would be, in git, by its path in the repository."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.split("\0")
        return sorted(name for name in listed if name and os.path.lexists(ROOT / name))
    # ansible-test's own copy, or an unpacked archive: nothing else is in it.
    return sorted(
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "output" not in path.parts
    )


FILES = repository_files()


def load(name: str) -> Any:
    """The content of one YAML file of the repository."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def modules() -> list[str]:
    """Names of the collection's modules."""
    return sorted(Path(name).stem for name in FILES if re.fullmatch(r"plugins/modules/\w+\.py", name))


def actions() -> list[str]:
    """Names of the collection's action plugins; the file of that name among the modules only documents it."""
    return sorted(Path(name).stem for name in FILES if re.fullmatch(r"plugins/action/\w+\.py", name))


def module_utils() -> list[str]:
    """Dotted names of the files below plugins/module_utils: ``_errors``, ``_yaml.lines``."""
    paths = [Path(name) for name in FILES if re.fullmatch(r"plugins/module_utils/(\w+/)*\w+\.py", name)]
    return sorted(".".join(path.with_suffix("").parts[2:]) for path in paths if path.name != "__init__.py")


# ---------------------------------------------------------------------------------------- license


def test_code_names_copyright_and_license() -> None:
    bare = []
    for name in FILES:
        path = ROOT / name
        code = path.suffix in CODE_SUFFIXES or path.name in CODE_NAMES
        if not code or DATA.match(name) or path.is_symlink() or not path.stat().st_size:
            continue
        head = path.read_text(encoding="utf-8").splitlines()[:6]
        if not all(any(wanted in line for line in head) for wanted in (COPYRIGHT, *LICENSE_LINES)):
            bare.append(name)
    assert bare == []


def test_license_is_the_gpl() -> None:
    assert "GNU GENERAL PUBLIC LICENSE\n                       Version 3" in (ROOT / "LICENSE").read_text(
        encoding="utf-8"
    )
    assert load("galaxy.yml")["license"] == ["GPL-3.0-or-later"]


# ------------------------------------------------------------------------------------------ lists


def test_every_module_of_a_deployment_is_in_the_action_group() -> None:
    """What is an action alone has no option of a deployment, and would refuse the defaults of the group."""
    alone = [name for name in actions() if "def main(" not in (ROOT / f"plugins/modules/{name}.py").read_text("utf-8")]
    assert sorted(load("meta/runtime.yml")["action_groups"]["litellm"]) == sorted({*modules()} - {*alone})


def test_every_action_is_documented_as_a_module() -> None:
    assert actions() and [name for name in actions() if name not in modules()] == []


def test_every_playbook_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    playbooks = [Path(name).stem for name in FILES if re.fullmatch(r"playbooks/[^/]+\.yml", name)]
    assert [name for name in playbooks if f"erni_ki.litellm.{name}" not in readme] == []


@pytest.mark.parametrize("kind", ["modules", "roles"])
def test_every_module_and_role_is_in_the_page_of_them(kind: str) -> None:
    page = (ROOT / "docs" / "modules.md").read_text(encoding="utf-8")
    names = (
        modules() if kind == "modules" else sorted({name.split("/")[1] for name in FILES if name.startswith("roles/")})
    )
    assert [name for name in names if f"`{name}`" not in page] == []


def test_version_stands_in_one_place() -> None:
    version = re.escape(load("galaxy.yml")["version"])
    elsewhere = re.compile(
        rf"(?m)(^|[^_\w])version[\"']?\s*[:=]+\s*[\"']?{version}\b|erni_ki[-.]litellm[-:=]+{version}\b"
    )
    places = [
        name
        for name in FILES
        if name != "galaxy.yml"
        and not name.startswith("changelogs/")
        and name != "CHANGELOG.md"
        and not DATA.match(name)
        and (ROOT / name).is_file()
        and elsewhere.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert places == []


def test_sanity_ignores_are_there_and_empty() -> None:
    found = {name: (ROOT / name).stat().st_size for name in FILES if name.startswith("tests/sanity/")}
    assert found == {f"tests/sanity/ignore-{core}.txt": 0 for core in CORES}


def test_oldest_core_is_said_once() -> None:
    assert load("meta/runtime.yml")["requires_ansible"] == f">={CORES[0]}.0"


def test_every_make_target_has_a_verb_and_help() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    pieces = [ROOT / "tests" / "project.sh", *sorted((ROOT / "tests" / "project").glob("*.sh"))]
    script = "\n".join(piece.read_text(encoding="utf-8") for piece in pieces)
    targets = re.search(r"^verbs := (.+)$", makefile, re.M).group(1).split()
    verbs = re.findall(r"^verb_([\w-]+)\(\)", script, re.M)
    documented = re.findall(r"^make ([\w-]+)(?: |$)", script, re.M)
    assert sorted(targets) == sorted(verbs)
    assert sorted({*documented, "help"}) == sorted(targets)


def test_the_script_sources_all_its_pieces() -> None:
    script = (ROOT / "tests" / "project.sh").read_text(encoding="utf-8")
    pieces = sorted(name for name in FILES if re.fullmatch(r"tests/project/\w+\.sh", name))
    assert sorted(re.findall(r"^\. (\S+)$", script, re.M)) == pieces


def test_no_python_inside_shell() -> None:
    """Neither linted nor tested there. One line after -c is no program."""
    inside = re.compile(r"python[^\n]*<<|(python|\$candidate\"|\$3\") -c '\n")
    scripts = [name for name in FILES if name.endswith(".sh") or name == ".ci/run"]
    assert [name for name in scripts if inside.search((ROOT / name).read_text(encoding="utf-8"))] == []


def test_the_gate_is_make_test() -> None:
    run = ROOT / ".ci" / "run"
    assert os.access(run, os.X_OK)
    assert "make test" in run.read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------- what is where


def test_installed_folders_hold_nothing_strange() -> None:
    allowed = (
        r"meta/(runtime|execution-environment)\.yml",
        r"meta/ee-(requirements|bindep)\.txt",
        r"playbooks/(tasks/|vars/)?[a-z_]+\.yml",
        r"playbooks/(files/awx/[a-z_]+\.json|templates/[a-z_]+\.j2)",
        r"plugins/(action|doc_fragments|filter|modules|plugin_utils)/\w+\.py",
        r"plugins/plugin_utils/report/\w+\.(py|html\.j2)",
        r"plugins/module_utils/(_[a-z]+/)?\w+\.py",
        r"roles/[a-z_]+/README\.md",
        r"roles/[a-z_]+/(defaults|handlers|vars)/main\.yml",
        r"roles/[a-z_]+/meta/(main|argument_specs)\.yml",
        r"roles/[a-z_]+/tasks/[a-z_]+\.yml",
        r"roles/[a-z_]+/templates/[\w.-]+\.j2",
    )
    installed = [name for name in FILES if name.split("/")[0] in ("meta", "playbooks", "plugins", "roles")]
    assert [name for name in installed if not any(re.fullmatch(pattern, name) for pattern in allowed)] == []


def test_installed_content_reads_nothing_else() -> None:
    """Only meta, plugins, roles and playbooks are there after an installation."""
    elsewhere = re.compile(r"\.\./(tests|molecule|docs|awx|collections|changelogs)/|playbook_dir ?\}\}/\.\.")
    assert [
        name
        for name in FILES
        if name.split("/")[0] in ("playbooks", "plugins", "roles")
        and elsewhere.search((ROOT / name).read_text(encoding="utf-8"))
    ] == []


def test_no_large_or_left_over_files() -> None:
    strange = [name for name in FILES if re.search(r"(\.(orig|rej|swp|bak|pyc|retry|tar\.gz)|~)$", name)]
    large = [name for name in FILES if (ROOT / name).is_file() and (ROOT / name).stat().st_size > 1_000_000]
    assert strange + large == []


@pytest.mark.skipif(ROOT.parent.name == "erni_ki", reason="this is a copy for ansible-test, without the link")
def test_the_checkout_finds_itself() -> None:
    link = ROOT / "collections" / "ansible_collections" / "erni_ki" / "litellm"
    assert os.readlink(link) == "../../.."
    assert link.resolve() == ROOT


def test_awx_can_use_the_repository_as_a_project() -> None:
    assert load("collections/requirements.yml") == {"collections": [{"name": "./", "type": "dir"}]}


# ------------------------------------------------------------------------------------------ layers


def test_module_utils_are_private() -> None:
    """The underscore of a room, or of a file beside the rooms, says so."""
    assert [name for name in module_utils() if not name.startswith("_")] == []


def test_rooms_are_empty_packages() -> None:
    rooms = {name.split(".")[0] for name in module_utils() if "." in name}
    assert {name: (ROOT / name).stat().st_size for name in FILES if name.endswith("/__init__.py")} == {
        f"plugins/module_utils/{room}/__init__.py": 0 for room in rooms
    }


def test_doc_fragments_are_private() -> None:
    fragments = [Path(name).stem for name in FILES if re.fullmatch(r"plugins/doc_fragments/\w+\.py", name)]
    assert [name for name in fragments if not name.startswith("_")] == []


def test_one_place_ends_a_module() -> None:
    """Modules leave through one helper, so that every error is treated in the same way."""
    ending = re.compile(r"\b(fail_json|exit_json)\(")
    files = [
        name
        for name in FILES
        if re.fullmatch(r"plugins/(\w+/)*\w+\.py", name) and ending.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert files == ["plugins/module_utils/_module.py"]


def test_errors_have_one_base_class() -> None:
    """A class beside the base one would reach the user as a traceback."""
    base = importlib.import_module(f"{PACKAGE}.plugins.module_utils._errors").LitellmCacheError
    strange = []
    for name in module_utils():
        module = importlib.import_module(f"{PACKAGE}.plugins.module_utils.{name}")
        for found in vars(module).values():
            if (
                isinstance(found, type)
                and issubclass(found, Exception)
                and found.__module__ == module.__name__
                and not issubclass(found, base)
            ):
                strange.append(f"{name}.{found.__name__}")
    # Runs inside an instance, where the rest of the collection is not: its refusal leaves as data.
    assert [name for name in strange if name != "_inside.program.Refusal"] == []
