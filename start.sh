#!/bin/sh
# The image's only program: start.sh [ARGUMENTS OF setup_network_venv.py, which becomes the worker | COMMAND].
#
# Exit codes are those of setup_network_venv.py, and 10: the container may use too little memory.
set -eu
cd "$(dirname "$0")"

# Its arguments begin with a dash. All else is a command, such as the start command that RunPod gives to a Pod.
# An empty one is none: some forms send it.
[ "$#" != 1 ] || [ -n "$1" ] || shift
case ${1:-} in
    "" | -*) set -- python3 setup_network_venv.py "$@" ;;
esac

volume=${VOLUME_DIR:-/runpod-volume}

# On stderr: standard output belongs to the worker's command line.
say() {
    echo "start: $*" >&2
}

# Megabytes that the container may use, or nothing where there is no limit: cgroup 2, then 1, which writes 2^63 for it.
memory_limit() {
    for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
        if [ -r "$file" ]; then
            awk '$1 ~ /^[0-9]+$/ && $1 < 2^60 { printf "%d", $1 / 1e6 }' "$file"
            return
        fi
    done
}

# Megabytes that a worker with any of its engines takes at least: torch and the model before it is on the GPU.
memory_needed() {
    needed=500
    for engine in $(echo "${ENGINES:-${TTS_ENGINE:-f5}}" | tr ',' ' '); do
        case $engine in
            espeak | piper) ;;
            *) needed=3000 ;;
        esac
    done
    echo "$needed"
}

# Only who starts the worker needs memory for it: a small Pod may fill a volume.
worker="python3 setup_network_venv.py"
case $* in
    "$worker" | "$worker --" | "$worker -- worker"* | "$worker -- serve"* | "$worker -- --rp_"* | "$worker -- --test_input"*)
        limit=$(memory_limit)
        needed=$(memory_needed)
        if [ -n "$limit" ] && [ "$limit" -lt "$needed" ]; then
            say "the container may use $limit MB of memory and the worker needs $needed; give it more"
            exit 10
        fi
        ;;
esac

# As the volume's owner, where that is not root: at home what it writes is then yours. RunPod's volumes are root's.
# 65534 stands for an owner whom this container does not know, and whom nobody can become.
# Not all of its arguments: a job's may hold a signed URL.
program="$1 ${2:-}"
owner=$(stat -c %u "$volume" 2>/dev/null || echo 0)
if [ "$(id -u)" = 0 ] && [ "$owner" != 0 ] && [ "$owner" != 65534 ]; then
    say "$program (as user $owner, who owns $volume)"
    # No entry of /etc/passwd has that number, and libraries ask for its name and home.
    export HOME=/tmp USER=worker
    set -- setpriv --reuid "$owner" --regid "$(stat -c %g "$volume")" --clear-groups "$@"
else
    say "$program"
fi
exec "$@"
