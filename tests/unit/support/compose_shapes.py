# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compose projects as people write them: by hand, and drawn by hypothesis.

No text here is made by what reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.services import Told
from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy], Any]

OLD = "ghcr.io/berriai/litellm:v1.80.0"
DIGEST = "sha256:" + "0123456789abcdef" * 4
#: Tags alone, a digest, another registry, another repository, both.
WANTED = (
    "ghcr.io/berriai/litellm:v1.81.0",
    f"ghcr.io/berriai/litellm:v1.81.0@{DIGEST}",
    f"ghcr.io/berriai/litellm@{DIGEST}",
    "registry.example.org:5000/berriai/litellm:v1.80.0",
    "localhost/litellm-database:main-v1.81.0-stable.1",
    "litellm:v1.81.0",
)


@dataclass(frozen=True)
class Shape:
    """A project: its files by their path in it, and what Compose is told of it."""

    files: Mapping[str, str]
    named: tuple[str, ...] = ("compose.yml",)
    environment_files: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    def write(self, directory: Path) -> None:
        """Put the files into a directory."""
        for path, text in self.files.items():
            file = directory / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())

    def told(self, directory: Path) -> Told:
        """What the labels of its containers say, once it is in a directory."""
        named = tuple(str(directory / path) for path in self.named)
        return Told(str(directory), named, self.environment_files, self.variables)


@dataclass(frozen=True)
class Written:
    """How a value stands in a Compose file, with what ``.env`` has to say of it."""

    token: str
    variables: tuple[str, ...] = ()


def _of_variables(reference: str) -> list[Written]:
    """A reference that variables have a share in."""
    name, _colon, tag = reference.rpartition(":")
    registry, _slash, path = name.partition("/")
    return [
        Written("${IMAGE}", (f"IMAGE={reference}",)),
        Written("$IMAGE", (f"export IMAGE='{reference}'  # the image",)),
        Written(f"${{IMAGE:-{reference}}}"),
        Written(f"${{IMAGE-{reference}}}", ("# IMAGE=x",)),
        Written("${IMAGE:-other:1}", (f"IMAGE=first:1\nIMAGE = {reference} # the last one counts",)),
        Written(f"{name}:${{TAG}}", (f'TAG="{tag}"',)),
        Written(f"{name}:${{TAG:-{tag}}}", ("TAG=",)),
        Written(f"{name}:v${{NUMBER}}", (f"NUMBER={tag[1:]}",)),
        Written(f"{name}:${{TAG:-${{OTHER_TAG:-{tag}}}}}"),
        Written(f"{name}:${{TAG:-${{OTHER_TAG}}}}", (f"OTHER_TAG: {tag}",)),
        Written(f"{name}:${{TAG:+{tag}}}", ("TAG=yes",)),
        Written(f"{name}:${{TAG:?say which}}", (f"TAG={tag}",)),
        Written("${REGISTRY}/" + path + ":${TAG}", (f"REGISTRY={registry}", f"TAG={tag}")),
        Written("${IMAGE}", (f"NAME={name}", f"IMAGE=${{NAME}}:{tag}")),
        Written("${IMAGE}", (f"TAG={tag}", f'IMAGE="{name}:${{TAG}}"')),
        Written(f"{name}${{NOTHING}}:{tag}"),
    ]


@st.composite
def _written(draw: Draw, reference: str) -> Written:
    """A reference in one of the ways of writing it, in quotes or without."""
    written = draw(st.sampled_from([Written(reference), Written(reference), *_of_variables(reference)]))
    token = written.token
    manners = [token, f'"{token}"', f"'{token}'", f"&image {token}", f'!!str "{token}"']
    if ": " not in token and "#" not in token:
        manners.append(f">-\n{{indent}}  {token}")
    return Written(draw(st.sampled_from(manners)), written.variables)


