# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Each target is a verb of the one script; `make` alone lists them.
verbs := help setup lock audit lint format docs cores sanity build release site unit unit-ansible-test engine images \
         integration integration-1 integration-2 redis deployments deployments-1 deployments-2 deployments-3 compatibility \
         faults faults-1 faults-2 faults-3 faults-4 faults-5 predictions matrix-1 matrix-2 matrix-3 test-matrix newest \
         molecule reuse awx ee monitoring browser bench pages demo demo-down test test-all clean

.DEFAULT_GOAL := help
.PHONY: $(verbs)

$(verbs):
	@bash tests/project.sh $@
