# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every bad input is one error that names the variable, before anything is touched.

Each bad input is a host of one inventory, so one ansible-playbook tries them all.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import PROJECT_LABEL, SERVICE_LABEL, Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

WRONG_PASSWORD = 'wr0ng/but "secret" 100% it\'s'
ROLE = [{"hosts": "litellm", "gather_facts": False, "roles": ["erni_ki.litellm.litellm_cache"]}]
#: Name of the bad input, what it sets, and what the error says.
BAD_INPUTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "missing_project_dir": (
        {"litellm_cache_project_dir": "/nowhere/erni-ki"},
        ("there is no directory /nowhere/erni-ki", "litellm_cache_project_dir"),
    ),
    "no_project_in_the_directory": (
        {"litellm_cache_project_dir": "/usr"},
        ("no container was started by Compose from /usr", "litellm_cache_project_dir"),
    ),
    "unknown_project_name": (
        {"litellm_cache_project_name": "not-there"},
        ("no container belongs to the Compose project 'not-there'", "litellm_cache_project_name"),
    ),
    "no_container_of_the_service": (
        {"litellm_cache_service": "lite-llm"},
        ("no container of the service 'lite-llm', only of litellm, redis, upstream", "litellm_cache_service"),
    ),
    "config_not_found": (
        {"litellm_cache_config_path": "{{ litellm_cache_project_dir }}/absent.yaml"},
        ("there is no config file", "absent.yaml", "litellm_cache_config_path"),
    ),
    "config_of_somebody_else": (
        {"litellm_cache_config_path": "{{ litellm_cache_project_dir }}/compose.yml"},
        ("does not mount", "it mounts", "conf/litellm/config.yaml", "litellm_cache_config_path"),
    ),
    "misspelled_name": (
        {"litellm_cache_redis_bd": 3},
        ("litellm_cache_redis_bd is no variable of erni_ki.litellm, did you mean litellm_cache_redis_db?",),
    ),
    "no_project_dir": ({"litellm_cache_project_dir": ""}, ("litellm_cache_project_dir must be set: directory of",)),
    "unknown_choice": (
        {"litellm_cache_router": "nnone"},
        ("litellm_cache_router must be consistent, runbook or none",),
    ),
    "unknown_mode": ({"litellm_cache_mode": "memory"}, ('litellm_cache_mode is "memory"', "redis or local")),
    "no_mode": ({"litellm_cache_mode": ""}, ("litellm_cache_mode",)),
    "port_too_large": (
        {"litellm_cache_redis_port": 65536},
        ("litellm_cache_redis_port must be a whole number from 1 to 65535",),
    ),
    "port_nought": (
        {"litellm_cache_redis_port": 0},
        ("litellm_cache_redis_port must be a whole number from 1 to 65535",),
    ),
    "port_no_number": ({"litellm_cache_redis_port": "six"}, ("litellm_cache_redis_port must be a whole number",)),
    "wait_no_number": (
        {"litellm_cache_ready_timeout": "abc"},
        ("litellm_cache_ready_timeout must be a whole number",),
    ),
    "host_with_blank": ({"litellm_cache_redis_host": "redis one"}, ("redis_host",)),
    "host_that_is_a_url": (
        {"litellm_cache_redis_host": f"redis://:{WRONG_PASSWORD}@redis:6379/1"},
        ("litellm_cache_redis_host must be a host name or an address", "litellm_cache_redis_url_env"),
    ),
    "host_that_is_the_password": (
        {"litellm_cache_redis_host": WRONG_PASSWORD},
        ("litellm_cache_redis_host must be a host name or an address",),
    ),
    "password_for_the_name_of_its_variable": (
        {"litellm_cache_redis_password_env": WRONG_PASSWORD},
        ("litellm_cache_redis_password_env must be the name of an environment variable",),
    ),
    "url_for_the_name_of_its_variable": (
        {
            "litellm_cache_redis_password_env": "",
            "litellm_cache_redis_url_env": f"redis://:{WRONG_PASSWORD}@redis:6379",
        },
        ("litellm_cache_redis_url_env must be the name of an environment variable",),
    ),
    "password_within_a_path": (
        {
            "litellm_cache_redis_password_env": "",
            "litellm_cache_redis_password": "{{ litellm_cache_project_dir[1:7] }}",
        },
        ("litellm_cache_redis_password", "a word of our own results", "litellm_cache_redis_password_env"),
    ),
    "password_within_a_container": (
        {"litellm_cache_redis_password_env": "", "litellm_cache_redis_password": "-litellm-1"},
        ("litellm_cache_redis_password is a part of the name of a container", "in litellm_cache_redis_password_env"),
    ),
    "password_both_ways": (
        {"litellm_cache_redis_password": WRONG_PASSWORD},
        ("litellm_cache_redis_password and litellm_cache_redis_password_env exclude each other",),
    ),
    "variable_that_no_instance_has": (
        {"litellm_cache_redis_password_env": "REDIS_PASSWD"},
        ("no instance has the environment variable REDIS_PASSWD", "litellm_cache_redis_password_env"),
    ),
    "url_variable_that_no_instance_has": (
        {"litellm_cache_redis_password_env": "", "litellm_cache_redis_url_env": "REDIS_URL"},
        ("no instance has the environment variable REDIS_URL", "litellm_cache_redis_url_env"),
    ),
    "password_redis": (
        {"litellm_cache_redis_password_env": "", "litellm_cache_redis_password": "redis"},
        ("litellm_cache_redis_password", "a word of our own results", "litellm_cache_redis_password_env"),
    ),
    "password_local": (
        {"litellm_cache_redis_password_env": "", "litellm_cache_redis_password": "local"},
        ("litellm_cache_redis_password", "a word of our own results", "litellm_cache_redis_password_env"),
    ),
    "password_port": (
        {"litellm_cache_redis_password_env": "", "litellm_cache_redis_password": "6379"},
        ("litellm_cache_redis_password", "a word of our own results", "litellm_cache_redis_password_env"),
    ),
    "wrong_password": (
        {"litellm_cache_redis_password_env": "", "litellm_cache_redis_password": WRONG_PASSWORD},
        ("invalid username-password pair",),
    ),
    "redis_elsewhere": ({"litellm_cache_redis_port": 6380}, ("Redis at redis:6380", "Connection refused")),
    "docker_not_there": (
        {"litellm_cache_docker_host": "unix:///nowhere/docker.sock"},
        ("Docker at unix:///nowhere/docker.sock does not answer", "litellm_cache_docker_host"),
    ),
    "docker_not_listening": (
        {"litellm_cache_docker_host": "tcp://127.0.0.1:9"},
        ("Docker at tcp://127.0.0.1:9 does not answer", "litellm_cache_docker_host"),
    ),
    "no_python_libraries": (
        {"ansible_python_interpreter": "{{ bare_python }}"},
        ("PyYAML", "apt install python3-yaml"),
    ),
    "several_project_names": (
        {"litellm_cache_project_dir": "{{ several }}"},
        ("Compose projects one, two were all started from", "litellm_cache_project_name"),
    ),
    "config_that_does_not_parse": (
        {"litellm_cache_project_dir": "{{ broken }}"},
        ("config.yaml does not parse at line 4, column 7",),
    ),
    "lost_indentation": (
        {"litellm_cache_project_dir": "{{ shifted }}"},
        ("cache_params (line 3) lost their indentation", "line 4"),
    ),
    "no_instance_runs": (
        {"litellm_cache_project_dir": "{{ stopped }}"},
        ("no instance of stopped runs", "erni_ki.litellm.rollback_local"),
    ),
}
BROKEN = "litellm_settings:\n  cache: true\n  bad: [unclosed\n  type: x: y\n"
SHIFTED = "litellm_settings:\n  cache: true\n  cache_params:\n  type: local\n  ttl: 1800\n"
STOPPED = "model_list:\n  - model_name: m\n    litellm_params: {model: openai/m}\nlitellm_settings:\n  cache: true\n"


