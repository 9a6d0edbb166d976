# shellcheck shell=bash
# Sourced by setup and build-deb. In the words of edge_agent/vocabulary/bits.py.

# Why nothing can be had for this system; empty: it has 64 bits. What programs are made for counts: the kernel of a
# 32-bit Raspberry Pi OS may have 64.
too_few_bits() {
  [ "$(getconf LONG_BIT)" = 64 ] ||
    printf 'this system is 32 bit (%s), even if its kernel is not; write the 64-bit Raspberry Pi OS to the card (Raspberry Pi 3, 4, 5, Zero 2 W; older ones cannot run it)\n' \
      "$(dpkg --print-architecture 2>/dev/null || uname -m)"
}
