#!/bin/sh
# After tandem is installed or upgraded; for Debian ("configure") and for Red Hat (1, 2).
# It starts nothing, and ends no call: the gateway that runs goes on with the program
# that it was started with.
set -e
case "$1" in
configure | 1 | 2) ;;
*) exit 0 ;;
esac

if command -v systemd-sysusers >/dev/null; then
  systemd-sysusers /usr/lib/sysusers.d/tandem.conf
elif ! getent passwd tandem >/dev/null; then
  useradd --system --user-group --home-dir /var/lib/tandem --shell /usr/sbin/nologin --comment "tandem gateway" tandem
fi

# A first configuration: two users with passwords that no other machine has.
if [ ! -e /etc/tandem/tandem.hcl ] && [ -z "$(ls -A /etc/tandem)" ]; then
  (umask 077 && /usr/bin/tandem config init /etc/tandem/tandem.hcl >/dev/null) ||
    echo "tandem: write /etc/tandem/tandem.hcl yourself: tandem config init /etc/tandem/tandem.hcl" >&2
fi

if command -v systemd-tmpfiles >/dev/null; then
  systemd-tmpfiles --create /usr/lib/tmpfiles.d/tandem.conf
else
  install -d -m 0750 -o root -g tandem /etc/tandem
  install -d -m 0750 -o tandem -g tandem /var/lib/tandem /var/log/tandem
  [ ! -e /etc/tandem/tandem.hcl ] || { chgrp tandem /etc/tandem/tandem.hcl && chmod 0640 /etc/tandem/tandem.hcl; }
fi

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
  # In a container these are the host's.
  sysctl --quiet --load /usr/lib/sysctl.d/60-tandem.conf >/dev/null 2>&1 || true
  if systemctl --quiet is-active tandem.service; then
    echo "tandem: the gateway goes on as it was; when it suits: systemctl restart tandem (calls may end first)"
    exit 0
  fi
fi
echo "tandem: look at /etc/tandem/tandem.hcl, then: systemctl enable --now tandem"
