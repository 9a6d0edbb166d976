# shellcheck shell=bash
# Sourced by what makes trees of Debian.

# Where this machine's own packages come from.
mirror() {
  # shellcheck disable=SC2016 # apt expands it
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep --invert-match security | head --lines 1
}
