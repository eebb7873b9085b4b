# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option bundles that several modules share; their documentation stands in doc_fragments under the same names.

Private to the collection.
"""

from __future__ import annotations

import importlib.util
import re
import uuid
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._errors import LitellmCacheError, OptionError, OwnWordError
from ._vocabulary import OPTIONS, VARIABLES, for_reader

DEPLOYMENT = {
    "project_dir": {"type": "path", "required": True},
    "project_name": {"type": "str"},
    "service": {"type": "str", "default": "litellm"},
    "config_path": {"type": "path"},
    "docker_host": {"type": "str"},
    "state_dir": {"type": "path"},
    "names_in_errors": {"type": "str", "choices": [OPTIONS, VARIABLES], "default": OPTIONS},
}
#: For modules that also go to a Redis of no deployment.
OPTIONAL_DEPLOYMENT = dict(DEPLOYMENT, project_dir={"type": "path"})

CACHE: dict[str, dict[str, Any]] = {
    "mode": {"type": "str", "choices": ["redis", "local"], "required": True},
    "redis_form": {"type": "str", "choices": ["host", "url"]},
    "redis_host": {"type": "str", "default": "redis"},
    "redis_port": {"type": "int", "default": 6379},
    "redis_db": {"type": "int", "default": 1},
    "redis_username": {"type": "str"},
    "redis_password": {"type": "str", "no_log": True},
    "redis_password_env": {"type": "str", "no_log": False},
    "redis_url_env": {"type": "str"},
    "redis_cluster_nodes": {"type": "list", "elements": "str"},
    "redis_sentinel_nodes": {"type": "list", "elements": "str"},
    "redis_sentinel_service": {"type": "str"},
    "redis_sentinel_password_env": {"type": "str", "no_log": False},
    "redis_tls": {
        "type": "dict",
        "options": {
            "enabled": {"type": "bool", "default": True},
            "ca_file": {"type": "str"},
            "cert_file": {"type": "str"},
            "key_file": {"type": "str", "no_log": False},
            "check_hostname": {"type": "bool"},
            "validate_certs": {"type": "bool"},
        },
    },
    "ttl": {"type": "int"},
    "supported_call_types": {"type": "list", "elements": "str"},
    "namespace": {"type": "str"},
    "max_connections": {"type": "int"},
    "socket_timeout": {"type": "float", "default": 30},
    "socket_connect_timeout": {"type": "float", "default": 10},
    "health_check_interval": {"type": "int", "default": 30},
    "retry_on_timeout": {"type": "bool", "default": True},
    "connection_pool_timeout": {"type": "int"},
    "router": {"type": "str", "choices": ["consistent", "runbook", "none"], "default": "consistent"},
    "leave_out": {"type": "list", "elements": "str", "default": []},
    "snapshot": {"type": "int"},
}

REQUESTS = {
    "master_key": {"type": "str", "no_log": True},
    "master_key_env": {"type": "str", "no_log": False},
    "master_key_file": {"type": "path", "no_log": False},
    "test_model": {"type": "str"},
    "test_user": {"type": "str"},
    "request_timeout": {"type": "int", "default": 60},
}

#: How a restart goes; :class:`~._deployment.rolling_restart.Waits` is made of them.
WAITS: dict[str, dict[str, Any]] = {
    "ready_timeout": {"type": "int", "default": 120},
    "stable_for": {"type": "int", "default": 15},
    "stop_timeout": {"type": "int"},
    "before_each": {"type": "str", "default": ""},
    "after_each": {"type": "str", "default": ""},
    "each_timeout": {"type": "int", "default": 60},
    "bridge": {"type": "str", "choices": ["auto", "never"], "default": "auto"},
}

#: A change that may be left pending: who makes it, and who takes it back.
CHANGE: dict[str, dict[str, Any]] = {
    "guard": {"type": "str", "choices": ["auto", "none"], "default": "auto"},
    "confirm_timeout": {"type": "int"},
    "hosts_at_once": {"type": "int", "default": 1},
    "take_over": {"type": "bool", "default": False},
    "run": {"type": "str"},
    "user": {"type": "str"},
    "reason": {"type": "str", "default": ""},
    "snapshots_keep": {"type": "int", "default": 5},
    "textfile_dir": {"type": "path"},
}

#: At most one of them says with which key the requests are sent.
REQUESTS_EXCLUDE = [("master_key", "master_key_env", "master_key_file")]

REDIS = {
    "redis_host": {"type": "str"},
    "redis_port": {"type": "int"},
    "redis_db": {"type": "int"},
    "redis_socket": {"type": "path"},
    "redis_username": {"type": "str"},
    "redis_password": {"type": "str", "no_log": True},
    "redis_password_env": {"type": "str", "no_log": False},
    "redis_password_file": {"type": "path", "no_log": False},
    "redis_tls": {"type": "bool"},
    "redis_tls_ca_file": {"type": "path"},
    "redis_tls_cert_file": {"type": "path"},
    "redis_tls_key_file": {"type": "path", "no_log": False},
    "redis_tls_check_hostname": {"type": "bool"},
    "redis_sentinel_nodes": {"type": "list", "elements": "str"},
    "redis_sentinel_service": {"type": "str"},
    "redis_sentinel_username": {"type": "str"},
    "redis_sentinel_password": {"type": "str", "no_log": True},
    "redis_cluster_nodes": {"type": "list", "elements": "str"},
    "timeout": {"type": "float", "default": 5},
}
REDIS_EXCLUDES = [
    ("redis_password", "redis_password_env", "redis_password_file"),
    ("redis_host", "redis_socket", "redis_sentinel_nodes", "redis_cluster_nodes"),
]


#: Module to import on the managed host, its project and its Debian package.
LIBRARIES = {
    "yaml": ("PyYAML", "python3-yaml"),
    "redis": ("redis-py", "python3-redis"),
}
OF_DEPLOYMENT = ("yaml",)
#: Characters from which on a piece of a misplaced secret is masked: masks of shorter ones would be everywhere.
SHORTEST_PIECE = 4
_BORDERS = re.compile(r"[@/#?%:&=+\[\]\s]+")
#: Options that results tell, and what none of them can hold.
_PLACES = ("redis_host", "redis_socket", "redis_cluster_nodes", "redis_sentinel_nodes", "redis_sentinel_service")
_IN_NO_PLACE = re.compile(r"[@#?%&\s\"'\\]")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z|\Z")


def run_module(
    module: AnsibleModule, work: Callable[[], dict[str, Any]], libraries: tuple[str, ...] = OF_DEPLOYMENT
) -> None:
    """Run a module's work and leave with its result; the one place with fail_json and exit_json.

    :param work: returns the result.
    :param libraries: names in LIBRARIES of what it needs.
    """
    missing = [library for library in libraries if importlib.util.find_spec(library) is None]
    if missing:
        module.fail_json(msg=" ".join(_missing(*LIBRARIES[library]) for library in missing))
    _hide_misplaced_secrets(module)
    try:
        result = work()
    except OwnWordError as error:
        _tell_own_word(module, error)
    except LitellmCacheError as error:
        module.fail_json(msg=_told(module, error), **error.context)
    module.exit_json(**result)


def _hide_misplaced_secrets(module: AnsibleModule) -> None:
    """Have Ansible mask what stands in an option that is none of a secret: a URL with a login, a password for a name.

    Ansible shows the options of a module with its result, also of one that is refused for them.
    """
    for option, value in module.params.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and _is_misplaced(option, text):
                pieces = {text, *_BORDERS.split(text.partition("://")[2].rpartition("@")[0] or text)}
                module.no_log_values.update(piece for piece in pieces if len(piece) >= SHORTEST_PIECE)


def _is_misplaced(option: str, text: str) -> bool:
    """Whether an option about a place, or one that names a variable, holds what it is not for."""
    if option.endswith("_env"):
        return not _VARIABLE_NAME.match(text)
    if option in _PLACES and (_IN_NO_PLACE.search(text) or ("/" in text and option != "redis_socket")):
        return True
    return (option.startswith("redis_") or option in ("confirm", "proxy_url")) and "@" in text.partition("://")[2]


def _tell_own_word(module: AnsibleModule, error: OwnWordError) -> None:
    """Fail with words that Ansible would mask, because the option has a part of them: without the option's value."""
    option = error.context["option"]
    module.no_log_values.discard(module.params[option])
    module.params[option] = None
    module.fail_json(msg=_told(module, error), **error.context)


def _told(module: AnsibleModule, error: LitellmCacheError) -> str:
    """An error with its way out, in the names that its reader can set.

    Names of options stand only in an OptionError: elsewhere the same words may be keys of the file.
    """
    reader = module.params["names_in_errors"]
    text = f"{error}{error.way_out}"
    if reader == VARIABLES and not isinstance(error, OptionError):
        return text
    about = error.context.get("option", "")
    return for_reader(text, reader, module._name.rpartition(".")[2], module.argument_spec, about)


def run_of(params: dict[str, Any]) -> str:
    """Name of the run: that of the options, else a new one."""
    return params["run"] or str(uuid.uuid4())


def libraries_for_redis(params: dict[str, Any]) -> tuple[str, ...]:
    """What a module needs that goes to Redis, alone or by way of a deployment."""
    return ("redis", *OF_DEPLOYMENT) if params["project_dir"] else ("redis",)


def _missing(project: str, package: str) -> str:
    return missing_required_lib(project, reason=f"on the managed host (Debian: apt install {package})")
