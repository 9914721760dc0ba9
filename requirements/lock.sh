#!/bin/sh
# Resolve every group anew: sh lock.sh UV. Without index addresses, so that the lock serves behind any mirror.
set -eu
uv=$1
resolve() {
    "$uv" pip compile --quiet --no-config --python-version "${python:-3.11}" --python-platform x86_64-manylinux_2_28 \
        --generate-hashes --no-emit-index-url --no-header "$@"
}
resolve test.in --override test.overrides.txt -o test.txt
resolve worker.in --override worker.overrides.txt -c test.txt -o worker.txt
resolve local.in -c test.txt -o local.txt
resolve uv.in -o uv.txt
# What one of the Pythons needs in another version or beside the others: install.py takes it from these locks.
python=3.12 resolve python3.12.in --no-deps -o python3.12.txt
python=3.13 resolve python3.13.in --no-deps -o python3.13.txt
