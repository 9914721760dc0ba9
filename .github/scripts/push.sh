#!/usr/bin/env bash
# Push the image of the tag GITHUB_REF_NAME to every name in images.txt of RUNNER_TEMP, as X.Y.Z and as X.Y, with its
# provenance and the list of what it holds. Never as latest: an endpoint that follows it changes under its users.
set -euo pipefail

version=${GITHUB_REF_NAME#v}
names=()
while read -r image; do
    names+=("$image:$version" "$image:${version%.*}")
done < "$RUNNER_TEMP/images.txt"

# As annotations, not as labels: those would make another image of it than the one that was tried.
says=index,manifest:org.opencontainers.image
docker buildx build --platform linux/amd64 --file Dockerfile.runpod "${names[@]/#/--tag=}" \
    --annotation "$says.version=$version" \
    --annotation "$says.revision=$GITHUB_SHA" \
    --annotation "$says.source=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" \
    --provenance mode=max --sbom true --metadata-file "$RUNNER_TEMP/pushed.json" --push .

{
    echo "Pushed, with the digest $(jq -r '."containerimage.digest"' "$RUNNER_TEMP/pushed.json"):"
    echo
    printf -- '- %s\n' "${names[@]}"
} >> "$GITHUB_STEP_SUMMARY"
