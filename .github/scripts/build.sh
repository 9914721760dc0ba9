#!/usr/bin/env bash
# Build Dockerfile.runpod for linux/amd64 with the arguments given. It names its base by digest: what is pushed is made
# from the very layers that were tried.
set -euo pipefail
exec docker buildx build --platform linux/amd64 --file Dockerfile.runpod "$@" .
