#!/usr/bin/env bash
# Build Dockerfile.runpod for linux/amd64 with the arguments given. Its base is looked up once for a whole run, and is
# named by its digest from then on: what is pushed is made from the very layers that were tried.
set -euo pipefail

base="$RUNNER_TEMP/base.txt"
if [[ ! -s $base ]]; then
    name=$(sed -n 's/^ARG BASE_IMAGE=//p' Dockerfile.runpod)
    digest=$(docker buildx imagetools inspect "$name" --format '{{json .Manifest}}' | jq -er .digest)
    echo "$name@$digest" > "$base"
fi
exec docker buildx build --platform linux/amd64 --file Dockerfile.runpod --build-arg "BASE_IMAGE=$(< "$base")" "$@" .
