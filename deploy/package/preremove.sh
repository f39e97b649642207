#!/bin/sh
# Before tandem is removed; for Debian ("remove") and for Red Hat (0), not before an
# upgrade. Calls may end by themselves, as with systemctl stop.
set -e
case "$1" in
remove | 0) ;;
*) exit 0 ;;
esac
if [ -d /run/systemd/system ]; then
  systemctl --quiet disable --now tandem.service || true
fi
