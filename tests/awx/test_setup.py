# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`awx_setup` and `awx_remove`, run against a strict stand-in of AWX's API."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.awx import surveys
from ansible_collections.erni_ki.litellm.tests.awx.controller import PREFIX, Store, serve

ROOT = Path(__file__).resolve().parents[2]
#: The real modules where somebody has them, else those that stand for them.
MODULES = Path(os.environ.get("AWX_COLLECTION_PATH") or ROOT / "tests" / "awx" / "stand_in")
TABLE = yaml.safe_load((ROOT / "playbooks" / "vars" / "awx.yml").read_text(encoding="utf-8"))
TEMPLATES = TABLE["__litellm_awx_templates"]
PLAYBOOKS = sorted(f"playbooks/{path.name}" for path in (ROOT / "playbooks").glob("*.yml"))
SECRET = "pa'ss \"w#rd {{ 1Zq8 }}"
PROJECT = "https://git.example.org/erni-ki/litellm.git"
SWITCH, BACK, VERIFY = ("LiteLLM cache: switch to Redis", "LiteLLM cache: back to local", "LiteLLM cache: verify")
#: As an operator keeps it out of the command line, and as no template.
FROM_ENVIRONMENT = "{{ lookup('ansible.builtin.env', 'SECRET') }}"
HOST = {"server1.example.org": {"litellm_cache_project_dir": "/opt/erni-ki"}}


@dataclass(frozen=True)
class Run:
    """A run that has ended, and what it did to AWX."""

    code: int
    output: str
    writes: list[str]
    refused: list[str]

    @property
    def changed(self) -> int:
        """How many tasks changed something."""
        return int(re.findall(r"changed=(\d+)", self.output)[-1])


