#!/usr/bin/env bash
# Log in to the registries that this repository may push to, and leave the image's names, one a line, in images.txt of
# RUNNER_TEMP. GHCR always; Docker Hub where its two secrets are set.
set -euo pipefail

repository=${GITHUB_REPOSITORY,,}
names="$RUNNER_TEMP/images.txt"

docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin <<< "$GHCR_TOKEN"
echo "ghcr.io/$repository" > "$names"

if [[ -z ${DOCKER_USERNAME:-} || -z ${DOCKER_PASSWORD:-} ]]; then
    echo "::notice title=Docker Hub left out::DOCKER_USERNAME and DOCKER_PASSWORD are not both set among this" \
        "repository's secrets; the image goes to ghcr.io alone."
    exit 0
fi
docker login --username "$DOCKER_USERNAME" --password-stdin <<< "$DOCKER_PASSWORD"
echo "docker.io/${DOCKER_USERNAME,,}/${repository#*/}" >> "$names"
