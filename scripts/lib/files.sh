# shellcheck shell=bash
# Sourced by build-deb and release.

# Of the checkout, as its package has it.
version_of() { # CHECKOUT
  sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$1/edge_agent/__init__.py"
}