class Awx:
    """An AWX that nothing has touched yet."""

    def __init__(self, store: Store, address: str, folder: Path) -> None:
        self.store, self._address, self._folder = store, address, folder

    def run(self, playbook: str, *words: str, modules: bool = True, **variables: Any) -> Run:
        """Run a playbook as an operator does.

        :param modules: whether awx.awx is there.
        :param variables: without what they all begin with.
        """
        named = {f"litellm_awx_{name}": value for name, value in variables.items()}
        (self._folder / "vars.json").write_text(json.dumps(named), encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        environment |= {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": str(self._folder), "LC_ALL": "C.UTF-8"}
        environment |= {"ANSIBLE_HOME": str(self._folder), "HOME": str(self._folder), "SECRET": SECRET}
        environment |= {"ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0"}
        environment |= {"CONTROLLER_HOST": self._address, "CONTROLLER_OAUTH_TOKEN": self.store.token}
        paths = [ROOT / "collections", *([MODULES] if modules else [])]
        environment["ANSIBLE_COLLECTIONS_PATH"] = ":".join(map(str, paths))
        self.store.log.clear()
        self.store.refused.clear()
        done = subprocess.run(
            [sys.executable, "-m", "ansible.cli.playbook", f"erni_ki.litellm.{playbook}", "-e", "@vars.json", *words],
            cwd=self._folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout, list(self.store.log), list(self.store.refused))


@pytest.fixture(name="awx", scope="module")
def _awx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Awx]:
    store = Store(PLAYBOOKS, "token-of-the-test")
    with serve(store) as address:
        yield Awx(store, address, tmp_path_factory.mktemp("awx"))


@pytest.fixture(name="runs", scope="module")
def _runs(awx: Awx) -> dict[str, Any]:
    """A check, a run, the same again, and what AWX has then."""
    given = {"project_url": PROJECT, "hosts": HOST, "redis_password": FROM_ENVIRONMENT}
    checked = awx.run("awx_setup", "--check", **given)
    empty = not any(awx.store.objects.values())
    return {
        "checked": checked,
        "empty": empty,
        "made": awx.run("awx_setup", "--diff", **given),
        "again": awx.run("awx_setup", **given),
        "checked again": awx.run("awx_setup", "--check", **given),
    }


@pytest.fixture(name="store", scope="module")
def _store(awx: Awx, runs: dict[str, Any]) -> Store:
    assert runs["made"].code == 0, runs["made"].output
    return awx.store


def test_a_check_makes_nothing_and_says_how_far_it_looked(runs: dict[str, Any]) -> None:
    run: Run = runs["checked"]
    assert (run.code, run.writes, runs["empty"]) == (0, [], True), run.output
    assert "would be made or changed: the organization LiteLLM\n" in run.output
    assert "what is to be made in these was not looked at\n" in run.output


def test_a_run_makes_everything_and_the_next_one_nothing(runs: dict[str, Any]) -> None:
    assert (runs["made"].code, runs["made"].refused) == (0, []), runs["made"].output
    assert f"OK  AWX  {len(TEMPLATES)} job templates, 1 workflow\n" in runs["made"].output
    for name in ("again", "checked again"):
        run: Run = runs[name]
        assert (run.code, run.changed, run.writes, run.refused) == (0, 0, [], []), run.output
        assert re.search("^nothing (was|would be) changed$", run.output, re.MULTILINE), run.output


def test_no_run_tells_the_secret_and_awx_has_it(runs: dict[str, Any], store: Store) -> None:
    assert store.named("credentials", "LiteLLM cache")["inputs"] == {"redis_password": SECRET}
    for run in (runs["made"], runs["again"]):
        assert "1Zq8" not in run.output


def test_each_playbook_for_users_has_a_template(store: Store) -> None:
    templates = list(store.objects["job_templates"].values())
    assert sorted(one["playbook"] for one in templates) == [name for name in PLAYBOOKS if "/awx_" not in name]
    changing = {one["playbook"] for one in templates if one["ask_job_type_on_launch"] and one["diff_mode"]}
    assert {f"playbooks/{name}.yml" for name in ("switch_redis", "rollback_local", "flush_cache")} <= changing
    assert not changing & {f"playbooks/{name}.yml" for name in ("verify", "status", "diagnose", "history")}


def test_the_credential_wins_over_the_name_of_a_variable_in_the_inventory(store: Store) -> None:
    (kind,) = store.objects["credential_types"].values()
    assert kind["injectors"]["extra_vars"]["litellm_cache_redis_password"] == "{{ redis_password }}"
    holding = [one for one in store.objects["job_templates"].values() if one["extra_vars"]]
    assert {one["name"] for one in holding} == {one["name"] for one in TEMPLATES if one["secrets"]}
    assert {one["extra_vars"] for one in holding} == {'{"litellm_cache_redis_password_env": ""}'}


def test_the_workflow_goes_back_after_a_verification_that_failed_and_ends_failed(store: Store) -> None:
    numbers = {one["identifier"]: number for number, one in store.objects["workflow_job_template_nodes"].items()}
    ways = {(number, way): there for (_endpoint, number, way), there in store.hung.items() if way.endswith("_nodes")}
    assert ways == {
        (numbers["switch"], "success_nodes"): [numbers["verify"]],
        (numbers["verify"], "failure_nodes"): [numbers["back"]],
    }
    nodes = store.objects["workflow_job_template_nodes"]
    runs_of = {name: nodes[number]["unified_job_template"] for name, number in numbers.items()}
    names = {name: store.objects["job_templates"][number]["name"] for name, number in runs_of.items()}
    assert names == {"switch": SWITCH, "verify": VERIFY, "back": BACK}
    assert nodes[numbers["back"]]["extra_data"] == {"litellm_cache_end_failed": "true"}


def test_the_hosts_are_in_the_group_and_those_of_somebody_else_stay(awx: Awx, store: Store) -> None:
    inventory = next(iter(store.objects["inventories"]))
    other = store.write("hosts", {"name": "by-hand.example.org", "inventory": inventory}, None)
    (group,) = store.objects["groups"]
    store.hang("groups", group, "hosts", {"id": other})
    assert awx.run("awx_setup", project_url=PROJECT, hosts=HOST, redis_password=FROM_ENVIRONMENT).changed == 0
    assert len(store.hung["groups", group, "hosts"]) == 2
    server = store.named("hosts", "server1.example.org")
    assert json.loads(server["variables"]) == HOST["server1.example.org"]


def test_what_awx_refuses_ends_the_run(awx: Awx, store: Store) -> None:
    run = awx.run("awx_setup", project_url=PROJECT, playbooks="elsewhere/")
    assert run.code == 2 and "Playbook not found for project." in run.output


def test_everything_is_removed_the_organization_only_where_wished(awx: Awx, store: Store) -> None:
    checked = awx.run("awx_remove", "--check")
    assert (checked.code, checked.writes) == (0, []) and checked.changed > 0, checked.output
    run = awx.run("awx_remove")
    assert (run.code, run.refused) == (0, []) and run.changed > 0, run.output
    assert [name for name, objects in store.objects.items() if objects] == ["organizations"]
    again = awx.run("awx_remove")
    assert (again.code, again.changed, again.writes) == (0, 0, []), again.output
    last = [awx.run("awx_remove", remove_organization=True) for _number in range(2)]
    assert [(one.code, one.changed) for one in last] == [(0, 1), (0, 0)], last[0].output
    assert not any(store.objects.values())


def test_a_thin_project_without_a_secret_needs_no_credential(awx: Awx, store: Store) -> None:
    """Runs behind the test that removes everything."""
    store.playbooks += [path.name for path in (ROOT / "examples" / "awx-project").glob("*.yml")]
    run = awx.run("awx_setup", project_url=PROJECT, playbooks="", organization="Other")
    assert (run.code, run.refused) == (0, []), run.output
    assert not store.objects["credentials"] and not any(key[2] == "credentials" for key in store.hung)
    assert store.named("job_templates", SWITCH)["playbook"] == "switch_redis.yml"
    assert store.named("job_templates", SWITCH)["extra_vars"] == ""


def test_the_example_of_the_guide_is_taken_as_it_is(awx: Awx, store: Store) -> None:
    page = (ROOT / "docs" / "awx.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"(?ms)^```yaml\n(.*?)^```$", page)
    given = {name.removeprefix("litellm_awx_"): value for name, value in yaml.safe_load(block).items()}
    assert awx.run("awx_remove", organization="Other").code == 0
    kind = store.write("credential_types", {"name": "Machine", "kind": "cloud", "inputs": {"fields": []}}, None)
    machine = store.write("credentials", {"name": given["machine_credential"], "credential_type": kind}, None)
    run = awx.run("awx_setup", **given)
    assert (run.code, run.refused) == (0, []) and "\nnext: " not in run.output, run.output
    hung = [numbers for (_endpoint, _number, name), numbers in store.hung.items() if name == "credentials"]
    assert hung == [[machine]] * len(TEMPLATES)
    assert all(one["become_enabled"] for one in store.objects["job_templates"].values())


def test_without_the_modules_one_sentence_says_so(awx: Awx) -> None:
    run = awx.run("awx_setup", modules=False)
    assert run.code == 2
    assert run.output.count("ansible-galaxy collection install awx.awx; litellm_awx_project_url is not set") == 1
    assert awx.run("awx_remove", modules=False).code == 2


# ------------------------------------------------------------------------------------------- surveys


FILES = ROOT / "playbooks" / "files" / "awx"
SPECS = yaml.safe_load((ROOT / "roles/litellm_cache/meta/argument_specs.yml").read_text(encoding="utf-8"))[
    "argument_specs"
]
#: The entry point of the role that each playbook ends in.
ENTRY_POINTS = {
    **{"switch_redis": "switch", "rollback_local": "switch"},
    **{"flush_cache": "flush", "upgrade_litellm": "upgrade"},
}
ASKED = [one for one in TEMPLATES if one["survey"]]


def survey_of(name: str) -> dict[str, Any]:
    """A survey as it is sent."""
    return json.loads((FILES / f"survey_{name}.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_each_survey_belongs_to_a_template() -> None:
    assert {path.stem for path in FILES.glob("survey_*")} == {f"survey_{one['survey']}" for one in ASKED}


@pytest.mark.parametrize("template", ASKED, ids=lambda template: str(template["survey"]))
def test_awx_takes_a_survey_and_answers_that_were_left_as_they_are(template: dict[str, Any]) -> None:
    survey = survey_of(template["survey"])
    assert surveys.complaints(survey) == []
    required = {one["variable"]: "x" for one in survey["spec"] if one["required"] and one["default"] == ""}
    answers = {question["variable"]: question["default"] for question in survey["spec"]}
    assert surveys.refusals(survey, {**answers, **required}) == []
    assert surveys.refusals(survey, required) == []
    assert len(surveys.refusals(survey, answers)) == len(surveys.refusals(survey, {})) == len(required)


@pytest.mark.parametrize("template", ASKED, ids=lambda template: str(template["survey"]))
def test_the_role_checks_what_a_survey_asks(template: dict[str, Any]) -> None:
    """A survey is no guard: the limits stand in the spec of the role, and it offers no more than that takes."""
    playbook = Path(template["playbook"]).stem
    options = SPECS[ENTRY_POINTS.get(playbook, playbook)]["options"]
    for question in survey_of(template["survey"])["spec"]:
        option = options[question["variable"]]
        if question["type"] == "multiplechoice":
            wanted = ["false", "true"] if option["type"] == "bool" else option["choices"]
            assert question["choices"] == wanted, question
            assert question["default"] == str(option["default"]).lower(), question
        else:
            # AWX takes no empty answer for a number or a choice, and an answer wins over what the inventory says.
            assert (question["type"], question["default"]) == ("text", ""), question
            assert question["required"] == bool(option.get("required")), question
            assert all(choice in question["question_description"] for choice in option.get("choices", [])), question


# --------------------------------------------------------------------------------- what is known of AWX


#: What a real AWX answered, where somebody has it.
ANSWERS = Path(os.environ.get("AWX_ANSWERS") or ROOT.parent / "shared" / "awx")
recorded = pytest.mark.skipif(not (ANSWERS / "options").is_dir(), reason="no answers of a real AWX here (AWX_ANSWERS)")


def answer(name: str) -> Any:
    """One of the answers."""
    return json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))


@recorded
def test_the_fields_of_the_stand_in_are_those_of_a_real_awx() -> None:
    from ansible_collections.erni_ki.litellm.tests.awx.fields import FIELDS  # noqa: PLC0415

    for endpoint, fields in FIELDS.items():
        actions = answer(f"options/{endpoint}")["actions"]
        for name, mine in fields.items():
            if name == "description":  # the answers were recorded without texts
                continue
            theirs = actions["GET" if mine.reads else "POST"][name]
            told = (theirs["type"], theirs.get("required", False), theirs.get("max_length"))
            assert told == (mine.kind, mine.required, mine.longest), (endpoint, name, theirs)
            assert [choice[0] for choice in theirs.get("choices", [])] == list(mine.choices), (endpoint, name)
            assert not mine.reads or name not in actions["POST"], (endpoint, name)


@recorded
def test_the_refusals_of_answers_are_those_of_a_real_awx() -> None:
    survey = answer("get/job_templates_9_survey_spec")
    for refusal in answer("jobs/launch_refusals").values():
        assert surveys.refusals(survey, refusal["sent"]) == refusal["body"]["variables_needed_to_start"]


@recorded
def test_what_was_made_is_shaped_as_a_real_awx_tells_it(awx: Awx) -> None:
    store = Store(PLAYBOOKS, "")
    store.write("organizations", {"name": "x"}, None)
    assert set(store.shown("organizations", 1)) <= set(answer("get/organizations_2"))
    told = answer("get/job_templates_9_survey_spec")
    assert {kind: set(question) for question in told["spec"] for kind in [question["type"]]} == {
        kind: surveys.ALWAYS | surveys.OF_TYPE[kind] for kind in ("text", "integer", "multiplechoice")
    }
    assert answer("get/job_templates_9")["url"] == f"{PREFIX}job_templates/9/"


@recorded
def test_the_modules_take_what_the_playbooks_say() -> None:
    """Of each task, and of what stands for the modules here."""
    modules = answer("awx_collection_modules")
    tasks = [
        task for name in ("awx_setup", "awx_remove") for task in _tasks_of(ROOT / "playbooks/tasks" / f"{name}.yml")
    ]
    called = {(module.rpartition(".")[2], name) for task in tasks for module, args in task.items() for name in args}
    assert {module for module, _name in called} == {
        path.stem for path in (ROOT / "tests/awx/stand_in/ansible_collections/awx/awx/plugins/action").iterdir()
    } - {"object", "__pycache__"}
    unknown = []
    for module, name in sorted(called):
        options = modules[module]["options"]
        if name not in options and not any(name in option.get("aliases", []) for option in options.values()):
            unknown.append((module, name))
        required = {option for option, one in options.items() if one.get("required")}
        assert required <= {other for of, other in called if of == module}, module
    assert unknown == []


def _tasks_of(path: Path) -> list[dict[str, Any]]:
    """What the tasks of a file call, each with its arguments."""
    found: list[dict[str, Any]] = []
    left = yaml.safe_load(path.read_text(encoding="utf-8"))
    while left:
        task = left.pop()
        left += task.get("block", [])
        found.append({name: args for name, args in task.items() if name.startswith("awx.awx.")})
    return found
