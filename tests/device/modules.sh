#!/bin/sh
# Inside the tree: the driver of simulated pins, which Debian's kernel leaves out, built for it.
set -eu
cd /build
version=$(basename /usr/src/linux-headers-*-amd64 | sed 's/linux-headers-//')
source=linux-source-$(echo "$version" | cut -d. -f1-2)
apt-get update -qq
apt-get download -qq "$source"
dpkg-deb --fsys-tarfile "$source"_*.deb | tar -xO "./usr/src/$source.tar.xz" |
  tar -xJ --strip-components=3 --wildcards '*/drivers/gpio/gpio-sim.c' '*/kernel/irq/irq_sim.c'
# not exported to modules
sed -i 's/handle_simple_irq(irq_to_desc(irqnum));/generic_handle_irq_safe(irqnum);/' irq_sim.c
printf 'obj-m := gpio-pretended.o\ngpio-pretended-y := gpio-sim.o irq_sim.o\n' >Makefile
make -s -C "/usr/src/linux-headers-$version" M=/build modules
install -D gpio-pretended.ko "/usr/lib/modules/$version/extra/gpio-pretended.ko"
depmod "$version"
rm -f ./*.deb
