# shellcheck shell=bash
# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The artifact, and what an installation makes of it. Sourced by tests/project.sh, which sets:
: "${cache:?}" "${lean:?}"

# -------------------------------------------------------------------------------------------- build
verb_build() {
    need_tools
    local folder="$cache/build" artifact
    rm -rf "$folder"
    # From a copy: what git ignores in this checkout is not in a release either.
    copy_tree "$folder/tree" >/dev/null
    step 'archive, and what it holds' python tests/project/artifact.py \
        "$folder/tree/ansible_collections/erni_ki/litellm" "$folder" "$(git log -1 --format=%ct)"
    artifact="$(compgen -G "$folder/erni_ki-litellm-*.tar.gz")"
    step 'ansible-galaxy collection build, testing' build_testing "$folder" "$folder/tree/ansible_collections/erni_ki/litellm"
    step 'galaxy-importer' import_artifact "$folder" "${artifact##*/}"
    step 'install and find by name' install_artifact "$folder" "$artifact"
    step 'install as an AWX project does' install_project "$folder"
}

# What others may use of the test bed: a collection of its own, see docs/decisions.md.
build_testing() { # build_testing FOLDER TREE
    rm -rf "$1/testing"
    python tests/project/testing_collection.py "$2" "$1/testing"
    ansible-galaxy collection build --force --output-path "$1" "$1/testing"
}

import_artifact() { # import_artifact FOLDER FILE
    # It ends with 0 on warnings too.
    (cd "$1" && env -u ANSIBLE_COLLECTIONS_PATH python -m galaxy_importer.main "$2") >"$1/importer.log" 2>&1 \
        || { cat "$1/importer.log"; die 'galaxy-importer refuses the artifact'; }
    if grep -E '^(WARNING|ERROR|CRITICAL)' "$1/importer.log"; then die "galaxy-importer has complaints, see $1/importer.log"; fi
    grep -E 'Importer processing completed' "$1/importer.log" || { cat "$1/importer.log"; die 'galaxy-importer did not finish'; }
}

install_artifact() { # install_artifact FOLDER ARTIFACT
    local playbook
    export ANSIBLE_COLLECTIONS_PATH="$1/installed"
    ansible-galaxy collection install --offline --collections-path "$1/installed" "$2"
    for playbook in playbooks/*.yml; do
        [ -e "$playbook" ] || continue
        playbook="${playbook##*/}"
        (cd "$1" && ansible-playbook --syntax-check --inventory localhost, "erni_ki.litellm.${playbook%.yml}")
    done
    export ANSIBLE_COLLECTIONS_PATH="$lean"
}

# A foreign repository, as somebody copies it: tests its role against the two artifacts, and sees nothing of this checkout.
verb_reuse() {
    need_tools
    local folder="$cache/reuse" tree="$cache/reuse/tree/ansible_collections/erni_ki/litellm"
    rm -rf "$folder"
    copy_tree "$folder/tree" >/dev/null
    cp -r examples/reuse/. "$folder/repository"
    git init --quiet "$folder/repository" # molecule looks for its settings up to the root of a repository
    step 'build the artifacts' build_artifacts "$folder" "$tree"
    step 'molecule of the foreign repository' test_reuse "$folder/repository" "$folder"/*.tar.gz
}

build_artifacts() { # build_artifacts FOLDER TREE
    ansible-galaxy collection build --output-path "$1" "$2"
    build_testing "$1" "$2"
}

test_reuse() { # test_reuse REPOSITORY ARTIFACTS...
    (
        cd "$1" || exit
        unset ANSIBLE_COLLECTIONS_PATH
        export XDG_CACHE_HOME="$cache"
        ansible-galaxy collection install --offline --collections-path collections "${@:2}"
        molecule test
    )
}

# AWX checks the repository out and installs what collections/requirements.yml says: this very repository.
install_project() { # install_project FOLDER
    local project="$1/tree/ansible_collections/erni_ki/litellm" installed="$1/requirements_collections"
    mkdir -p "$project/collections/ansible_collections/erni_ki"
    ln -s ../../.. "$project/collections/ansible_collections/erni_ki/litellm"
    (
        cd "$project" || exit
        export ANSIBLE_COLLECTIONS_PATH="$installed"
        ansible-galaxy collection install --requirements-file collections/requirements.yml --collections-path "$installed"
    )
    # The list of the files has another order, and each of them is compared here.
    diff --recursive --brief --exclude MANIFEST.json --exclude FILES.json \
        "$1/installed/ansible_collections/erni_ki/litellm" "$installed/ansible_collections/erni_ki/litellm"
}

# ------------------------------------------------------------------------------------------ release
# `release` rehearses with the last commit; `release v1.2.3` is strict, as the workflow that publishes wants it.
verb_release() { # release [TAG]
    need_tools
    step 'release' env PYTHONPATH="$lean" python tests/project/release.py "$cache/release" "$@"
    (cd "$cache/release" && sha256sum --check --quiet SHA256SUMS)
}

# --------------------------------------------------------------------------------------------- site
# In .cache/site/html: the documents in both languages, and pages of the modules and roles made of their own documentation.
verb_site() { # site [ARGUMENTS OF PYTEST]
    need_tools
    rm -rf "$cache/site/html" # a page that is no more would stay
    local source="$cache/site/source"
    step 'pages' python tests/site/source.py "$source"
    step 'modules and roles' antsibull-docs --config-file tests/site/antsibull-docs.cfg \
        collection --use-current --squash-hierarchy --fail-on-error \
        --no-add-antsibull-docs-version --dest-dir "$source/reference" erni_ki.litellm
    step 'site' sphinx-build --quiet --fail-on-warning --keep-going --jobs auto --conf-dir tests/site \
        --doctree-dir "$cache/site/doctrees" "$source" "$cache/site/html"
    bash tests/browser/chromium.sh "$cache/chromium.log"
    run_pytest site tests/site "$@"
    say "$cache/site/html/index.html"
}
