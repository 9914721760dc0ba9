#!/bin/sh
# Resolve every group anew: sh lock.sh UV. Without index addresses, so that the lock serves behind any mirror.
set -eu
uv=$1
resolve() {
    "$uv" pip compile --quiet --no-config --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
        --generate-hashes --no-emit-index-url --no-header "$@"
}
resolve test.in --override test.overrides.txt -o test.txt
resolve worker.in --override worker.overrides.txt -c test.txt -o worker.txt
resolve local.in -c test.txt -o local.txt
resolve uv.in -o uv.txt
