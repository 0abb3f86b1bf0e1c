#!/bin/sh
# Boots systemd on a host of its own, whose disk is a copy-on-write view of this one's:
# systemd_host.sh FOLDER EXECUTABLE. Installs the executable there with its service, and becomes
# systemd, which starts that service and little else. To be run as the first process of new
# namespaces (mount, pid, net, uts, ipc, cgroup); all of it is gone when these are.
set -e
folder=$1
executable=$2
root=$folder/disk/root

mount --make-rprivate /
mkdir -p "$folder/disk"
mount -t tmpfs tmpfs "$folder/disk"
mkdir "$folder/disk/changed" "$folder/disk/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$folder/disk/changed,workdir=$folder/disk/work" \
  overlay "$root"

mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue" "$root/dev/hugepages"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ip link set lo up

mkdir -p "$root/opt"
cp "$executable" "$root/opt/ssdaq-to-install"
rm -rf "$root/etc/machine-id" "$root"/etc/systemd/system/*.wants "$root/var/lib/ssdaq"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
in_root() {
  chroot "$root" env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin XDG_CACHE_HOME=/var/tmp "$@"
}
in_root /opt/ssdaq-to-install install --systemd --force
in_root systemd-sysusers
cat >"$root/etc/systemd/system/test.target" <<'UNIT'
[Unit]
Requires=basic.target
After=basic.target
Wants=ssdaq.service
UNIT

cd "$root"
mkdir before
pivot_root . before
exec env -i container=other PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
  /lib/systemd/systemd --unit=test.target --log-target=journal