#: What services have beside their image; `{indent}` is that of their keys.
OTHER_KEYS = (
    "restart: unless-stopped",
    "environment:\n{indent}  - A=b\n{indent}  - PRICE=$$5",
    "environment: {A: 'it''s', B: \"x # y\"}  # no comment: inside",
    "command: [\"--config\", '/app/config.yaml']",
    "# image: commented:1",
    "labels:\n{indent}  image: no-image:1",
    "env_file: [litellm.env]",
    "healthcheck:\n{indent}  test: >-\n{indent}    true\n\n{indent}    image: text",
)
#: The same for images of services that are none of ours.
OTHER_IMAGES = ("redis:7-alpine", "'postgres:16'", '"ghcr.io/open-webui/open-webui:main"', "busybox")


@dataclass
class _Project:
    """The texts of a project while they are drawn."""

    documents: dict[str, list[str]] = field(default_factory=dict)
    variables: list[str] = field(default_factory=list)

    def add(self, path: str, *lines: str) -> None:
        self.documents.setdefault(path, []).extend(lines)


@st.composite
def _body(draw: Draw, image: str, indent: str) -> list[str]:
    """The lines of a service, from its first key to its last."""
    keys = draw(st.lists(st.sampled_from(OTHER_KEYS), unique_by=lambda key: key.split(":")[0], max_size=3))
    if image:
        keys.insert(draw(st.integers(0, len(keys))), f"image: {image}")
    lines = "\n".join(indent + key.replace("{indent}", indent) for key in keys or ["restart: always"])
    behind = draw(st.sampled_from(["", "", "  # note", " "]))
    return [
        line + behind if line.lstrip().startswith("image: ") and not line.endswith(">-") else line
        for line in lines.split("\n")
    ]


def _service(name: str, body: list[str]) -> list[str]:
    return [f"  {name}:", *body]


WAYS = (
    "plain",
    "merge",
    "alias",
    "extends",
    "other file",
    "chain",
    "override",
    "include",
    "include with environment",
    "documents",
)


def _lay_out(project: _Project, way: str, written: Written, body: list[str], bare: list[str]) -> tuple[str, ...]:
    """Put the service litellm into files in one of the ways.

    :param body: the lines of the service with its image; ``bare`` those without.
    :returns: the Compose files.
    """
    main = "compose.yml"
    if way != "include with environment":
        project.variables += written.variables
    if way == "merge":
        project.add(main, "x-litellm: &litellm", *[line[2:] for line in body])
        project.add(main, "services:", "  litellm:", "    <<: *litellm", "    stop_grace_period: 60s")
    elif way == "alias":
        project.add(main, f"x-image: &named {written.token}".replace("&image ", "").replace("{indent}", ""))
        project.add(main, "services:", *_service("litellm", [*bare, "    image: *named"]))
    elif way == "extends":
        project.add(main, "services:", *_service("base", body), "  litellm:", "    extends: base")
    elif way == "other file":
        project.add("common/base.yml", "services:", *_service("base", body))
        project.add(main, "services:", "  litellm:", "    extends: {file: common/base.yml, service: base}")
    elif way == "chain":
        project.add("common/deep/base.yml", "services:", *_service("base", body))
        project.add(
            "common/base.yml",
            "services:",
            "  middle:",
            "    extends:",
            "      file: deep/base.yml",
            "      service: base",
        )
        project.add(
            main, "services:", "  litellm:", "    extends:", "      service: middle", "      file: ./common/base.yml"
        )
    elif way == "override":
        project.add(main, "services:", *_service("litellm", [*bare, "    image: before:1"]))
        project.add("compose.override.yml", "services:", *_service("litellm", body))
        return main, "compose.override.yml"
    elif way == "include":
        project.add(main, "include:", "  - path: [proxy/compose.yml]", "    project_directory: .", "services:")
        project.add("proxy/compose.yml", "services:", *_service("litellm", body))
    elif way == "include with environment":
        project.add(main, "include: [{path: proxy/compose.yml, env_file: proxy/own.env}]", "services:")
        project.add("proxy/compose.yml", "services:", *_service("litellm", body))
        project.add("proxy/own.env", "PROXY=1", *written.variables)
    elif way == "documents":
        project.add(
            main, "services:", *_service("litellm", [*bare, "    image: before:1"]), "  early: {image: early}", "---"
        )
        project.add(main, "services:", *_service("litellm", body))
    else:
        project.add(main, "services:", *_service("litellm", body))
    return (main,)


