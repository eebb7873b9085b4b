# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands for the modules of `awx.awx` that the playbooks use; each of their names is a link to this file.

NOT TESTED: the modules themselves, because no registry that the tests may use has them. What is known of their arguments is held
against these where a description of them lies, and `AWX_COLLECTION_PATH` puts the real ones in the place of these.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase


@dataclass(frozen=True)
class Kind:
    """One kind of objects.

    ``plain`` are the arguments that are fields of the API as they are, ``text`` those that become JSON there. ``links`` name
    another object, of an endpoint; ``scope`` are those among them by which the object is found. ``hung`` are lists of names.
    ``other`` are arguments that only the module knows.
    """

    endpoint: str
    plain: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    links: dict[str, str] = field(default_factory=dict)
    scope: tuple[str, ...] = ()
    hung: dict[str, str] = field(default_factory=dict)
    other: tuple[str, ...] = ()
    key: str = "name"

    @property
    def arguments(self) -> set[str]:
        """All that a task may say."""
        return {self.key, "state", *self.plain, *self.text, *self.links, *self.hung, *self.other}


_ORGANIZATION = {"organization": "organizations"}
_INVENTORY = {"inventory": "inventories"}
_ASKS = ("ask_job_type_on_launch", "ask_limit_on_launch", "survey_enabled")
KINDS = {
    "organization": Kind("organizations"),
    "project": Kind(
        "projects",
        plain=("scm_type", "scm_url", "scm_branch"),
        links={**_ORGANIZATION, "credential": "credentials"},
        scope=("organization",),
    ),
    "inventory": Kind("inventories", plain=("kind",), links=_ORGANIZATION, scope=("organization",)),
    "host": Kind("hosts", text=("variables",), links=_INVENTORY, scope=("inventory",)),
    "group": Kind(
        "groups", links=_INVENTORY, scope=("inventory",), hung={"hosts": "hosts"}, other=("preserve_existing_hosts",)
    ),
    "credential_type": Kind("credential_types", plain=("description", "kind", "inputs", "injectors")),
    "credential": Kind(
        "credentials",
        plain=("inputs",),
        links={**_ORGANIZATION, "credential_type": "credential_types"},
        scope=("organization", "credential_type"),
        other=("update_secrets",),
    ),
    "job_template": Kind(
        "job_templates",
        plain=("description", "playbook", "job_type", "diff_mode", "become_enabled", *_ASKS),
        text=("extra_vars",),
        links={
            **_ORGANIZATION,
            **_INVENTORY,
            "project": "projects",
            "execution_environment": "execution_environments",
        },
        scope=("organization",),
        hung={"credentials": "credentials"},
        other=("survey_spec",),
    ),
    "workflow_job_template": Kind(
        "workflow_job_templates",
        plain=("description", *_ASKS[1:]),
        links=_ORGANIZATION,
        scope=("organization",),
        other=("survey_spec",),
    ),
    "workflow_job_template_node": Kind(
        "workflow_job_template_nodes",
        plain=("extra_data",),
        links={"workflow_job_template": "workflow_job_templates", "unified_job_template": "unified_job_templates"},
        scope=("workflow_job_template",),
        hung={"success_nodes": "workflow_job_template_nodes", "failure_nodes": "workflow_job_template_nodes"},
        other=("organization", "lookup_organization"),
        key="identifier",
    ),
}


def request(method: str, path: str, sent: Any = None, **question: Any) -> Any:
    """Ask AWX.

    :param path: behind the prefix of the API, or with it.
    :param question: what stands behind the question mark.
    :raises AnsibleActionFail: it refuses.
    """
    path = path if path.startswith("/") else f"/api/v2/{path}/"
    url = os.environ["CONTROLLER_HOST"] + path + ("?" + urllib.parse.urlencode(question) if question else "")
    headers = {"Authorization": f"Bearer {os.environ['CONTROLLER_OAUTH_TOKEN']}", "Content-Type": "application/json"}
    body = None if sent is None else json.dumps(sent).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method)) as answer:  # noqa: S310
            text = answer.read()
    except urllib.error.HTTPError as error:
        raise AnsibleActionFail(f"{method} {path}: {error.code} {error.read().decode()}") from None
    return json.loads(text) if text else None


