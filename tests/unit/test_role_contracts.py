# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each role promises: defaults, argument specs and tasks name the same variables, with the same values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._module import WAITS
from ansible_collections.erni_ki.litellm.plugins.module_utils._telling import PLAYBOOKS
from ansible_collections.erni_ki.litellm.plugins.module_utils._variables.values import wrong_values
from ansible_collections.erni_ki.litellm.tests.pages import role_documents, variables

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(path for path in (ROOT / "roles").glob("*") if path.is_dir())
# A role that declares no option is another name of an entry point, see test_another_name_is_nothing_else.
ROLES = [path for path in FOLDERS if any("options" in spec for spec in role_documents.specs_of(path).values())]
OTHER_NAMES = [path for path in FOLDERS if path not in ROLES]

# Entry points whose role has not the name of this one before its own, and so has variables of its own prefix.
NAMES = {"upgrade": "litellm_upgrade"}

# `litellm_cache_` is the prefix of one role with all its entry points; two underscores mark what is private.
PUBLIC = re.compile(r"litellm_(cache|upgrade)_[a-z0-9_]+")
# A variable name in a task or template: not the end of a module's or role's full name, not a file, not private.
MENTIONED = re.compile(r"(?<![\w./-])(litellm_(?:cache|upgrade)_[a-z0-9_]+)(?![\w./-]|\.yml)")
SECRET = re.compile(r"password|secret|token|master_key|private_key|credential")
# A name, a path or a switch about a secret is none itself.
NO_SECRET = re.compile(r"_(env|file|path)$")


def load(path: Path) -> Any:
    """The content of a YAML file, an empty mapping where there is none."""
    return (yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None) or {}


def entry_points(role: Path) -> dict[str, dict[str, Any]]:
    """The argument spec of the role: entry point to its `options`."""
    specs = load(role / "meta" / "argument_specs.yml").get("argument_specs", {})
    return {name: spec.get("options", {}) for name, spec in specs.items()}


def options_of(role: Path) -> dict[str, dict[str, Any]]:
    """The options of all entry points; one name is one option, see test_each_option_is_declared_once."""
    return {name: option for options in entry_points(role).values() for name, option in options.items()}


def defaults_of(role: Path) -> dict[str, Any]:
    """The role's public variables with their values, templates as they are written.

    Those that begin like another name of an entry point have their defaults there.
    """
    others = [load(path / "defaults" / "main.yml") for path in OTHER_NAMES]
    return {
        **load(role / "defaults" / "main.yml"),
        **{name: value for other in others for name, value in other.items()},
    }


@pytest.fixture(params=ROLES, ids=lambda role: role.name)
def role(request: pytest.FixtureRequest) -> Path:
    """Each role, by its folder."""
    return request.param


def test_every_entry_point_has_tasks_and_a_spec(role: Path) -> None:
    """None is called main, because ansible-core would check that one itself, and print its whole spec for an error."""
    # main_report.yml is a part of main.yml.
    names = {path.stem for path in (role / "tasks").glob("*.yml")}
    whole = {name for name in names if not any(name.startswith(f"{other}_") for other in names)}
    assert set(entry_points(role)) == whole - {"main"} and "main" in whole
    (of_main,) = load(role / "tasks" / f"{role_documents.MAIN}.yml")
    assert of_main["ansible.builtin.import_tasks"] == "main.yml"


def test_every_entry_point_checks_its_variables_first(role: Path) -> None:
    for name in entry_points(role):
        first = load(role / "tasks" / f"{'main' if name == role_documents.MAIN else name}.yml")[0]
        assert first["name"] == "Check the variables"
        assert first["erni_ki.litellm.litellm_cache_variables"] == {"entry_point": name}


