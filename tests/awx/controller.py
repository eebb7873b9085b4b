# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in of AWX's API: what `awx_setup` needs of it, and strict. An unknown endpoint, filter, field or choice is an error.

NOT TESTED: a running AWX. It needs Kubernetes and images from registries; what this takes and answers is held against what a
real one answered, where such answers lie.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any, Iterator
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.erni_ki.litellm.tests.awx import surveys
from ansible_collections.erni_ki.litellm.tests.awx.fields import ASSOCIATIONS, FIELDS

PREFIX = "/api/v2/"
ENCRYPTED = "$encrypted$"
#: What a list can be asked for besides the fields of its objects.
_FILTERS = {"id", "page_size", "order_by"}
#: What goes with an object that is deleted: the endpoints of its children, and the field that names it there.
_CHILDREN = {
    "organizations": {
        name: "organization" for name in ("projects", "inventories", "credentials", "workflow_job_templates")
    },
    "inventories": {"hosts": "inventory", "groups": "inventory"},
    "workflow_job_templates": {"workflow_job_template_nodes": "workflow_job_template"},
}


class RefusedError(Exception):
    """A request that is refused, with the status and what the answer says."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


@dataclass
class Store:
    """Everything that AWX has. ``playbooks`` is what it found in the project, ``log`` each request that was no look."""

    playbooks: list[str]
    token: str
    objects: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: {name: {} for name in FIELDS})
    hung: dict[tuple[str, int, str], list[int]] = field(default_factory=dict)
    surveys: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    # -- looks --------------------------------------------------------------------------------------------

    def named(self, endpoint: str, name: str) -> dict[str, Any]:
        """The one object of a name.

        :raises ValueError: there is none, or there are several.
        """
        (found,) = (one for one in self.objects[endpoint].values() if name in (one.get("name"), one.get("identifier")))
        return found

    def shown(self, endpoint: str, number: int) -> dict[str, Any]:
        """An object as AWX tells it: without secrets, with links.

        :raises RefusedError: there is none.
        """
        if number not in self.objects[endpoint]:
            raise RefusedError(404, {"detail": "Not found."})
        told = dict(self.objects[endpoint][number])
        url = f"{PREFIX}{endpoint}/{number}/"
        told.update(id=number, url=url, type=endpoint[:-3] + "y" if endpoint.endswith("ies") else endpoint[:-1])
        told["related"] = {name: f"{url}{name}/" for name in (*ASSOCIATIONS.get(endpoint, {}), "survey_spec")}
        told["summary_fields"] = {}
        if endpoint == "projects":
            told.update(scm_revision="0" * 40, summary_fields={"current_update": {"id": number}})
        if endpoint == "credentials":
            told["inputs"] = {name: ENCRYPTED for name in told["inputs"]}
        return told

    def listed(self, endpoint: str, filters: dict[str, str]) -> dict[str, Any]:
        """The objects of an endpoint that a filter leaves.

        :raises RefusedError: nothing can be filtered by that.
        """
        if endpoint == "unified_job_templates":
            parts = [self.listed(name, filters) for name in ("job_templates", "workflow_job_templates")]
            return _page([one for part in parts for one in part["results"]])
        strange = set(filters) - set(FIELDS[endpoint]) - _FILTERS
        if strange:
            raise RefusedError(400, {"detail": f"{endpoint} cannot be filtered by {sorted(strange)}"})
        everything = [self.shown(endpoint, number) for number in self.objects[endpoint]]
        return _page([one for one in everything if all(str(one[name]) == value for name, value in filters.items())])

    # -- changes ------------------------------------------------------------------------------------------

    def write(self, endpoint: str, sent: dict[str, Any], number: int | None) -> int:
        """Make an object, or change one.

        :param number: None for a new one.
        :raises RefusedError: a field is unknown, missing, or does not take its value.
        """
        known = FIELDS[endpoint]
        wrong = {name: ["unknown field"] for name in set(sent) - set(known) - {"type"}}
        for name, value in sent.items():
            if name in known and (complaint := known[name].complaint(value)):
                wrong[name] = [complaint]
        if number is None:
            wrong.update({n: ["This field is required."] for n, one in known.items() if one.required and n not in sent})
        if wrong:
            raise RefusedError(400, wrong)
        former = self.objects[endpoint].get(number or 0) or {name: one.default for name, one in known.items()}
        new = {**former, **{name: value for name, value in sent.items() if name in known and not known[name].reads}}
        self._require_sense(endpoint, new, number)
        number = number or 1 + max((n for objects in self.objects.values() for n in objects), default=0)
        self.objects[endpoint][number] = new
        return number

    def _require_sense(self, endpoint: str, new: dict[str, Any], number: int | None) -> None:
        """Check what one field alone does not say.

        :raises RefusedError: it names nothing that is there, or what it names does not go with it.
        """
        for name, other in (("organization", "organizations"), ("inventory", "inventories"), ("project", "projects")):
            if new.get(name) is not None and new[name] not in self.objects[other]:
                raise RefusedError(400, {name: [f'Invalid pk "{new[name]}" - object does not exist.']})
        same = ("name", "organization", "inventory", "identifier", "workflow_job_template")
        if any(
            n != number and all(one.get(key) == new.get(key) for key in same)
            for n, one in self.objects[endpoint].items()
        ):
            raise RefusedError(400, {"__all__": ["There is one of this name already."]})
        if endpoint == "job_templates":
            new["organization"] = self.objects["projects"][new["project"]]["organization"]
            if new["playbook"] not in self.playbooks:
                raise RefusedError(400, {"playbook": ["Playbook not found for project."]})
        if endpoint == "credential_types":
            declared = {one["id"] for one in new["inputs"].get("fields", [])}
            used = set(re.findall(r"{{\s*(\w+)", json.dumps(new["injectors"])))
            if used - declared:
                raise RefusedError(400, {"injectors": [f"{sorted(used - declared)} are undefined"]})
        if endpoint == "credentials":
            declared = {
                one["id"] for one in self.objects["credential_types"][new["credential_type"]]["inputs"]["fields"]
            }
            if set(new["inputs"]) - declared:
                raise RefusedError(400, {"inputs": ["Additional properties are not allowed"]})
        if endpoint == "workflow_job_template_nodes" and new["extra_data"]:
            survey = self.surveys.get(("job_templates", new["unified_job_template"]), {"spec": []})
            refused = surveys.refusals(survey, new["extra_data"])
            if refused:
                raise RefusedError(400, {"extra_data": refused})

    def delete(self, endpoint: str, number: int) -> None:
        """Delete an object, and what belongs to it.

        :raises RefusedError: something uses it.
        """
        self.shown(endpoint, number)
        if endpoint == "credential_types":
            if any(one["credential_type"] == number for one in self.objects["credentials"].values()):
                raise RefusedError(403, {"detail": "Credential types that are in use cannot be deleted"})
        for children, name in _CHILDREN.get(endpoint, {}).items():
            for child in [n for n, one in self.objects[children].items() if one[name] == number]:
                self.delete(children, child)
        del self.objects[endpoint][number]
        self.surveys.pop((endpoint, number), None)
        self.hung = {key: [n for n in value if n != number] for key, value in self.hung.items() if key[1] != number}

    def hang(self, endpoint: str, number: int, name: str, sent: dict[str, Any]) -> None:
        """Hang an object on another one, or take it off.

        :raises RefusedError: there is none to hang, or the request says more.
        """
        if set(sent) - {"id", "disassociate"} or sent["id"] not in self.objects[ASSOCIATIONS[endpoint][name]]:
            raise RefusedError(400, {"detail": f"nothing to hang: {sent}"})
        hung = self.hung.setdefault((endpoint, number, name), [])
        hung[:] = [one for one in hung if one != sent["id"]] + ([] if sent.get("disassociate") else [sent["id"]])

    # -- requests -----------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, sent: Any) -> tuple[int, Any]:
        """Status and body of an answer.

        :param path: with its question, as it came.
        :raises RefusedError: it is no request that this takes.
        """
        parts = urlsplit(path)
        filters = dict(parse_qsl(parts.query, keep_blank_values=True))
        words = parts.path.removeprefix(PREFIX).strip("/").split("/")
        if not parts.path.startswith(PREFIX) or not parts.path.endswith("/"):
            raise RefusedError(404, {"detail": f"no such endpoint: {parts.path}"})
        if method != "GET":
            self.log.append(f"{method} {parts.path}")
        if words == ["me"] and method == "GET":
            return 200, _page([{"id": 1, "username": "admin"}])
        if words[0] == "project_updates" and method == "GET":
            return 200, {"id": int(words[1]), "status": "successful", "failed": False, "finished": "now"}
        if words[0] not in FIELDS and words != ["unified_job_templates"]:
            raise RefusedError(404, {"detail": f"no such endpoint: {parts.path}"})
        if len(words) == 1:
            return self._of_list(method, words[0], filters, sent)
        return self._of_one(method, words[0], int(words[1]), "/".join(words[2:]), sent)

    def _of_list(self, method: str, endpoint: str, filters: dict[str, str], sent: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, self.listed(endpoint, filters)
        if method == "POST" and endpoint in FIELDS:
            return 201, self.shown(endpoint, self.write(endpoint, sent, None))
        raise RefusedError(405, {"detail": f'Method "{method}" not allowed.'})

    def _of_one(self, method: str, endpoint: str, number: int, part: str, sent: Any) -> tuple[int, Any]:
        one = self.shown(endpoint, number)
        if part == "survey_spec" and "survey_enabled" in FIELDS[endpoint]:
            if method == "GET":
                return 200, self.surveys.get((endpoint, number), {})
            if complaints := surveys.complaints(sent):
                raise RefusedError(400, {"error": complaints})
            self.surveys[endpoint, number] = sent
            return 200, {}
        if part in ASSOCIATIONS.get(endpoint, {}):
            if method == "GET":
                other = ASSOCIATIONS[endpoint][part]
                return 200, _page([self.shown(other, n) for n in self.hung.get((endpoint, number, part), [])])
            self.hang(endpoint, number, part, sent)
            return 204, None
        if part:
            raise RefusedError(404, {"detail": f"no such endpoint: {endpoint}/{part}"})
        if method == "PATCH":
            one = self.shown(endpoint, self.write(endpoint, sent, number))
        elif method == "DELETE":
            self.delete(endpoint, number)
            return 204, None
        elif method != "GET":
            raise RefusedError(405, {"detail": f'Method "{method}" not allowed.'})
        return 200, one


def _page(results: list[dict[str, Any]]) -> dict[str, Any]:
    return {"count": len(results), "next": None, "previous": None, "results": results}


class _Handler(http.server.BaseHTTPRequestHandler):
    store: Store

    def _answer(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(size)
        try:
            if self.headers.get("Authorization") != f"Bearer {self.store.token}":
                raise RefusedError(401, {"detail": "Authentication credentials were not provided."})
            status, body = self.store.answer(self.command, self.path, json.loads(text) if text else None)
        except RefusedError as error:
            status, body = error.status, error.body
            self.store.refused.append(f"{self.command} {self.path}: {error}")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        answer = b"" if status == 204 else json.dumps(body).encode()
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 (the names of http.server)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the store has a log."""


@contextlib.contextmanager
def serve(store: Store) -> Iterator[str]:
    """Answer requests on a free port meanwhile; the value is the address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"store": store}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
