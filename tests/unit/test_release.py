# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release is made of: the same bytes each time, nothing strange in them, and nothing published that does not fit."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.project import artifact, release

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 1_790_000_000


def there_is_a_commit() -> bool:
    """Whether this is a checkout, and not the copy of one that ansible-test works in."""
    done = subprocess.run(["git", "rev-parse", "--verify", "HEAD"], cwd=ROOT, capture_output=True, check=False)
    return done.returncode == 0


#: Said once, for the tests that build.
builds = pytest.mark.skipif(
    not there_is_a_commit() or not shutil.which("antsibull-changelog"),
    reason="this is a copy for ansible-test, without commits and tools",
)


def git(folder: Path, *arguments: str) -> None:
    """Call git, as somebody who has no settings."""
    nobody = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
    subprocess.run(["git", *nobody, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this checkout, for tests that change nothing in it."""
    return cloned(tmp_path_factory.mktemp("clone") / "tree")


def cloned(folder: Path) -> Path:
    """A clone of the last commit."""
    git(ROOT, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder))
    return folder


def archive_of(*files: tuple[str, str]) -> bytes:
    """An archive as ansible-galaxy makes it, of these names and texts."""
    listed = {"files": [{"name": name} for name, _text in files], "format": 1}
    manifest = {"file_manifest_file": {"name": "FILES.json", "chksum_sha256": ""}}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in (("MANIFEST.json", json.dumps(manifest)), ("FILES.json", json.dumps(listed)), *files):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


# --------------------------------------------------------------------------------------- the archive


@builds
def test_two_clones_at_different_times_give_the_same_bytes(clone: Path, tmp_path: Path) -> None:
    """With another umask, and files that are years older and stand in another order."""
    before = os.umask(0o077)
    try:
        other = cloned(tmp_path / "a longer name")
        for path in sorted(other.rglob("*"), reverse=True):
            if path.is_file() and ".git" not in path.parts:
                content = path.read_bytes()
                executable = os.access(path, os.X_OK)
                path.unlink()
                path.write_bytes(content)
                path.chmod(0o700 if executable else 0o600)
                os.utime(path, (1_000_000_000, 1_000_000_000))
        second = artifact.build(other, tmp_path / "second", SECONDS)
    finally:
        os.umask(before)
    first = artifact.build(clone, tmp_path / "first", SECONDS)
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


@builds
def test_the_archive_is_one_that_ansible_galaxy_checks(clone: Path, tmp_path: Path) -> None:
    built = artifact.build(clone, tmp_path, SECONDS)
    with tarfile.open(built) as tar:
        assert {member.mtime for member in tar} == {SECONDS}
        assert {member.mode for member in tar} <= {0o644, 0o755}
        held = {member.name.split("/")[0] for member in tar}
        contents = {name: tar.extractfile(name).read() for name in ("MANIFEST.json", "FILES.json")}
        files = json.loads(contents["FILES.json"])["files"]
        for entry in files:
            if entry["ftype"] == "file":
                read = tar.extractfile(entry["name"]).read()
                assert hashlib.sha256(read).hexdigest() == entry["chksum_sha256"]
    assert held == {
        *("MANIFEST.json", "FILES.json", "README.md", "LICENSE", "CHANGELOG.md"),
        *("changelogs", "docs", "examples", "meta", "playbooks", "plugins", "roles"),
    }
    manifest = json.loads(contents["MANIFEST.json"])
    assert manifest["file_manifest_file"]["chksum_sha256"] == hashlib.sha256(contents["FILES.json"]).hexdigest()
    assert len(files) == len({entry["name"] for entry in files}) > 100


def test_the_order_of_the_file_system_does_not_matter() -> None:
    files = [("plugins/b.py", "b"), ("plugins/a.py", "a")]
    there = artifact.packed_again(archive_of(*files), SECONDS)
    back = artifact.packed_again(archive_of(*reversed(files)), SECONDS)
    assert there == back
    with tarfile.open(fileobj=io.BytesIO(there)) as tar:
        assert tar.getnames() == ["MANIFEST.json", "FILES.json", "plugins/a.py", "plugins/b.py"]


@pytest.mark.parametrize("name", ["tests/x.py", ".github/workflows/ci.yml", "Makefile", "plugins.py", "x/README.md"])
def test_what_does_not_belong_there_is_refused(name: str) -> None:
    with pytest.raises(artifact.ArtifactError, match=f"build_ignore.*{name}"):
        artifact.packed_again(archive_of(("README.md", ""), (name, "")), SECONDS)


@builds
def test_what_ansible_galaxy_says_is_told(tmp_path: Path) -> None:
    with pytest.raises(artifact.ArtifactError, match="galaxy.yml"):
        artifact.build(tmp_path, tmp_path / "out", SECONDS)


# ------------------------------------------------------------------------------------- what goes with it


@builds
def test_a_release_is_complete_and_its_checksums_are_right(clone: Path, tmp_path: Path) -> None:
    made = release.release(clone, tmp_path / "out", SECONDS)
    version = release.galaxy(clone)["version"]
    names = [f"erni_ki-litellm-{version}.tar.gz", f"erni_ki-litellm-{version}.cdx.json", "release-notes.md"]
    assert [path.name for path in made] == [*names, "SHA256SUMS"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*names, "SHA256SUMS"])
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path / "out", check=True)
    notes = (tmp_path / "out" / "release-notes.md").read_text(encoding="utf-8")
    assert notes.strip() and "## Bugfixes" in notes
    # The sections of versions before it are not in it.
    assert notes.count('<a id="release-summary') == 1


def bill(tmp_path: Path) -> dict[str, Any]:
    """The document of some archive."""
    archive = tmp_path / "erni_ki-litellm.tar.gz"
    archive.write_bytes(b"content")
    return release.bill_of_materials(ROOT, archive, SECONDS)


@pytest.mark.skipif(importlib.util.find_spec("cyclonedx") is None, reason="not among the tools of ansible-test")
def test_the_bill_of_materials_is_a_valid_document(tmp_path: Path) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill(tmp_path))) is None


def test_the_bill_of_materials_names_what_the_collection_needs(tmp_path: Path) -> None:
    document = bill(tmp_path)
    assert [one["description"].split(";")[0] for one in document["components"]] == [
        *(f"ansible-core{yaml.safe_load((ROOT / 'meta/runtime.yml').read_text())['requires_ansible']}",),
        *(line for line in (ROOT / "meta/ee-requirements.txt").read_text().splitlines() if not line.startswith("#")),
    ]
    assert document["metadata"]["component"]["hashes"][0]["content"] == hashlib.sha256(b"content").hexdigest()
    assert document == bill(tmp_path)


# ----------------------------------------------------------------------------------- what is no release


@pytest.fixture
def fit(tmp_path: Path) -> Path:
    """A small checkout of which everything fits."""
    folder = tmp_path / "fit"
    (folder / "changelogs" / "fragments").mkdir(parents=True)
    (folder / "galaxy.yml").write_text("version: 1.10.0\n")
    (folder / "changelogs" / "changelog.yaml").write_text("releases: {1.9.0: {}, 1.10.0: {}}\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "x")
    return folder


def test_what_fits_is_released(fit: Path) -> None:
    assert release.what_does_not_fit(fit, "v1.10.0") == []
    assert release.what_does_not_fit(fit, None) == []


def test_a_tag_of_another_version_is_none(fit: Path) -> None:
    assert release.what_does_not_fit(fit, "v1.9.0") == ["the tag is v1.9.0, and galaxy.yml has the version 1.10.0"]


def test_a_version_without_its_section_a_fragment_and_a_change_are_told(fit: Path) -> None:
    (fit / "galaxy.yml").write_text("version: 1.11.0\n")
    (fit / "changelogs" / "fragments" / "left.yml").write_text("")
    assert release.what_does_not_fit(fit, "v1.11.0") == [
        "the newest section of the changelog is 1.10.0, and galaxy.yml has the version 1.11.0",
        "no section of the changelog has what changelogs/fragments has: left.yml",
        "there is something that is not committed",
    ]


def test_the_version_has_its_section_in_the_changelog() -> None:
    changelog = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))
    assert release.newest_of(changelog) == release.galaxy(ROOT)["version"]
