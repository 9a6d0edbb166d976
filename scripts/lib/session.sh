# shellcheck shell=bash
# Sourced by install: the service in the session of a user, where PulseAudio or PipeWire has the sound card.

in_session() { # USER COMMAND...
  runuser -u "$1" -- env XDG_RUNTIME_DIR="/run/user/$(id -u "$1")" "${@:2}"
}

check_session() { # USER
  id "$1" >/dev/null 2>&1 || refuse "there is no user $1; --session takes the one who logs in to the desktop"
  [ "$(id -u "$1")" != 0 ] || refuse "--session takes the user who logs in to the desktop, not root"
}

# The key of the system's service, for a service that cannot read it.
give_key_to_session() { # USER
  local home key
  home=$(getent passwd "$1" | cut -d : -f 6)
  key=$home/.config/edge-agent/api-key
  [ -e $key_file ] && [ ! -e "$key" ] || return 0
  runuser -u "$1" -- sh -c 'umask 077 && mkdir -p "$(dirname "$1")" && cat >"$1"' sh "$key" <$key_file
  say "copied the key into $key"
}

move_to_session() { # USER SECONDS
  stop_service
  systemctl --quiet disable $unit 2>/dev/null || true
  give_key_to_session "$1"
  loginctl enable-linger "$1"
  local deadline=$((SECONDS + $2))
  until in_session "$1" systemctl --user daemon-reload 2>/dev/null; do
    [ $SECONDS -lt $deadline ] || refuse "the session of $1 does not start: systemctl status user@$(id -u "$1")"
    sleep 1
  done
  in_session "$1" systemctl --user --quiet enable $unit
  in_session "$1" systemctl --user restart $unit ||
    refuse "it does not become ready in the session of $1; as that user: journalctl --user -u edge-agent"
  say "it runs in the session of $1; as that user: systemctl --user status edge-agent"
}

restart_in_sessions() {
  local user
  loginctl --no-legend list-users 2>/dev/null | while read -r _ user _; do
    in_session "$user" systemctl --user --quiet is-active $unit 2>/dev/null || continue
    in_session "$user" systemctl --user daemon-reload
    in_session "$user" systemctl --user restart $unit && say "restarted in the session of $user"
  done
}

stop_in_sessions() {
  local user
  loginctl --no-legend list-users 2>/dev/null | while read -r _ user _; do
    in_session "$user" systemctl --user --quiet disable --now $unit 2>/dev/null || true
  done
}