def test_defaults_are_what_the_spec_says(role: Path) -> None:
    """What the spec has no default for is empty, and so unset; what is required may be empty until it is checked."""
    empty = {"list": ([], ""), "dict": ({},)}
    wrong = {}
    for name, value in defaults_of(role).items():
        option = options_of(role)[name]
        if value not in ([option["default"]] if "default" in option else empty.get(option["type"], ("",))):
            wrong[name] = value
    assert wrong == {} and defaults_of(role).keys() == options_of(role).keys()


def test_no_default_is_empty(role: Path) -> None:
    """An empty value means unset, so it is none that a spec could name."""
    empty = ("", [], {})
    assert [name for name, option in options_of(role).items() if option.get("default", 0) in empty] == []


def test_defaults_pass_the_check(role: Path) -> None:
    # What is a template has its value only in a play.
    values = {name: value for name, value in defaults_of(role).items() if "{{" not in str(value)}
    assert wrong_values(values, options_of(role)) == []


def test_names_have_the_shared_prefix(role: Path) -> None:
    assert [name for name in {*options_of(role), *defaults_of(role)} if not PUBLIC.fullmatch(name)] == []
    private = load(role / "vars" / "main.yml")
    assert [name for name in private if not (name.startswith("__") and PUBLIC.fullmatch(name[2:]))] == []


def test_every_option_is_described(role: Path) -> None:
    bare = [name for name, option in options_of(role).items() if not option.get("description") or "type" not in option]
    assert bare == []


def test_lists_name_the_type_of_their_elements(role: Path) -> None:
    bare = [name for name, option in options_of(role).items() if option["type"] == "list" and "elements" not in option]
    assert bare == []


def test_secrets_are_not_logged(role: Path) -> None:
    logged = [
        name
        for name, option in options_of(role).items()
        if SECRET.search(name) and not NO_SECRET.search(name) and option.get("no_log") is not True
    ]
    assert logged == []


def test_tasks_use_what_is_declared(role: Path) -> None:
    declared = {*options_of(role), *(path.name for path in FOLDERS)}
    undeclared = {}
    for folder in ("tasks", "handlers", "templates", "vars", "defaults"):
        for path in sorted((role / folder).rglob("*")):
            if path.is_file():
                # A comment explains and may name what belongs to another role.
                text = re.sub(r"(?m)(^|\s)#.*$", "", path.read_text(encoding="utf-8"))
                names = set(MENTIONED.findall(text)) - declared
                if names:
                    undeclared[str(path.relative_to(role))] = sorted(names)
    assert undeclared == {}


def test_every_option_is_used(role: Path) -> None:
    text = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("tasks", "handlers", "templates", "vars")
        for path in (role / folder).rglob("*")
        if path.is_file()
    )
    assert [name for name in options_of(role) if not re.search(rf"\b{name}\b", text)] == []


