#!/usr/bin/env bash
# Write the list of what the published image of the tag GITHUB_REF_NAME holds to FILE, as CycloneDX: sbom.sh FILE.
# BuildKit's own list goes with the image (push.sh); this one also has the packages that the image installs at its first
# start, with their hashes, and the models.
set -euo pipefail

image="ghcr.io/${GITHUB_REPOSITORY,,}:${GITHUB_REF_NAME#v}"
docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin <<< "$GHCR_TOKEN"
packages=$(docker run --rm --entrypoint dpkg-query "$image" --show)
python3 tools/sbom.py --dpkg - <<< "$packages" > "$1"
