# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another image for a service, in projects by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.change import ImageChange, change_image
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.files import Files, encoded
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import ComposeError
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.reach import Reach
from ansible_collections.erni_ki.litellm.tests.unit.support.compose_shapes import DIGEST, OLD, Shape

NEW = "ghcr.io/berriai/litellm:v1.81.0"
ELSEWHERE = "registry.example.org:5000/berriai/litellm:v1.80.0"
NAME = OLD.rpartition(":")[0]


def change(shape: Shape, directory: Path, wanted: str = NEW, **more: list[str]) -> ImageChange:
    shape.write(directory)
    return change_image(shape.told(directory), Files(), "litellm", wanted, **more)


def of_text(text: str, environment: str = "", name: str = "compose.yml") -> Shape:
    """A project of one Compose file."""
    return Shape({name: text, ".env": environment}, (name,))


SERVICE = "services:\n  litellm:\n    image: {}\n    restart: always\n"


@pytest.mark.parametrize(
    "before, wanted, after",
    [
        (SERVICE.format(OLD), NEW, SERVICE.format(NEW)),
        (SERVICE.format(f"'{OLD}'  # was v1.79.0"), NEW, SERVICE.format(f"'{NEW}'  # was v1.79.0")),
        (SERVICE.format(f'!!str "{OLD}" '), NEW, SERVICE.format(f'!!str "{NEW}" ')),
        (SERVICE.format(f"{OLD}@{DIGEST}"), NEW, SERVICE.format(NEW)),
        (SERVICE.format(OLD), f"{NEW}@{DIGEST}", SERVICE.format(f"{NEW}@{DIGEST}")),
        (SERVICE.format(OLD), f"{NAME}@{DIGEST}", SERVICE.format(f"{NAME}@{DIGEST}")),
        (SERVICE.format(OLD), ELSEWHERE, SERVICE.format(ELSEWHERE)),
        (SERVICE.format(OLD), "litellm", SERVICE.format("litellm")),
        (SERVICE.format(OLD).replace("\n", "\r\n"), NEW, SERVICE.format(NEW).replace("\n", "\r\n")),
        ("\ufeff" + SERVICE.format(OLD).rstrip(), NEW, "\ufeff" + SERVICE.format(NEW).rstrip()),
        (SERVICE.format(f"\t{OLD}\t# tab"), NEW, SERVICE.format(f"\t{NEW}\t# tab")),
        (SERVICE.format(f">-\n      {OLD}"), NEW, SERVICE.format(f">-\n      {NEW}")),
        (
            SERVICE.format("ghcr.io/berriai/litellm:${TAG:-v1.80.0}"),
            NEW,
            SERVICE.format("ghcr.io/berriai/litellm:${TAG:-v1.81.0}"),
        ),
        (SERVICE.format("${IMAGE:-" + OLD + "}"), ELSEWHERE, SERVICE.format("${IMAGE:-" + ELSEWHERE + "}")),
        (SERVICE.format('"ghcr.io/berriai/lite\\x6clm:v1.80.0"'), NEW, SERVICE.format(f'"{NEW}"')),
        (
            f"x-a: &a\n  image: {OLD}\nservices:\n  litellm:\n    <<: *a\n  redis: {{image: redis}}\n",
            NEW,
            f"x-a: &a\n  image: {NEW}\nservices:\n  litellm:\n    <<: *a\n  redis: {{image: redis}}\n",
        ),
        (
            f"x-a: &a {OLD} # all\nservices: {{litellm: {{image: *a}}}}",
            NEW,
            f"x-a: &a {NEW} # all\nservices: {{litellm: {{image: *a}}}}",
        ),
        (
            f'{{"services": {{"litellm": {{"image": "{OLD}"}}}}}}',
            NEW,
            f'{{"services": {{"litellm": {{"image": "{NEW}"}}}}}}',
        ),
    ],
)
def test_in_a_compose_file(before: str, wanted: str, after: str, tmp_path: Path) -> None:
    found = change(of_text(before), tmp_path, wanted)
    assert (found.path, found.before, found.after) == (str(tmp_path / "compose.yml"), before, after)
    assert found.reach == Reach(("litellm",), (), ())
    assert encoded(found.before) == (tmp_path / "compose.yml").read_bytes()


