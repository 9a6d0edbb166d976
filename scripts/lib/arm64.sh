# shellcheck shell=bash
# Sourced by test-arm64 and build-image, which make trees of Debian 13 for arm64 on whatever Debian this is. The caller has
# `say`, is root, and has sourced packages.sh.
SUITE=trixie
KEPT=/var/cache/edge-agent-tests # root's: what is there is run as it is

need() { # PACKAGE...
  local package missing=()
  for package; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
  [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}

# The kernel runs programs for arm64 through qemu from now on. qemu's own choice of a processor has extensions that
# a Raspberry Pi does not have, and some of them compute wrongly in it.
run_arm64() {
  local known=/proc/sys/fs/binfmt_misc
  [ "$(dpkg --print-architecture)" != arm64 ] || return 0
  need qemu-user-static arch-test
  export QEMU_CPU=cortex-a72
  [ -e $known/register ] || mount -t binfmt_misc binfmt_misc $known
  grep --quiet --recursive '^interpreter.*aarch64' $known --exclude register && return
  sed --quiet '/^:/s/:[A-Z]*$/:POCF/p' /usr/lib/binfmt.d/qemu-aarch64.conf >$known/register
}

# With /proc and /dev of this machine, in mounts of its own; not /sys: onnxruntime would look for its processor there.
inside() { # TREE COMMAND...
  # shellcheck disable=SC2016 # the inner shell expands it
  unshare --mount sh -c 'mount --bind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"' "$1" \
    env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/bin:/usr/sbin:/usr/bin QEMU_CPU="${QEMU_CPU:-}" "${@:2}"
}

# The processor time that a command takes, of its children too, in s; its output goes into a file.
cpu_of() { # LOG COMMAND...
  local TIMEFORMAT='%U %S' log=$1
  shift
  { time "$@" >"$log" 2>&1; } 2>&1 | awk '{ printf "%.1f", $1 + $2 }'
  return "${PIPESTATUS[0]}"
}