@pytest.fixture(scope="module")
def created_projects(shared_bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Compose projects of one container each that was created and never started; by name their directories."""
    image = shared_bed.container("upstream").image
    made, directories = [], {}

    def create(name: str, directory: Path, text: str) -> None:
        config = directory / "conf" / "litellm" / "config.yaml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(text)
        labels = {
            PROJECT_LABEL: name,
            SERVICE_LABEL: "litellm",
            "com.docker.compose.project.working_dir": str(directory),
            "com.docker.compose.container-number": "1",
        }
        volumes = {str(config): {"bind": "/app/config.yaml", "mode": "ro"}}
        made.append(shared_bed.docker.containers.create(image, labels=labels, volumes=volumes))

    try:
        for name, text in (("broken", BROKEN), ("shifted", SHIFTED), ("stopped", STOPPED)):
            directories[name] = str(tmp_path_factory.mktemp(name))
            create(name, Path(directories[name]), text)
        directories["several"] = str(tmp_path_factory.mktemp("several"))
        for name in ("one", "two"):
            create(name, Path(directories["several"]), STOPPED)
        yield directories
    finally:
        for container in made:
            container.remove(force=True)


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python without any library."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return str(folder / "bin" / "python")


@pytest.fixture(scope="module")
def tried(
    shared_bed: Bed,
    ansible: AnsibleRunner,
    created_projects: dict[str, str],
    bare_python: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """One run over all bad inputs; nothing was touched by it."""
    shared_bed.reset()
    hosts = {name: {"litellm_cache_mode": "redis", **settings} for name, (settings, _said) in BAD_INPUTS.items()}
    groups = yaml.safe_load(Path(shared_bed.inventory).read_text(encoding="utf-8"))
    groups["litellm"]["hosts"] = hosts
    groups["litellm"]["vars"].update(created_projects, bare_python=bare_python)
    folder = tmp_path_factory.mktemp("bad-inputs")
    inventory = folder / "inventory.yml"
    inventory.write_text(yaml.safe_dump(groups, allow_unicode=True), encoding="utf-8")
    playbook = folder / "role.yml"
    playbook.write_text(yaml.safe_dump(ROLE), encoding="utf-8")
    runner = AnsibleRunner(
        str(inventory), ansible.scratch, Canary({"wrong": WRONG_PASSWORD}).also(**shared_bed.secrets)
    )

    before = shared_bed.fingerprint()
    run = runner.playbook(str(playbook))
    assert sorted({outcome.host for outcome in run.failures}) == sorted(hosts)
    assert shared_bed.fingerprint() == before
    return run


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_one_error_that_names_the_variable(name: str, tried: Run) -> None:
    said = BAD_INPUTS[name][1]
    failures = [outcome for outcome in tried.failures if outcome.host == name]
    assert len(failures) == 1, tried.output
    text = failures[0].message
    missing = [words for words in said if words not in text]
    assert not missing, text
    assert "Traceback" not in text
    assert not [outcome for outcome in tried.outcomes if outcome.host == name and outcome.changed]


def test_the_run_failed(tried: Run) -> None:
    assert tried.code == 2


@pytest.mark.parametrize("name", ["verify", "status", "flush", "history"])
def test_each_other_entry_point_checks_its_own_arguments_once(
    name: str, bed: Bed, ansible: AnsibleRunner, tmp_path: Path
) -> None:
    inventory = tmp_path / "inventory.yml"
    inventory.write_text("litellm:\n  hosts:\n    here:\n      ansible_connection: local\n")
    playbook = tmp_path / "role.yml"
    playbook.write_text(
        yaml.safe_dump(
            [{"hosts": "litellm", "gather_facts": False, "roles": [f"erni_ki.litellm.litellm_cache_{name}"]}]
        )
    )
    before = bed.fingerprint()
    run = AnsibleRunner(str(inventory), tmp_path, ansible.canary).playbook(str(playbook))
    assert run.code == 2 and len(run.failures) == 1, run.output
    assert run.failures[0].task.endswith("Check the variables")
    assert run.failures[0].message.startswith("litellm_cache_project_dir must be set: ")
    assert bed.fingerprint() == before


@pytest.mark.parametrize("playbook", ["switch_redis", "rollback_local", "verify"])
def test_an_inventory_without_a_matching_host_is_a_failure(
    playbook: str, bed: Bed, ansible: AnsibleRunner, tmp_path: Path
) -> None:
    inventory = tmp_path / "inventory.yml"
    inventory.write_text("all:\n  hosts:\n    elsewhere:\n      ansible_connection: local\n")
    before = bed.fingerprint()
    run = AnsibleRunner(str(inventory), tmp_path, ansible.canary).playbook(
        f"erni_ki.litellm.{playbook}", may_warn=r"Could not match supplied host pattern, ignoring: litellm"
    )
    assert run.code != 0
    assert len(run.failures) == 1
    assert "no host that matches litellm" in run.failures[0].message
    assert "litellm_cache_hosts" in run.failures[0].message
    assert bed.fingerprint() == before


def test_a_limit_that_leaves_out_every_matching_host_is_a_failure(ansible: AnsibleRunner, tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.yml"
    hosts = "    here:\n      ansible_connection: local\n"
    inventory.write_text(f"litellm:\n  hosts:\n{hosts}other:\n  hosts:\n{hosts.replace('here', 'elsewhere')}")
    run = AnsibleRunner(str(inventory), tmp_path, ansible.canary).playbook(
        "erni_ki.litellm.switch_redis", "--limit", "elsewhere"
    )
    assert run.code != 0
    assert len(run.failures) == 1
    assert "A limit must not leave it out" in run.failures[0].message


def test_a_mode_against_the_playbook_is_refused(bed: Bed, ansible: AnsibleRunner) -> None:
    before = bed.fingerprint()
    run = ansible.playbook("playbooks/switch_redis.yml", "--extra-vars", "litellm_cache_mode=local")
    assert run.code != 0
    assert len(run.failures) == 1
    assert 'litellm_cache_mode is "local"' in run.failures[0].message
    assert "brings the cache to redis, leave it unset" in run.failures[0].message
    assert bed.fingerprint() == before


def test_a_switch_with_redis_stopped_is_refused(bed: Bed, ansible: AnsibleRunner) -> None:
    before = bed.config.read_bytes(), bed.calls()
    bed.container("redis").stop(timeout=5)
    started = bed.started()
    run = ansible.playbook("playbooks/switch_redis.yml")
    assert run.code != 0
    assert len(run.failures) == 1 and "cannot look up that name" in run.failures[0].message, run.output
    assert (bed.config.read_bytes(), bed.calls()) == before
    assert bed.started() == started
    assert not bed.state.exists()


@contextmanager
def moved_away(bed: Bed, path: str, stand_in: str = "") -> Iterator[None]:
    """A file or directory of the proxy's container under another name; a shell script may take its place."""
    proxy = bed.container("litellm")
    assert proxy.exec_run(["mv", path, path + ".away"]).exit_code == 0
    try:
        if stand_in:
            script = f"printf '%s\\n' '#!/bin/sh' '{stand_in}' > {path}; chmod 755 {path}"
            assert proxy.exec_run(["sh", "-c", script]).exit_code == 0
        yield
    finally:
        # The shell is still there.
        assert proxy.exec_run(["sh", "-c", f"rm -f {path}; mv {path}.away {path}"]).exit_code == 0


def refused_before_anything(bed: Bed, ansible: AnsibleRunner) -> str:
    """The one error of a switch that was refused; the proxy goes on."""
    before = bed.fingerprint()
    run = ansible.playbook("playbooks/switch_redis.yml")
    assert run.code != 0 and len(run.failures) == 1, run.output
    assert bed.fingerprint() == before
    assert bed.proxy_answers()
    return run.failures[0].message


LIBRARY = "/usr/local/lib/python3.11/dist-packages/litellm"


def test_an_instance_without_litellm_is_told(bed: Bed, ansible: AnsibleRunner) -> None:
    with moved_away(bed, LIBRARY):
        message = refused_before_anything(bed, ansible)
    assert "LiteLLM cannot be imported in the container, there is no litellm" in message


def test_an_answer_that_is_no_json_is_told(bed: Bed, ansible: AnsibleRunner) -> None:
    real = bed.container("litellm").exec_run(["readlink", "-f", "/usr/bin/python3"]).output.decode().strip()
    with moved_away(bed, real, stand_in="echo something else"):
        message = refused_before_anything(bed, ansible)
    assert "ended with exit code 0 and no answer" in message


def test_the_memory_limit_ends_the_proof_and_not_the_proxy(bed: Bed, ansible: AnsibleRunner) -> None:
    proxy = bed.container("litellm")
    # Docker tells nothing at all where it could not read the control group at that moment.
    statistics = until(
        lambda: proxy.stats(stream=False)["memory_stats"].get("stats"), "Docker tells what the proxy uses"
    )
    # Control groups 2 and 1. What files take is not counted: the kernel gives that away first. An import takes 170 MB.
    used = statistics["anon"] if "anon" in statistics else statistics["total_rss"]
    proxy.update(mem_limit=used + 100 * 2**20, memswap_limit=used + 100 * 2**20)
    try:
        message = refused_before_anything(bed, ansible)
    finally:
        proxy.update(mem_limit=8 * 2**30, memswap_limit=8 * 2**30)
    assert "was killed, most likely by the container's memory limit" in message
    assert "litellm_cache_proof to none" in message


def test_router_settings_that_litellm_cannot_load_are_told(bed: Bed, ansible: AnsibleRunner) -> None:
    text = bed.config.read_text(encoding="utf-8")
    assert text.count("router_settings:\n") == 1
    # Behind a commented key, so that it stays beside what the plan writes.
    wrong = text.replace("router_settings:\n", "router_settings:\n  cache_kwargs:\n    patience: 5\n")
    bed.put(wrong.encode())
    message = refused_before_anything(bed, ansible)
    assert "does not start with these router_settings" in message
    assert "Remove patience from router_settings.cache_kwargs" in message


def test_an_instance_without_proc_is_told(bed: Bed, ansible: AnsibleRunner) -> None:
    process = str(bed.container("litellm").attrs["State"]["Pid"])
    in_its_mounts = ["nsenter", "--target", process, "--mount"]
    subprocess.run([*in_its_mounts, "mount", "-t", "tmpfs", "tmpfs", "/proc"], check=True)
    try:
        message = refused_before_anything(bed, ansible)
    finally:
        subprocess.run([*in_its_mounts, "umount", "/proc"], check=True)
    assert "there is no Python in the container that could be run, or no /proc" in message


def test_an_instance_without_python_is_told(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]) -> None:
    proxy = bed.container("litellm")
    real = proxy.exec_run(["readlink", "-f", "/usr/bin/python3"]).output.decode().strip()
    before = bed.fingerprint()
    assert proxy.exec_run(["mv", real, real + ".away"]).exit_code == 0
    try:
        run = ansible.playbook("playbooks/switch_redis.yml")
        info = ansible.tasks({"look": {"litellm_cache_info": options}})
    finally:
        # The shell is still there.
        assert proxy.exec_run(["mv", real + ".away", real]).exit_code == 0
    assert run.code != 0
    assert len(run.failures) == 1, run.output
    assert "there is no Python in the container" in run.failures[0].message
    assert bed.fingerprint() == before
    seen = info.of("look")["instances"][0]
    assert seen["problem"].startswith(f"{bed.instance}: there is no Python in the container")
    assert seen["stale"] == ["it does not answer"]