@pytest.mark.parametrize(
    "image, before, wanted, after",
    [
        ("${IMAGE}", f"IMAGE={OLD}\n", ELSEWHERE, f"IMAGE={ELSEWHERE}\n"),
        ("$IMAGE", f"A=1\r\nexport IMAGE = '{OLD}' # why\r\n", NEW, f"A=1\r\nexport IMAGE = '{NEW}' # why\r\n"),
        (f"{NAME}:${{TAG}}", 'TAG="v1.80.0"', NEW, 'TAG="v1.81.0"'),
        (f"{NAME}:${{TAG}}", "TAG=v1\nTAG=v1.80.0 # last\n#TAG=x\n", NEW, "TAG=v1\nTAG=v1.81.0 # last\n#TAG=x\n"),
        (f"{NAME}:${{TAG:-latest}}", "TAG: v1.80.0\n", NEW, "TAG: v1.81.0\n"),
        (f"{NAME}:v${{TAG}}", "TAG=1.80.0\n", NEW, "TAG=1.81.0\n"),
        (f"{NAME}:${{TAG}}", "TAG=v1.80.0\n", f"{NEW}@{DIGEST}", f"TAG=v1.81.0@{DIGEST}\n"),
        (
            "${IMAGE}",
            f"NAME={NAME}\nTAG=v1.80.0\nIMAGE=$NAME:${{TAG}}\n",
            NEW,
            f"NAME={NAME}\nTAG=v1.81.0\nIMAGE=$NAME:${{TAG}}\n",
        ),
        ("${REGISTRY}/berriai/litellm:${TAG}", "REGISTRY=ghcr.io\nTAG=v1\n", NEW, "REGISTRY=ghcr.io\nTAG=v1.81.0\n"),
        ("${R}/berriai/litellm:${TAG}", "R=ghcr.io\nTAG=v1\n", ELSEWHERE, "R=registry.example.org:5000\nTAG=v1.80.0\n"),
    ],
)
def test_in_an_environment_file(image: str, before: str, wanted: str, after: str, tmp_path: Path) -> None:
    found = change(of_text(SERVICE.format(image), before), tmp_path, wanted)
    assert (found.path, found.before, found.after) == (str(tmp_path / ".env"), before, after)


def test_bytes_that_are_no_text_are_kept(tmp_path: Path) -> None:
    shape = of_text(SERVICE.format("${IMAGE}"))
    shape.write(tmp_path)
    (tmp_path / ".env").write_bytes(b"# caf\xe9\nIMAGE=" + OLD.encode())
    found = change_image(shape.told(tmp_path), Files(), "litellm", NEW)
    assert encoded(found.after) == b"# caf\xe9\nIMAGE=" + NEW.encode()


def test_the_literal_part_where_another_repository_has_the_same_tag(tmp_path: Path) -> None:
    found = change(of_text(SERVICE.format(f"{NAME}:${{TAG}}"), "TAG=v1.80.0\n"), tmp_path, ELSEWHERE)
    assert found.path == str(tmp_path / "compose.yml")
    assert found.after == SERVICE.format("registry.example.org:5000/berriai/litellm:${TAG}")


def test_one_place_for_both_parts(tmp_path: Path) -> None:
    assert change(of_text(SERVICE.format("${X}:${X}"), "X=a\n"), tmp_path, "b:b").after == "X=b\n"


def test_a_link_leads_to_the_file(tmp_path: Path) -> None:
    shape = of_text(SERVICE.format(OLD), name="real.yml")
    shape.write(tmp_path)
    (tmp_path / "compose.yml").symlink_to("real.yml")
    found = change_image(Shape({}).told(tmp_path), Files(), "litellm", NEW)
    assert found.path == str(tmp_path / "real.yml")


def test_nothing_to_do(tmp_path: Path) -> None:
    found = change(of_text(SERVICE.format(NEW)), tmp_path)
    assert found.before == found.after == SERVICE.format(NEW)
    assert found.reach is None


def test_back_again(tmp_path: Path) -> None:
    shape = of_text(SERVICE.format(f"{NAME}:${{TAG}}"), "TAG='v1.80.0'\n")
    there = change(shape, tmp_path)
    Path(there.path).write_bytes(encoded(there.after))
    assert change_image(shape.told(tmp_path), Files(), "litellm", OLD).after == there.before


