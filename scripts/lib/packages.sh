# shellcheck shell=bash
# Sourced by setup and install: what both need of Debian and of PyPI. The caller has `say`.

# The Debian packages that are missing to build PyAudio with a Python (empty: it is missing itself), one a line.
missing_to_build() { # PYTHON
  command -v gcc >/dev/null || printf '%s\n' gcc libc6-dev
  [ -n "$1" ] && [ -f "$("$1" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] || echo python3-dev
  [ -f /usr/include/portaudio.h ] || echo portaudio19-dev
}

# As root, or through sudo.
apt_install() { # PACKAGE...
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  say "installing with apt: $*"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

quiet_pip() { # PYTHON ARGUMENT...; PYPI: lgpio builds its library itself
  PYPI=1 "$1" -m pip --quiet --disable-pip-version-check "${@:2}"
}

# The package wants PyTorch, of which its model needs nothing.
install_silero() { # PYTHON
  quiet_pip "$1" install --no-deps 'silero-vad>=6'
}