@pytest.mark.parametrize(
    ("module", "wrong", "said"),
    [
        ("litellm_cache_mode", {"mode": "memory"}, "value of mode must be one of: redis, local"),
        ("litellm_cache_mode", {}, "mode"),
        ("litellm_cache_mode", {"mode": "redis", "redis_port": 70000}, "redis_port must be a whole number from 1 to"),
        (
            "litellm_cache_mode",
            {"mode": "redis", "redis_port": 70000, "names_in_errors": "variables"},
            "litellm_cache_redis_port must be a whole number from 1 to",
        ),
        ("litellm_cache_info", {"service": "other"}, "or set service"),
        ("litellm_cache_info", {"service": "other", "names_in_errors": "variables"}, "or set litellm_cache_service"),
        ("redis_cache_info", {"redis_port": 0}, "redis_port must be between 1 and 65535"),
        (
            "redis_cache_info",
            {"redis_port": 0, "names_in_errors": "variables"},
            "redis_port in litellm_cache_redis_access must be between 1 and 65535",
        ),
        ("litellm_cache_mode", {"mode": "redis", "redis_password": "local"}, "redis_password is a part of a word that"),
        (
            "litellm_cache_mode",
            {"mode": "redis", "redis_password": "s0mething-l0ng", "redis_password_env": "X"},
            "redis_password and redis_password_env exclude each other",
        ),
        (
            "litellm_cache_mode",
            {"mode": "redis", "redis_cluster_nodes": ["a"], "redis_sentinel_nodes": ["b"]},
            "redis_cluster_nodes and redis_sentinel_nodes exclude each other",
        ),
        (
            "litellm_cache_mode",
            {"mode": "redis", "redis_tls": {"cert_file": "/c"}},
            "cert_file and key_file go together",
        ),
        ("litellm_cache_guard", {"state": "confirmed"}, "run"),
        ("litellm_cache_mode", {"mode": "redis", "snapshot": 9}, "there is no snapshot 9, only: none"),
        ("litellm_cache_snapshots", {"keep": -1}, "keep must be 0 or more, not -1"),
        ("litellm_cache_snapshots", {"compare": [1]}, "compare takes two numbers; 0 is the file as it is"),
        ("litellm_cache_history", {"document": "/"}, "/ cannot be read: Is a directory"),
        ("litellm_restart", {"instances": ["other"]}, "the service has no container other, only"),
        ("litellm_cache_info", {"variables": ["NOT_THERE"]}, "no instance has the environment variable NOT_THERE"),
        ("litellm_cache_probe", {}, "mode"),
        (
            "litellm_cache_roundtrip",
            {"master_key_file": "/nowhere/key"},
            "/nowhere/key cannot be read: No such file or directory",
        ),
        ("litellm_cache_roundtrip", {"master_key": "sk-s0mething-l0ng", "master_key_env": "KEY"}, "mutually exclusive"),
    ],
)
def test_modules_refuse_wrong_options(module: str, wrong: dict[str, Any], said: str, refused_options: Run) -> None:
    outcome = refused_options.of(f"{module} {wrong}")
    assert outcome.outcome == "failed"
    assert said in outcome.message