SHARED = f"x-a: &a\n  image: {OLD}\nservices:\n  litellm: *a\n  second:\n    <<: *a\n"


def test_others_are_named(tmp_path: Path) -> None:
    with pytest.raises(
        ComposeError, match=f"^{tmp_path}/compose.yml, line 2: a change there reaches more than litellm: second; "
    ):
        change(of_text(SHARED), tmp_path)


def test_others_that_may_be_reached(tmp_path: Path) -> None:
    found = change(of_text(SHARED), tmp_path, also=["second"])
    assert found.after == SHARED.replace(OLD, NEW)
    assert found.reach == Reach(("litellm", "second"), (), ())


def test_an_environment_file_that_others_have_too(tmp_path: Path) -> None:
    """As in many deployments: the tag stands among the passwords, and each service gets them all."""
    text = (
        SERVICE.format(f"{NAME}:${{TAG}}") + "    env_file: .env\n  db:\n    image: postgres:16\n    env_file: .env\n"
    )
    shape = of_text(text, "POSTGRES_PASSWORD=s3cr3t\nTAG=v1.80.0\n")
    with pytest.raises(
        ComposeError, match=r"/.env, line 2: a change there reaches more than litellm: db \(by its env_file\); "
    ):
        change(shape, tmp_path)
    found = change(shape, tmp_path, also=["db"])
    assert found.after == "POSTGRES_PASSWORD=s3cr3t\nTAG=v1.81.0\n"
    assert found.reach == Reach(("litellm",), ("db",), ())


@pytest.mark.parametrize(
    "shape, wanted, where, why",
    [
        (
            Shape({"compose.yml": SERVICE.format("a:$TAG")}, variables={"TAG": "s3cr3t"}),
            "a:2",
            "compose.yml, line 3",
            "the image comes from the variable TAG of the environment that Compose runs in, and no file holds it",
        ),
        (
            of_text(SERVICE.format("a:$TAG"), "S=s3cr3t\nTAG=1\n"),
            "b:2",
            "compose.yml, line 3",
            "for the wanted image .*compose.yml, line 3 and the variable TAG in .*.env, line 2 would have to change together",
        ),
        (of_text(SERVICE.format("a:${X}.${X}"), "X=1\n"), "a:2.3", "compose.yml, line 3", "no change of one of these"),
        (of_text(SERVICE.format("${X}/${X}"), "X=a\n"), "a/b", ".env, line 1", "would not bring the wanted image"),
        (of_text(SERVICE.format("${X}:${X}"), "X=a\n"), "b:c", ".env, line 1", "would not bring the wanted image"),
        (
            of_text(SERVICE.format('"a\\x3a${X}"'), "X=1\n"),
            "b:1",
            "compose.yml, line 3",
            "with escapes or on several lines",
        ),
        (of_text(SERVICE.format("a:1${X}"), "X=2\n"), "a:1", ".env, line 1", "X would have to become empty"),
        (of_text(SERVICE.format("a:1")), "12", "compose.yml, line 3", "YAML would not take the wanted image for text"),
        (
            of_text(SERVICE.format("a:1")),
            "null",
            "compose.yml, line 3",
            "YAML would not take the wanted image for text",
        ),
        (of_text(SERVICE.format("a:1")), "No:image", "", "'No:image' is no reference of an image"),
        (
            of_text(SERVICE.format("a:$X") + "  b: {image: c, env_file: .env}\n  d: {image: 'e:$X'}\n", "X=1\n"),
            "a:2",
            ".env, line 1",
            r"reaches more than litellm: d, b \(by its env_file\); ",
        ),
    ],
)
def test_refusals(shape: Shape, wanted: str, where: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match=why) as caught:
        change(shape, tmp_path, wanted)
    assert str(caught.value).startswith(f"{tmp_path}/{where}: " if where else "'No")
    assert "s3cr3t" not in str(caught.value)


def test_in_quotes_a_number_is_text(tmp_path: Path) -> None:
    assert change(of_text(SERVICE.format("'a:1'")), tmp_path, "12").after == SERVICE.format("'12'")
