# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fields of AWX's API that `awx_setup` sends. Where answers of a real AWX lie, test_setup.py compares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: JSON types of the values that a field of a kind takes. JSON as text is how AWX keeps variables.
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "id": (int, type(None)),
    "choice": (str,),
    "json": (str, dict),
}


@dataclass(frozen=True)
class Field:
    """What one field takes. ``reads``: AWX fills it itself, and ignores what is sent. ``nullable``: it takes null."""

    kind: str
    required: bool = False
    longest: int | None = None
    choices: tuple[str, ...] = ()
    default: Any = ""
    reads: bool = False
    nullable: bool = False

    def complaint(self, value: Any) -> str:
        """Why the field does not take a value; empty where it does."""
        if value is None and self.nullable:
            return ""
        if not isinstance(value, _TYPES[self.kind]) or (isinstance(value, bool) and self.kind != "boolean"):
            return f"{value!r} is no {self.kind}"
        if self.choices and value not in self.choices:
            return f'"{value}" is not a valid choice.'
        if self.longest is not None and len(value) > self.longest:
            return f"Ensure this field has no more than {self.longest} characters."
        return ""


NAME = Field("string", required=True, longest=512)
TEXT = Field("string")
OBJECT = Field("id", default=None)
REQUIRED_OBJECT = Field("id", required=True, default=None)
FLAG = Field("boolean", default=False)
VARIABLES = Field("json")
MAPPING = Field("json", default={})
READ_ONLY = Field("id", reads=True, default=None)

FIELDS: dict[str, dict[str, Field]] = {
    "organizations": {"name": NAME},
    "projects": {
        "name": NAME,
        "organization": OBJECT,
        "scm_type": Field("choice", choices=("", "git", "svn", "insights", "archive")),
        "scm_url": Field("string", longest=1024),
        "scm_branch": Field("string", longest=256),
        "credential": OBJECT,
    },
    "inventories": {
        "name": NAME,
        "organization": REQUIRED_OBJECT,
        "variables": VARIABLES,
        "kind": Field("choice", choices=("", "smart", "constructed")),
        "host_filter": Field("string", default=None, nullable=True),
    },
    "hosts": {"name": NAME, "inventory": REQUIRED_OBJECT, "variables": VARIABLES},
    "groups": {"name": NAME, "inventory": REQUIRED_OBJECT, "variables": VARIABLES},
    "credential_types": {
        "name": NAME,
        "kind": Field("choice", required=True, choices=("net", "cloud")),
        "inputs": MAPPING,
        "injectors": MAPPING,
        "managed": Field("boolean", default=False, reads=True),
    },
    "credentials": {
        "name": NAME,
        "organization": OBJECT,
        "credential_type": REQUIRED_OBJECT,
        "inputs": MAPPING,
    },
    "execution_environments": {"name": NAME, "image": Field("string", required=True, longest=1024)},
    "job_templates": {
        "name": NAME,
        "job_type": Field("choice", choices=("run", "check"), default="run"),
        "inventory": OBJECT,
        "project": OBJECT,
        "playbook": Field("string", longest=1024),
        "organization": READ_ONLY,
        "execution_environment": OBJECT,
        "extra_vars": VARIABLES,
        "diff_mode": FLAG,
        "become_enabled": FLAG,
        "survey_enabled": FLAG,
        "ask_job_type_on_launch": FLAG,
        "ask_limit_on_launch": FLAG,
        "ask_variables_on_launch": FLAG,
    },
    "workflow_job_templates": {
        "name": NAME,
        "organization": OBJECT,
        "extra_vars": VARIABLES,
        "survey_enabled": FLAG,
        "ask_limit_on_launch": FLAG,
        "ask_variables_on_launch": FLAG,
    },
    "workflow_job_template_nodes": {
        "identifier": Field("string", longest=512),
        "workflow_job_template": REQUIRED_OBJECT,
        "unified_job_template": OBJECT,
        "extra_data": MAPPING,
    },
}
for _of_one in FIELDS.values():
    if "name" in _of_one:
        _of_one["description"] = TEXT
#: What can be hung on an object of an endpoint: the name there, and the endpoint of what is hung.
ASSOCIATIONS: dict[str, dict[str, str]] = {
    "job_templates": {"credentials": "credentials"},
    "groups": {"hosts": "hosts"},
    "workflow_job_template_nodes": {
        name: "workflow_job_template_nodes" for name in ("success_nodes", "failure_nodes", "always_nodes")
    },
}
