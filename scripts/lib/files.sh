# shellcheck shell=bash
# Sourced by install and build-deb.

# What the system reads of edge-agent, each into the folder in which it looks for that. $source: the checkout.
copy_files() { # FOLDER
  install -Dm 644 "$source/systemd/edge-agent.service" "$1/systemd/system/edge-agent.service"
  install -Dm 644 "$source/systemd/edge-agent.preset" "$1/systemd/system-preset/50-edge-agent.preset"
  install -Dm 644 "$source/systemd/edge-agent.sysusers" "$1/sysusers.d/edge-agent.conf"
  install -Dm 644 "$source/systemd/edge-agent.tmpfiles" "$1/tmpfiles.d/edge-agent.conf"
  install -Dm 644 "$source/hardware/udev/70-edge-agent.rules" "$1/udev/rules.d/70-edge-agent.rules"
}

# Of the checkout, as its package has it.
version_of() { # CHECKOUT
  sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$1/edge_agent/__init__.py"
}
