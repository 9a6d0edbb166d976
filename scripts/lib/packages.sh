# shellcheck shell=bash
# Sourced by setup and install: what both need of Debian and of PyPI. The caller has `say`.

# The Debian packages that are missing to build something, one a line. PYTHON may be empty: it is missing itself.
missing_to_compile() { # PYTHON
  command -v gcc >/dev/null || printf '%s\n' gcc libc6-dev
  [ -n "$1" ] && [ -f "$("$1" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] || echo python3-dev
}

missing_to_build_lgpio() { # PYTHON
  missing_to_compile "$1"
  command -v swig >/dev/null || echo swig
}

missing_to_build_pyaudio() { # PYTHON
  missing_to_compile "$1"
  [ -f /usr/include/portaudio.h ] || echo portaudio19-dev
}

missing_to_build_systemd() {
  [ -f /usr/include/systemd/sd-journal.h ] || printf '%s\n' libsystemd-dev pkg-config
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
install_silero() { # PYTHON ARGUMENT...
  quiet_pip "$1" install "${@:2}" --no-deps 'silero-vad>=6.2.3'
}

# The part in C is left out where there is no compiler.
tell_if_not_compiled() { # PYTHON
  "$1" -I -c 'import sys; from edge_agent.audio.echo.linear.kernel import COMPILED; sys.exit(not COMPILED)' ||
    say "without gcc and python3-dev, numpy does the work of the echo canceller, at ten times its cost"
}