@pytest.fixture(scope="module")
def refused_options(shared_bed: Bed, ansible: AnsibleRunner) -> Run:
    """One run of all modules with wrong options."""
    shared_bed.reset()
    options = {"project_dir": str(shared_bed.directory), "state_dir": str(shared_bed.state)}
    marks = test_modules_refuse_wrong_options.pytestmark[0].args[1]
    before = shared_bed.fingerprint()
    run = ansible.tasks(
        {f"{module} {wrong}": {module: {**options, **wrong}, "check_mode": True} for module, wrong, _said in marks}
    )
    assert shared_bed.fingerprint() == before
    return run


def test_a_url_or_a_password_in_another_option_is_not_told(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    variables = {"url": f"redis://:{WRONG_PASSWORD}@redis:6379/1", "wrong": WRONG_PASSWORD}
    misplaced: tuple[tuple[str, Any, str], ...] = (
        ("redis_host", "{{ url }}", "redis_host must be a host name or an address; a URL is neither"),
        ("redis_host", "{{ wrong }}", "redis_host must be a host name or an address; a URL is neither"),
        ("redis_socket", "{{ url }}", "redis_socket must not be a URL"),
        ("redis_cluster_nodes", ["redis:6379", "{{ url }}"], "redis_cluster_nodes must be a list of host or host:port"),
        ("redis_sentinel_nodes", ["{{ wrong }}"], "redis_sentinel_nodes must be a list of host or host:port"),
        ("redis_password_env", "{{ wrong }}", "redis_password_env must be the name of an environment variable"),
    )
    modules = ("redis_cache_info", "redis_cache_flush")
    tasks = {
        f"{module} {number}": {module: {**options, option: value}}
        for number, (option, value, _said) in enumerate(misplaced)
        for module in modules
    }
    canary = Canary({"wrong": WRONG_PASSWORD}).also(**bed.secrets)
    run = ansible.tasks(tasks, "--check", variables=variables, canary=canary)
    for number, (_option, _value, said) in enumerate(misplaced):
        for module in modules:
            outcome = run.of(f"{module} {number}")
            assert outcome.outcome == "failed" and said in outcome.message, outcome.message
