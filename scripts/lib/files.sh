# shellcheck shell=bash
# Sourced by install and build-deb.

# What the system reads of edge-agent, each into the folder in which it looks for that. $source: the checkout.
copy_files() { # FOLDER
  install -Dm 644 -t "$1/systemd/system" "$source"/systemd/*.service
  install -Dm 644 -t "$1/systemd/system-preset" "$source"/systemd/*.preset
  install -Dm 644 "$source/systemd/edge-agent.sysusers" "$1/sysusers.d/edge-agent.conf"
  install -Dm 644 -t "$1/udev/rules.d" "$source"/hardware/udev/*.rules
}

# Of the checkout, as its package has it.
version_of() { # CHECKOUT
  sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$1/edge_agent/__init__.py"
}