class ActionModule(ActionBase):
    """Makes an object what the arguments say, or removes it."""

    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """The result of the task.

        :raises AnsibleActionFail: an argument is unknown, or AWX refuses.
        """
        result = dict(super().run(tmp, task_vars), changed=False)
        kind, given = KINDS[self._task.action.rpartition(".")[2]], dict(self._task.args)
        if set(given) - kind.arguments:
            raise AnsibleActionFail(f"unknown arguments: {sorted(set(given) - kind.arguments)}")
        ids = {name: self._id(kind.links[name], given[name]) for name in kind.links if name in given}
        found = request("GET", kind.endpoint, **{kind.key: given[kind.key]}, **{name: ids[name] for name in kind.scope})
        former = found["results"][0] if found["results"] else None
        if given.get("state") == "absent":
            return self._removed(result, former)
        fields = {kind.key: given[kind.key], **ids, **{name: given[name] for name in kind.plain if name in given}}
        fields.update({name: json.dumps(given[name]) for name in kind.text if name in given})
        return self._made(result, kind, given, fields, former)

    def _removed(self, result: dict[str, Any], former: dict[str, Any] | None) -> dict[str, Any]:
        if former is not None and not self._task.check_mode:
            request("DELETE", former["url"])
        return dict(result, changed=former is not None)

    def _made(
        self, result: dict[str, Any], kind: Kind, given: dict[str, Any], fields: dict[str, Any], former: Any
    ) -> dict[str, Any]:
        """The result of an object that is to be there."""
        differs = former is None or any(
            former[name] != value for name, value in fields.items() if not _secret(former, name)
        )
        hung = {name: {self._id(of, one) for one in given[name]} for name, of in kind.hung.items() if name in given}
        survey = given.get("survey_spec")
        there: dict[str, set[int]] = {name: set() for name in hung}
        if former is not None:
            there = {name: {one["id"] for one in request("GET", former["related"][name])["results"]} for name in hung}
            if given.get("preserve_existing_hosts"):
                hung = {name: wanted | there[name] for name, wanted in hung.items()}
            differs = differs or there != hung
            differs = differs or (survey is not None and request("GET", former["related"]["survey_spec"]) != survey)
        if not differs or self._task.check_mode:
            return {**result, "changed": differs, **({"id": former["id"]} if former else {})}
        if former is None:
            one = request("POST", kind.endpoint, fields)
        else:
            one = request("PATCH", former["url"], {n: value for n, value in fields.items() if not _secret(former, n)})
        for name, wanted in hung.items():
            for number in wanted - there[name]:
                request("POST", one["related"][name], {"id": number})
            for number in there[name] - wanted:
                request("POST", one["related"][name], {"id": number, "disassociate": True})
        if survey is not None:
            request("POST", one["related"]["survey_spec"], survey)
        return dict(result, changed=True, id=one["id"])

    @staticmethod
    def _id(endpoint: str, name: str) -> int:
        """The number of a named object.

        :raises AnsibleActionFail: there is not one of that name.
        """
        key = "identifier" if endpoint == "workflow_job_template_nodes" else "name"
        found = request("GET", endpoint, **{key: name})["results"]
        if len(found) != 1:
            raise AnsibleActionFail(f"{endpoint}: {len(found)} are named {name}")
        return int(found[0]["id"])


def _secret(former: dict[str, Any], name: str) -> bool:
    """Whether AWX does not tell a field, so that it counts as equal."""
    return name == "inputs" and "$encrypted$" in former["inputs"].values()
