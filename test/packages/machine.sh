# Becomes a machine whose files are an overlay over those that are here, in the
# namespaces that it is started in; its init is systemd, which starts nothing.
# $1: an empty folder; $2: a folder that is seen there as /mnt.
set -e
mount -t tmpfs -o size=1g tmpfs "$1"
cd "$1"
mkdir changed work root
mount -t overlay overlay -o lowerdir=/,upperdir=changed,workdir=work root
cd root
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys # the kernel is that of all
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do
  touch dev/$name
  mount --bind /dev/$name dev/$name
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs var/tmp
mkdir -p mnt
mount --bind "$2" mnt
ip link set lo up
# Nothing of what is installed here is started there; what others run stays theirs.
rm -rf etc/systemd/system/*.wants etc/systemd/system/*.service
# Nor is there what a gateway has left here.
rm -rf etc/tandem var/lib/tandem var/log/tandem
printf '[Unit]\nDescription=nothing but what the test starts\n' >etc/systemd/system/test.target
mkdir before
pivot_root . before
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  sh -c 'umount --lazy /before && rmdir /before && exec /lib/systemd/systemd --unit=test.target --log-target=console --show-status=no' </dev/null