def test_each_option_is_declared_once(role: Path) -> None:
    """What entry points share is one group with an anchor, and no text stands twice."""
    text = (role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    written = re.findall(r"(?m)^ +(litellm_(?:cache|upgrade)_[a-z0-9_]+):$", text)
    assert sorted(written) == sorted(options_of(role))
    for name in options_of(role):
        # The same object, so no entry point says something else of it.
        assert len({id(options[name]) for options in entry_points(role).values() if name in options}) == 1, name


def test_no_two_roles_declare_one_option() -> None:
    names = [name for role in ROLES for name in options_of(role)]
    assert sorted(names) == sorted(set(names))


def test_a_template_is_rendered_once_and_its_text_stands_nowhere_else(role: Path) -> None:
    tasks = "".join(path.read_text(encoding="utf-8") for path in sorted((role / "tasks").glob("*.yml")))
    used = re.findall(r"lookup\('ansible\.builtin\.template', '([\w.]+)'\)", tasks)
    used += re.findall(r"__litellm_cache_failure_report(?:: | \| default\(')([\w.]+)", tasks)
    assert sorted(used) == sorted(path.name for path in (role / "templates").glob("*"))


@pytest.mark.parametrize("role", OTHER_NAMES, ids=lambda role: role.name)
def test_another_name_is_nothing_else(role: Path) -> None:
    """It imports the entry point in its name, which checks its variables itself."""
    target, entry_point = role_documents.imported(role)
    assert role.name == NAMES.get(entry_point, f"{target.name}_{entry_point}")
    assert all(name.startswith(f"{role.name}_") for name in load(role / "defaults" / "main.yml"))
    assert role_documents.specs_of(role).keys() == {"main"}
    of_entry_point, of_role = role_documents.specs_of(target)[entry_point], role_documents.specs_of(role)["main"]
    assert of_role["short_description"] == of_entry_point["short_description"]
    assert sorted(str(path.relative_to(role)) for path in role.rglob("*") if path.is_file()) == [
        "README.md",
        *(["defaults/main.yml"] if entry_point in NAMES else []),
        "meta/argument_specs.yml",
        "meta/main.yml",
        "tasks/main.yml",
    ]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_entry_point_has_another_name(role: Path) -> None:
    """An operator finds each entry point as a role, in ``roles:`` of a play too."""
    names = {path.name for path in OTHER_NAMES}
    wanted = {NAMES.get(name, f"{role.name}_{name}") for name in entry_points(role) if name != role_documents.MAIN}
    assert wanted == names


@pytest.mark.parametrize("role", FOLDERS, ids=lambda role: role.name)
def test_the_readme_is_what_the_spec_says(role: Path) -> None:
    readme = role / "README.md"
    assert readme.exists() and readme.read_text(encoding="utf-8") == role_documents.role_readme(role), "run `make docs`"


def test_the_waits_that_a_task_names_are_those_of_the_module() -> None:
    defaults = {name: option.get("default") for name, option in WAITS.items()}
    words = load(ROOT / "roles" / "litellm_cache" / "vars" / "main.yml")["__litellm_cache_waits_in_words"]
    named = re.findall(r"litellm_cache_(\w+)[^}]*?\b(\d+)\b", words)
    assert named == [(name, str(defaults[name])) for name in ("ready_timeout", "stable_for")]


def test_the_report_names_the_playbooks_that_the_modules_name() -> None:
    assert load(ROOT / "roles" / "litellm_cache" / "vars" / "main.yml")["__litellm_cache_playbooks"] == PLAYBOOKS
    assert [name for name in PLAYBOOKS.values() if not (ROOT / "playbooks" / f"{name}.yml").exists()] == []


def test_no_task_hides_a_module_that_broke_down() -> None:
    """A refusal may be told by a later task; a module without a result ends the run where it stands."""
    tasks = [path.read_text(encoding="utf-8") for path in (ROOT / "roles").glob("*/tasks/*.yml")]
    tolerant = [
        line.strip() for text in tasks for line in text.splitlines() if re.match(" *(failed_when|ignore_errors):", line)
    ]
    assert len(tolerant) >= 4
    assert [line for line in tolerant if not re.fullmatch(r"failed_when: \w+\.module_stdout is defined", line)] == []


def test_each_variable_that_a_command_sets_is_one() -> None:
    """In what the code tells to run, and in the documents: a misspelled one is refused, and would mend nothing."""
    known = {
        name for role in ROLES for spec in role_documents.specs_of(role).values() for name in spec.get("options") or {}
    }
    known |= {*variables.OF_THE_PLAYBOOKS}
    told: dict[str, str] = {}
    pages = [
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("roles/*/templates/*.j2"),
        *ROOT.glob("plugins/**/*.py"),
        ROOT / "README.md",
    ]
    for page in pages:
        for name in re.findall(r"-e \W{0,3}(litellm_\w+)\"?[=:]", page.read_text(encoding="utf-8")):
            told[name] = str(page.relative_to(ROOT))
    assert len(told) > 15 and {name: page for name, page in told.items() if name not in known} == {}
