# shellcheck shell=bash
# Sourced by install: the running service.

unit=edge-agent.service
CONFIGURATION=78 # the exit code for "the configuration must be changed first"

property() { systemctl show --property "$1" --value $unit; }

running() { [ "$(property ActiveState)" = active ]; }

system_runs() { [ -d /run/systemd/system ]; }

# Starts it anew, and waits until it is ready and stays so.
start_service() { # SECONDS
  local deadline=$((SECONDS + $1)) ready=0 was='' now
  began=$(date +%s)
  stop_trying_again
  systemctl restart --no-block $unit || return 1
  while [ $SECONDS -lt $deadline ]; do
    sleep 1
    now=$(property ActiveState)
    [ "$now" != failed ] || break
    if [ "$now" = active ] && [ "$(property InvocationID)" = "$was" ]; then ready=$((ready + 1)); else ready=0; fi
    [ $ready -lt 2 ] || return 0 # the third look in a row
    was=$(property InvocationID)
  done
  return 1
}

# The unit starts another that waits, and then starts it once more.
stop_trying_again() {
  systemctl --quiet stop edge-agent-again.service 2>/dev/null || true
  systemctl reset-failed $unit 2>/dev/null || true
}

stop_service() {
  systemctl --quiet stop $unit 2>/dev/null || true
  stop_trying_again
}

needs_configuration() { [ "$(property ActiveState)" = failed ] && [ "$(property ExecMainStatus)" = $CONFIGURATION ]; }

# Of the service itself since start_service; if it said nothing, of systemd about it.
last_words() {
  local said=(journalctl --since "@$began" --no-pager --quiet --output cat)
  { "${said[@]}" _SYSTEMD_UNIT=$unit | grep . || "${said[@]}" --unit $unit; } | tail -n 8 | sed 's/^/  /'
}

# A sealed credential that does not open keeps the service from starting, in silence (status 243).
sealed_that_do_not_open() {
  local file why
  command -v systemd-creds >/dev/null || return 0
  for file in /etc/credstore.encrypted/edge-agent.sealed.*; do
    [ -e "$file" ] || continue
    why=$(systemd-creds decrypt --name="$(basename "$file")" "$file" - 2>&1 >/dev/null) && [ -s "$file" ] ||
      printf '%s (%s)\n' "$file" "$(printf '%s' "${why:-it is empty}" | tail -n 1)"
  done
}
