# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the confirming requests. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    """Goes with ``REQUESTS`` in module_utils/_module.py."""

    DOCUMENTATION = r"""
options:
  master_key:
    description:
      - LiteLLM key for the confirming requests.
      - Mutually exclusive with O(master_key_env) and O(master_key_file).
      - If none of the three is set, the proxy's own master key is read and used inside the instance. It does not leave
        the container.
    type: str
  master_key_env:
    description:
      - Name of the environment variable of the proxy that holds the key.
    type: str
  master_key_file:
    description:
      - File on the managed host that holds the key and nothing else.
    type: path
  test_model:
    description:
      - Model that the confirming requests name.
      - If not set, it is the first chat model of the file's C(model_list) that has no wildcard, else the first chat or
        embedding model that the proxy serves to this key, those of its database included.
    type: str
  test_user:
    description:
      - End user that the confirming requests name. A proxy with C(general_settings.enforce_user_param) demands one.
    type: str
  request_timeout:
    description:
      - Seconds until a confirming request counts as failed.
    type: int
    default: 60
"""
