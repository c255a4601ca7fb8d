# The first process of the node's namespaces: when it ends, everything in them ends. Its argument is the folder of the run.
set -e
mount --make-rshared /
# Sockets, shims and network namespaces at the places where the programs look for them, but not the machine's.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/netns /run/containerd
for folder in /var/lib/cni /var/lib/kubelet; do mount -t tmpfs tmpfs "$folder"; done
# The kubelet sets these for the whole machine unless they have the values that it wants: it is shown files.
for wanted in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    file=/run/shown-$(echo "${wanted%=*}" | tr / -)
    echo "${wanted#*=}" > "$file"
    mount --bind "$file" "/proc/sys/${wanted%=*}"
done
ip link set lo up
tries=0
until ip link show eth0 > /dev/null 2>&1; do
    tries=$((tries + 1))
    test "$tries" -lt 100
    sleep 0.1
done
ip addr add 10.98.77.2/24 dev eth0
ip link set eth0 up
ip route add default via 10.98.77.1
echo 1 > /proc/sys/net/ipv4/ip_forward
echo ready > "$1/holder.ready"
while :; do sleep 3600; done
