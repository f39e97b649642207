#!/bin/sh
# After tandem was removed. Its files, records and voicemail stay, but for Debian's
# "purge", which leaves nothing. Recordings that are kept elsewhere are their owner's.
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
fi
if [ "$1" = purge ]; then
  rm -rf /etc/tandem /var/lib/tandem /var/log/tandem
  if getent passwd tandem >/dev/null; then
    userdel tandem >/dev/null 2>&1 || true
  fi
  if getent group tandem >/dev/null; then
    groupdel tandem >/dev/null 2>&1 || true
  fi
fi