@st.composite
def shapes(draw: Draw) -> Shape:
    """Any project in which the service litellm has the image OLD, beside others."""
    project = _Project()
    written = draw(_written(OLD))
    way = draw(st.sampled_from(WAYS))
    image = written.token.replace("{indent}", "    ")
    named = _lay_out(project, way, written, draw(_body(image, "    ")), draw(_body("", "    ")))
    for number, other in enumerate(draw(st.lists(st.sampled_from(OTHER_IMAGES), min_size=1, max_size=2))):
        project.add(named[0], f"  other{number}:", f"    image: {other}", "    depends_on: []")
    project.variables.insert(
        0, draw(st.sampled_from(["SECRET=s3cr3t!", "# nothing", "export SECRET='s3cr3t' # not told", ""]))
    )
    project.add("litellm.env", "UNRELATED=1")
    project.add("proxy/litellm.env", "UNRELATED=2")
    project.add("common/litellm.env", "UNRELATED=3")
    project.add("common/deep/litellm.env", "UNRELATED=4")
    line_end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    last = draw(st.sampled_from([line_end, "", line_end * 2]))
    mark = draw(st.sampled_from(["", "", "\ufeff"]))
    files = {
        path: mark + line_end.join("\n".join(lines).split("\n")) + last for path, lines in project.documents.items()
    }
    files[".env"] = line_end.join("\n".join(project.variables).split("\n")) + draw(st.sampled_from([line_end, ""]))
    return Shape(files, named)


# ------------------------------------------------------------------------------- by hand
#: Variables for the templates below.
TEMPLATE_VARIABLES = {"SET": "value", "EMPTY": "", "s_2": "small", "DOLLAR": "$SET"}
#: Templates, and what they read as.
TEMPLATES = {
    "plain": "plain",
    "$SET": "value",
    "${SET}": "value",
    "a$SET-b": "avalue-b",
    "$s_2.": "small.",
    "$$SET": "$SET",
    "$$$SET": "$value",
    "$${SET}": "${SET}",
    "$": "$",
    "5$": "5$",
    "$1 $- $.": "$1 $- $.",
    "a${NOT}b": "ab",
    "$NOT": "",
    "${SET:-x}": "value",
    "${SET-x}": "value",
    "${NOT:-x}": "x",
    "${NOT-x}": "x",
    "${EMPTY:-x}": "x",
    "${EMPTY-x}": "",
    "${SET:+x}": "x",
    "${SET+x}": "x",
    "${NOT:+x}": "",
    "${NOT+x}": "",
    "${EMPTY:+x}": "",
    "${EMPTY+x}": "x",
    "${SET:?x}": "value",
    "${SET?x}": "value",
    "${EMPTY?x}": "",
    "${NOT:-}": "",
    "${NOT:-a:b@c/d-e}": "a:b@c/d-e",
    "${NOT:-a-b}": "a-b",
    "${NOT-a:-b}": "a:-b",
    "${NOT:-${SET}}": "value",
    "${NOT:-${ALSO_NOT:-x}-y}z": "x-yz",
    "${NOT:-$SET}$SET": "valuevalue",
    "${NOT:-a}${SET:+b}${NOT-c}": "abc",
    "${NOT:-a$$b}": "a$b",
    "${NOT:-{x}}": "{x}",
    "$DOLLAR": "$SET",
    "{$SET}": "{value}",
}
#: Environment files, and the values of their variables; OUTSIDE has the value `from outside` before.
ENVIRONMENT_FILES = {
    "": {},
    "# A=1\n": {},
    "A=1": {"A": "1"},
    "A=1\nB=2\n": {"A": "1", "B": "2"},
    "A=1\r\nB=2\r\n": {"A": "1", "B": "2"},
    "\ufeffA=1\n": {"A": "1"},
    "  A = 1  \n": {"A": "1"},
    "export A=1\nexport\tB=2\n": {"A": "1", "B": "2"},
    "A: 1\n": {"A": "1"},
    "A=1\nA=2\n": {"A": "2"},
    "A=1 # note\nB=1#no note\nC=1\t# none\n": {"A": "1", "B": "1#no note", "C": "1\t# none"},
    "A=# none\n": {"A": "# none"},
    "A='1 # x' # note\nB=\"2 # x\"# note\n": {"A": "1 # x", "B": "2 # x"},
    "A=\nB=\n": {"A": "", "B": ""},
    "A='$SET'\nB='\\'x\\''\n": {"A": "$SET", "B": "'x'"},
    'A="a\\nb\\t\\"c\\" \\\\ \\$X $$Y"\n': {"A": 'a\nb\t"c" \\ $X $Y'},
    "A='one\ntwo'\nB=3\n": {"A": "one\ntwo", "B": "3"},
    "A=1\nB=$A-${A}-${C:-d}\n": {"A": "1", "B": "1-1-d"},
    "B=$A\nA=1\n": {"A": "1", "B": ""},
    "OUTSIDE=mine\nA=$OUTSIDE\n": {"OUTSIDE": "mine", "A": "from outside"},
    "A=\"x\" B='y'\n": {"A": "x", "B": "y"},
    "A.B=1\nA-B=2\nA[0]=3\n": {"A.B": "1", "A-B": "2", "A[0]": "3"},
    "ЯЗЫК=да\n": {"ЯЗЫК": "да"},
    "A=b=c:d\n": {"A": "b=c:d"},
    "A=a\\nb\n": {"A": "a\\nb"},
    "NOBODY\nA=1\n": {"A": "1"},
}

