#!/usr/bin/env bash
# Whether a built image starts and knows what is missing: smoke.sh ENGINE IMAGE, with docker or podman as the engine.
set -euo pipefail

engine=$1 image=$2

# Run the image with the arguments after the first two: it must exit with just this code and say just this.
expect() {
    local wanted=$1 sentence=$2 code=0 said
    shift 2
    said=$("$engine" run --rm "$image" "$@" 2>&1) || code=$?
    if [[ $code != "$wanted" || $said != *"$sentence"* ]]; then
        echo "smoke: '$*' gave exit $code, not $wanted, or did not say \"$sentence\":"
        echo "$said"
        exit 1
    fi
    echo "smoke: '$*' gave exit $code and said \"$sentence\""
}

# That far it comes without the worker itself.
inside="import importlib.util, sys; sys.exit(importlib.util.find_spec('handler.__main__') is None)"
if ! "$engine" run --rm --entrypoint python3 "$image" -c "$inside"; then
    echo "smoke: the package handler is not in the image"
    exit 1
fi

expect 3 "there is no network volume"
expect 1 "not ready" --check
