# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a release is made of: archive, list of what it needs (SBOM), release notes, checksums.

A release is of a tag, and then everything must fit: nothing uncommitted, the version of galaxy.yml, its section in the
changelog, no fragment left over. Without a tag it is a rehearsal, which tells what does not fit, and goes on.

Usage: release.py FOLDER [TAG]
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.erni_ki.litellm.tests.project.artifact import ArtifactError, build

ROOT = Path(__file__).resolve().parents[2]
CHECKSUMS = "SHA256SUMS"
NOTES = "release-notes.md"
#: Of these names, so that each archive has the serial number of its own bytes.
NAMESPACE = uuid.UUID("d3ba7c0a-9f0e-5e0b-9d41-6f6f0c7f3c1e")


def what_does_not_fit(root: Path, tag: str | None) -> list[str]:
    """Why this commit is no release, as sentences.

    :param root: the checkout.
    :param tag: what is to be released, None for a rehearsal, in which no tag has to fit.
    """
    version = galaxy(root)["version"]
    newest = newest_of(yaml.safe_load((root / "changelogs" / "changelog.yaml").read_text(encoding="utf-8")))
    fragments = sorted(path.name for path in (root / "changelogs" / "fragments").glob("*.y*ml"))
    reasons = []
    if tag is not None and tag != f"v{version}":
        reasons.append(f"the tag is {tag}, and galaxy.yml has the version {version}")
    if newest != version:
        reasons.append(f"the newest section of the changelog is {newest}, and galaxy.yml has the version {version}")
    if fragments:
        reasons.append(f"no section of the changelog has what changelogs/fragments has: {', '.join(fragments)}")
    if git(root, "status", "--porcelain"):
        reasons.append("there is something that is not committed")
    return reasons


def newest_of(changelog: dict[str, Any]) -> str:
    """The highest version that a changelog has a section of."""
    return max(changelog["releases"], key=lambda version: [int(part) for part in re.findall(r"\d+", version)])


def galaxy(root: Path) -> dict[str, Any]:
    """What galaxy.yml says."""
    found: dict[str, Any] = yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))
    return found


def git(root: Path, *arguments: str) -> str:
    """What git prints.

    :param root: the checkout.
    :param arguments: of git.
    """
    return subprocess.run(
        ["git", *arguments], cwd=root, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout.strip()


def bill_of_materials(root: Path, artifact: Path, seconds: int) -> dict[str, Any]:
    """What the archive is and what it needs, as a CycloneDX document.

    The archive holds nothing of others. What it needs is found where it is installed, in versions that are not ours
    to choose, so the document names the oldest ones and has no checksum of them.

    :param root: the checkout.
    :param artifact: the archive.
    :param seconds: time of the commit, since the epoch.
    """
    about, digest = galaxy(root), sha256(artifact)
    name = f"{about['namespace']}.{about['name']}"
    core = yaml.safe_load((root / "meta" / "runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    lines = (root / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").splitlines()
    needed = [f"ansible-core{core}", *(line.strip() for line in lines if line.strip() and not line.startswith("#"))]
    components = [_needed(requirement) for requirement in needed]
    itself = {
        "type": "library",
        "bom-ref": name,
        "name": name,
        "version": about["version"],
        "description": about["description"],
        "licenses": [{"license": {"id": about["license"][0]}}],
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "externalReferences": [{"type": "vcs", "url": about["repository"]}],
    }
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, digest)}",
        "version": 1,
        "metadata": {"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": itself},
        "components": components,
        "dependencies": [{"ref": name, "dependsOn": [component["bom-ref"] for component in components]}],
    }


def _needed(requirement: str) -> dict[str, Any]:
    """A component for one line of requirements."""
    name = re.split(r"[^\w.-]", requirement)[0]
    purl = f"pkg:pypi/{name.lower()}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "purl": purl,
        "scope": "optional" if name == "redis" else "required",
        "description": f"{requirement}; found where the collection is installed, not in the archive",
    }


def sha256(path: Path) -> str:
    """The checksum of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def release_notes(root: Path, target: Path) -> None:
    """Write the newest section of the changelog.

    :param root: the checkout; nothing in it is changed.
    :param target: where it goes.
    """
    command = ["antsibull-changelog", "generate", "--only-latest", "--output-format", "md", "--output", str(target)]
    subprocess.run(command, cwd=root, check=True)


def release(root: Path, folder: Path, seconds: int) -> list[Path]:
    """Make everything of a release.

    :param root: the checkout.
    :param folder: where it goes; emptied before.
    :param seconds: time of the commit, since the epoch.
    :raises ArtifactError: there is no archive.
    :returns: what is to be published, the checksums last.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        # From a clone: what git ignores, or does not know, is in no release.
        tree = Path(temporary) / "tree"
        git(root, "clone", "--quiet", "--no-hardlinks", str(root), str(tree))
        artifact = build(tree, folder, seconds)
        release_notes(tree, folder / NOTES)
        document = bill_of_materials(tree, artifact, seconds)
    bill = folder / artifact.name.replace(".tar.gz", ".cdx.json")
    bill.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    published = [artifact, bill, folder / NOTES]
    sums = "".join(f"{sha256(path)}  {path.name}\n" for path in published)
    (folder / CHECKSUMS).write_text(sums, encoding="utf-8")
    return [*published, folder / CHECKSUMS]


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Make everything that a release is made of.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("tag", nargs="?")
    asked = parser.parse_args()
    reasons = what_does_not_fit(ROOT, asked.tag)
    for reason in reasons:
        print(f"project: {reason}", file=sys.stderr)
    if reasons and asked.tag is not None:
        return 1
    try:
        made = release(ROOT, asked.folder, int(git(ROOT, "log", "-1", "--format=%ct")))
    except ArtifactError as error:
        print(f"project: {error}", file=sys.stderr)
        return 1
    for path in made:
        print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
    if reasons:
        print("a rehearsal: the last commit, and not fit to be published, see above")
    return 0


if __name__ == "__main__":
    sys.exit(main())
