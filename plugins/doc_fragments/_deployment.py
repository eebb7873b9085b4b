# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that say which deployment is meant. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    """Goes with ``DEPLOYMENT`` in module_utils/_module.py."""

    DOCUMENTATION = r"""
options:
  project_dir:
    description:
      - Directory of the Compose project on the managed host.
    type: path
    required: true
  project_name:
    description:
      - Name of the Compose project.
      - If not set, it is the project whose containers were started from O(project_dir).
    type: str
  service:
    description:
      - Name of the LiteLLM service in the Compose project.
    type: str
    default: litellm
  config_path:
    description:
      - LiteLLM's configuration on the managed host. It must be the file that the instances mount.
      - If not set, it is C(conf/litellm/config.yaml) in O(project_dir).
    type: path
  docker_host:
    description:
      - Address of the Docker API, for example V(unix:///run/user/1000/docker.sock).
      - If not set, it is that of E(DOCKER_HOST), else of the Docker context in use, else the local socket, all as Docker's
        own client reads them, also with E(DOCKER_CONTEXT), E(DOCKER_CONFIG), E(DOCKER_TLS), E(DOCKER_TLS_VERIFY) and
        E(DOCKER_CERT_PATH).
    type: str
  state_dir:
    description:
      - Directory on the managed host for snapshots, the journal, the pending change and the history.
      - If not set, it is C(/var/lib/erni_ki_litellm/<project>.<service>.<hash of the path of the file>). No two files share
        one.
    type: path
  names_in_errors:
    description:
      - Whether an error speaks of V(options) of this module, or of V(variables) of
        P(erni_ki.litellm.litellm_cache#role), which sets this option for its user.
    type: str
    choices:
      - options
      - variables
    default: options
requirements:
  - PyYAML on the managed host (Debian package C(python3-yaml))
"""
