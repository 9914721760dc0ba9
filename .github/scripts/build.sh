#!/usr/bin/env bash
# Build Dockerfile.runpod for linux/amd64 with the arguments given. It names its base by digest: what is pushed is made
# from the very layers that were tried.
set -euo pipefail

base=$(sed -n 's/^ARG BASE_IMAGE=//p' Dockerfile.runpod)
if ! said=$(docker buildx imagetools inspect "$base" 2>&1); then
    echo "::error title=No base::$base cannot be had: $said. If the registry does not have it, correct the digest in" \
        ".github/base/Dockerfile, and run 'make base'."
    exit 1
fi
exec docker buildx build --platform linux/amd64 --file Dockerfile.runpod "$@" .
