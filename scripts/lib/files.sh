# shellcheck shell=bash
# Sourced by install and build-deb.

# What the system reads of edge-agent, each into the folder in which it looks for that. $source: the checkout.
copy_files() { # FOLDER
  install -Dm 644 -t "$1/systemd/system" "$source"/systemd/*.service
  install -Dm 644 -t "$1/systemd/user" "$source"/systemd/user/*.service
  install -Dm 644 -t "$1/systemd/system-preset" "$source"/systemd/*.preset
  install -Dm 644 "$source/systemd/edge-agent.sysusers" "$1/sysusers.d/edge-agent.conf"
  install -Dm 644 -t "$1/udev/rules.d" "$source"/hardware/udev/*.rules
}

imports_credentials() { # VERSION of systemd
  [ "${1:-0}" -ge 254 ]
}

# How the service is given its keys there; $source: the checkout.
copy_import() { # FOLDER
  install -Dm 644 -t "$1/systemd/system/edge-agent.service.d" "$source"/systemd/*-credentials.conf
}

# FILE.new takes the place of FILE. After a power cut it is there, and whole: what others rely on is not in the cache of
# a card.
put_in_place() { # FILE
  sync "$1.new"
  mv -fT "$1.new" "$1"
  sync "$(dirname "$1")"
}

# Of the checkout, as its package has it.
version_of() { # CHECKOUT
  sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$1/edge_agent/__init__.py"
}
