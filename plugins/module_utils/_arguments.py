# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option bundles that several modules share; their documentation stands in doc_fragments under the same names.

Private to the collection.
"""

from __future__ import annotations

import importlib.util
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError

DEPLOYMENT = {
    "project_dir": {"type": "path", "required": True},
    "project_name": {"type": "str"},
    "service": {"type": "str", "default": "litellm"},
    "config_path": {"type": "path"},
    "docker_host": {"type": "str"},
    "state_dir": {"type": "path"},
}

CACHE = {
    "mode": {"type": "str", "choices": ["redis", "local"], "required": True},
    "redis_form": {"type": "str", "choices": ["host", "url"]},
    "redis_host": {"type": "str", "default": "redis"},
    "redis_port": {"type": "int", "default": 6379},
    "redis_db": {"type": "int", "default": 1},
    "redis_username": {"type": "str"},
    "redis_password": {"type": "str", "no_log": True},
    "redis_password_env": {"type": "str", "no_log": False},
    "redis_url_env": {"type": "str"},
    "ttl": {"type": "int"},
    "supported_call_types": {"type": "list", "elements": "str"},
    "namespace": {"type": "str"},
    "max_connections": {"type": "int"},
    "socket_timeout": {"type": "float", "default": 30},
    "socket_connect_timeout": {"type": "float", "default": 10},
    "health_check_interval": {"type": "int", "default": 30},
    "retry_on_timeout": {"type": "bool", "default": True},
    "connection_pool_timeout": {"type": "int", "default": 5},
    "router": {"type": "str", "choices": ["consistent", "runbook", "none"], "default": "consistent"},
    "leave_out": {"type": "list", "elements": "str", "default": []},
    "snapshot": {"type": "int"},
}

REQUESTS = {
    "master_key": {"type": "str", "no_log": True},
    "master_key_env": {"type": "str", "no_log": False},
    "master_key_file": {"type": "path", "no_log": False},
    "test_model": {"type": "str"},
    "request_timeout": {"type": "int", "default": 60},
}


#: Module to import on the managed host, its project and its Debian package.
LIBRARIES = {"docker": ("Docker SDK for Python", "python3-docker"), "yaml": ("PyYAML", "python3-yaml")}


def run_module(module: AnsibleModule, work: Callable[[], dict[str, Any]]) -> None:
    """Run a module's work and leave with its result; the one place with fail_json and exit_json.

    :param work: returns the result.
    """
    missing = [library for library in LIBRARIES if importlib.util.find_spec(library) is None]
    if missing:
        module.fail_json(msg=" ".join(_missing(*LIBRARIES[library]) for library in missing))
    try:
        result = work()
    except LitellmCacheError as error:
        module.fail_json(msg=str(error), **error.context)
    module.exit_json(**result)


def _missing(project: str, package: str) -> str:
    return missing_required_lib(project, reason=f"on the managed host (Debian: apt install {package})")
