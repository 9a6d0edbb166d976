# shellcheck shell=bash
# Sourced by those that name a file after the version.

# Of the checkout, as its package has it.
version_of() { # CHECKOUT
  sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$1/edge_agent/__init__.py"
}