#: Projects, and the image that each of their services has.
BY_HAND: dict[str, tuple[Shape, dict[str, str]]] = {
    "plain": (Shape({"compose.yml": f"services:\n  litellm:\n    image: {OLD}\n"}), {"litellm": OLD}),
    "JSON": (Shape({"compose.yml": '{"services": {"litellm": {"image": "a:1"}}}\n'}), {"litellm": "a:1"}),
    "tabs": (Shape({"compose.yml": "services:\n  litellm:\t# tab\n    image:\ta:1\t# tab\n"}), {"litellm": "a:1"}),
    "version and name": (
        Shape({"compose.yml": "version: '3.8'\nname: erni-ki\nservices:\n  litellm: {image: a:1}\n"}),
        {"litellm": "a:1"},
    ),
    "three files": (
        Shape(
            {
                "a.yml": "services:\n  litellm: {image: a:1, restart: always}\n  redis: {image: redis}\n",
                "b.yml": "services:\n  litellm:\n    image: b:1\n",
                "c.yml": "services:\n  litellm:\n    restart: always\n",
            },
            named=("a.yml", "b.yml", "c.yml"),
        ),
        {"litellm": "b:1", "redis": "redis"},
    ),
    "a file in a folder": (
        Shape(
            {"deploy/compose.yml": "services:\n  litellm: {image: 'a:${TAG}'}\n", ".env": "TAG=1\n"},
            ("deploy/compose.yml",),
        ),
        {"litellm": "a:1"},
    ),
    "an override that says nothing": (
        Shape(
            {"a.yml": "services:\n  litellm: {image: a:1}\n", "b.yml": "services:\n  litellm:\n"},
            named=("a.yml", "b.yml"),
        ),
        {"litellm": "a:1"},
    ),
    "reset": (
        Shape(
            {
                "a.yml": "services:\n  litellm: {image: a:1, build: .}\n",
                "b.yml": "services:\n  litellm:\n    build: !reset null\n",
            },
            named=("a.yml", "b.yml"),
        ),
        {"litellm": "a:1"},
    ),
    "override of a service": (
        Shape(
            {
                "a.yml": "services:\n  litellm: {image: a:1, build: .}\n",
                "b.yml": "services:\n  litellm: !override\n    image: b:1\n",
            },
            named=("a.yml", "b.yml"),
        ),
        {"litellm": "b:1"},
    ),
    "a chain of extends": (
        Shape(
            {
                "compose.yml": "name: a\nservices:\n  litellm:\n    extends: {file: common/a.yml, service: a}\n",
                "common/a.yml": "services:\n  a:\n    restart: always\n    extends: {file: deep/b.yml, service: b}\n",
                "common/deep/b.yml": "services:\n  b: {image: 'b:${TAG:-1}'}\n",
            }
        ),
        {"litellm": "b:1"},
    ),
    "extends with an image of its own": (
        Shape(
            {
                "compose.yml": "services:\n  base: {image: a:1}\n  litellm:\n    image: b:1\n    extends: {service: base}\n"
            }
        ),
        {"base": "a:1", "litellm": "b:1"},
    ),
    "includes": (
        Shape(
            {
                "compose.yml": (
                    "include:\n  - one/compose.yml\n  - path: [two/a.yml, two/b.yml]\n  - path: three/compose.yml\n"
                    "    env_file: [other.env, another.env]\nservices:\n  own: {image: 'own:${TAG}'}\n"
                ),
                ".env": "TAG=main\n",
                "one/compose.yml": "services:\n  one: {image: 'one:${TAG}-${ONE}'}\n",
                "one/.env": "TAG=one\nONE=of-one\n",
                "two/a.yml": "services:\n  two: {image: a:1}\n",
                "two/b.yml": "services:\n  two: {image: 'b:${TWO:-1}'}\n",
                "three/compose.yml": "include: [inner.yml]\nservices:\n  three: {image: 'three:${THREE}'}\n",
                "three/inner.yml": "services:\n  inner: {image: 'inner:${THREE}'}\n",
                "other.env": "THREE=3\n",
                "another.env": "THREE=4\n",
            }
        ),
        {"own": "own:main", "one": "one:main-of-one", "two": "b:1", "three": "three:4", "inner": "inner:4"},
    ),
    "a variable of the shell": (
        Shape(
            {"compose.yml": "services:\n  litellm: {image: 'a:${TAG}'}\n", ".env": "TAG=1\n"}, variables={"TAG": "2"}
        ),
        {"litellm": "a:2"},
    ),
    "environment files that are named": (
        Shape(
            {
                "compose.yml": "services:\n  litellm: {image: '${IMAGE}'}\n",
                ".env": "IMAGE=no:1\n",
                "a.env": "TAG=1\nIMAGE=a:1\n",
                "b.env": "IMAGE=b:${TAG}\n",
            },
            environment_files=("a.env", "b.env"),
        ),
        {"litellm": "b:1"},
    ),
    "merge keys": (
        Shape(
            {
                "compose.yml": (
                    "x-a: &a\n  image: a:1\n  restart: always\nx-b: &b\n  <<: *a\n  image: b:1\n"
                    "services:\n  litellm:\n    <<: [*b, *a]\n  other:\n    <<: *b\n    image: c:1\n  third: *a\n"
                )
            }
        ),
        {"litellm": "b:1", "other": "c:1", "third": "a:1"},
    ),
    "documents": (
        Shape({"compose.yml": "services:\n  litellm: {image: a:1}\n---\nservices:\n  litellm: {image: b:1}\n"}),
        {"litellm": "b:1"},
    ),
    "profiles": (
        Shape({"compose.yml": "services:\n  litellm: {image: a:1, profiles: [proxy]}\n  b: {image: b:1}\n"}),
        {"litellm": "a:1", "b": "b:1"},
    ),
    "escapes": (Shape({"compose.yml": 'services:\n  litellm: {image: "lite\\x6clm:1"}\n'}), {"litellm": "litellm:1"}),
    "an override of what is included": (
        Shape(
            {
                "a.yml": "include: [proxy/compose.yml]\nservices:\n  redis: {image: redis}\n",
                "proxy/compose.yml": "services:\n  litellm: {image: 'a:${TAG}'}\n",
                "proxy/.env": "TAG=1\n",
                "b.yml": "services:\n  litellm: {image: 'b:${TAG:-none}'}\n",
            },
            named=("a.yml", "b.yml"),
        ),
        {"redis": "redis", "litellm": "b:none"},
    ),
    "an override of an environment alone": (
        Shape(
            {
                "a.yml": "include:\n  - path: ./proxy/compose.yml\n    project_directory: ./proxy\n",
                "proxy/compose.yml": "services:\n  litellm:\n    image: a:1\n",
                "b.yml": "services:\n  litellm: {image: , environment: {A: b}}\n",
            },
            named=("a.yml", "b.yml"),
        ),
        {"litellm": "a:1"},
    ),
    "three levels of includes": (
        Shape(
            {
                "compose.yml": "include: [one/compose.yml]\n",
                ".env": "MAIN=m\n",
                "one/compose.yml": "include: [two/compose.yml]\nservices:\n  one: {image: 'one:${MAIN}-${ONE}-${TWO:-no}'}\n",
                "one/.env": "MAIN=x\nONE=1\n",
                "one/two/compose.yml": "services:\n  two: {image: 'two:${MAIN}-${ONE}-${TWO:-no}'}\n",
                "one/two/.env": "ONE=x\nTWO=$ONE\n",
            }
        ),
        {"one": "one:m-1-no", "two": "two:m-1-1"},
    ),
    "one anchor that is set twice": (
        Shape({"compose.yml": "x-a: &i a:1\nx-b: &i b:1\nservices:\n  litellm: {image: *i}\nx-c: &i c:1\n"}),
        {"litellm": "b:1"},
    ),
    "an anchor in another service": (
        Shape(
            {"compose.yml": "services:\n  litellm: &l\n    image: a:1\n  second:\n    <<: *l\n    restart: always\n"}
        ),
        {"litellm": "a:1", "second": "a:1"},
    ),
    "keys in quotes, and with a question mark": (
        Shape({"compose.yml": '"services":\n  \'litellm\':\n    ? "image"\n    : a:1\n'}),
        {"litellm": "a:1"},
    ),
    "a block and line ends of Windows": (
        Shape(
            {
                "compose.yml": "services:\r\n  litellm:\r\n    image: >-\r\n      a:${TAG}\r\n    restart: always\r\n",
                ".env": "TAG=1\r\n",
            }
        ),
        {"litellm": "a:1"},
    ),
    "paths of variables": (
        Shape(
            {
                "compose.yml": (
                    "include:\n  - ${WHERE}/compose.yml\nservices:\n"
                    "  litellm:\n    extends: {file: '${WHERE}/base.yml', service: '${BASE:-base}'}\n"
                ),
                "there/compose.yml": "services:\n  other: {image: other}\n",
                "there/base.yml": "services:\n  base: {image: 'a:${TAG}'}\n",
                "there/.env": "TAG=2\n",
                ".env": "WHERE=there\nTAG=1\n",
            }
        ),
        {"litellm": "a:1", "other": "other"},
    ),
    "extends within an included file": (
        Shape(
            {
                "compose.yml": "include: [proxy/compose.yml]\nservices:\n  base: {image: not:this}\n",
                "proxy/compose.yml": "services:\n  litellm: {extends: {file: base.yml, service: base}}\n",
                "proxy/base.yml": "services:\n  base: {image: 'a:${TAG}'}\n",
                "proxy/.env": "TAG=1\n",
            }
        ),
        {"litellm": "a:1", "base": "not:this"},
    ),
    "a merge key behind the image": (
        Shape({"compose.yml": "x-a: &a {image: a:1}\nservices:\n  litellm:\n    image: b:1\n    <<: *a\n"}),
        {"litellm": "b:1"},
    ),
}
