# A machine of its own with a running manager of services: a service is stopped and taken, and comes back with the link that starts it.
# Run in namespaces of its own for mounts and processes: `services.sh FOLDER RINGFENCE`.
set -eu
root="$1" ringfence="$2"
mount --make-rprivate /
mount -t tmpfs tmpfs "$root"
cd "$root"
mkdir -p usr dev proc sys run/systemd/system run/user/0 tmp etc vault opt/ollama root/.config/systemd/user/default.target.wants
chmod 700 vault run/user/0
mount --bind /usr usr
mount -o remount,bind,ro usr
for link in bin sbin lib lib64; do
    if [ -e "/$link" ]; then ln -s "usr/$link" "$link"; fi
done
mount --bind /dev dev
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 none sys/fs/cgroup
touch tmp/ringfence
mount --bind "$ringfence" tmp/ringfence
echo 'root:x:0:0:root:/root:/bin/sh' >etc/passwd

printf '#!/bin/sh\nexec /usr/bin/sleep 1000\n' >opt/ollama/ollama
chmod 755 opt/ollama/ollama
units=root/.config/systemd/user
printf '[Unit]\nDescription=Models\n[Service]\nExecStart=/opt/ollama/ollama serve\n[Install]\nWantedBy=default.target\n' >"$units/ollama.service"
ln -s ../ollama.service "$units/default.target.wants/ollama.service"
printf 'name = "trial"\nfrom = 2026-01-01\nreason = "trial"\ndata = "take"\n[[subject]]\ntool = "ollama"\n' >tmp/ban.toml

cat >tmp/inside.sh <<'INSIDE'
set -eu
export SYSTEMD_IGNORE_CHROOT=1 XDG_RUNTIME_DIR=/run/user/0 HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin
tree() { find /root -printf '%p %y %m %U %G %T@ %l\n' | sort; }
state() { echo "$1: active $(systemctl --user is-active ollama || true), enabled $(systemctl --user is-enabled ollama 2>/dev/null || true)"; }
/usr/lib/systemd/systemd --user >/tmp/manager.log 2>&1 &
for _ in $(seq 100); do
    if [ "$(systemctl --user is-active ollama 2>/dev/null)" = active ]; then break; fi
    sleep 0.1
done
state before
tree >/tmp/before
/tmp/ringfence sweep plan --root / --ban /tmp/ban.toml --json >/tmp/plan.json || true
digest=$(sed -n 's/.*"digest": *"\(sha256:[0-9a-f]*\)".*/\1/p' /tmp/plan.json | head -1)
/tmp/ringfence sweep quarantine --root / --vault /vault --plan /tmp/plan.json --digest "$digest" --stop-services
state taken
if [ -e /root/.config/systemd/user/ollama.service ]; then echo "the unit is still there"; fi
/tmp/ringfence sweep restore --root / --vault /vault --digest "$digest"
systemctl --user daemon-reload
state restored
tree >/tmp/after
if diff /tmp/before /tmp/after; then echo "the tree is the same"; fi
INSIDE
chroot . /bin/sh /tmp/inside.sh
