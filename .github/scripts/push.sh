#!/usr/bin/env bash
# Push the image of the tag GITHUB_REF_NAME to every name in images.txt of RUNNER_TEMP, as X.Y.Z, with its provenance and
# the list of what it holds. No tag is ever moved: no latest and no X.Y, since an endpoint that follows one changes
# under its users, and a version that is there already stays as it is.
set -euo pipefail

version=${GITHUB_REF_NAME#v}
names=()
while read -r image; do
    if said=$(docker buildx imagetools inspect "$image:$version" 2>&1); then
        echo "::notice title=Already there::$image:$version was pushed by an earlier run and is left as it is."
    # A package that was never pushed is refused rather than not found; a push without the right fails by itself.
    elif grep -qiE 'not found|unknown|denied|forbidden|unauthorized|does not exist|authorization failed' <<< "$said"; then
        names+=("$image:$version")
    else
        # It may be there: a registry that is busy says nothing of that.
        echo "::error title=Not known::whether $image:$version is there could not be found out: $said"
        exit 1
    fi
done < "$RUNNER_TEMP/images.txt"
[[ ${#names[@]} != 0 ]] || exit 0

# As annotations, not as labels: those would make another image of it than the one that was tried.
says=index,manifest:org.opencontainers.image
.github/scripts/build.sh "${names[@]/#/--tag=}" \
    --annotation "$says.version=$version" \
    --annotation "$says.revision=$GITHUB_SHA" \
    --annotation "$says.source=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" \
    --provenance mode=max --sbom true --metadata-file "$RUNNER_TEMP/pushed.json" --push

{
    echo "Pushed, with the digest $(jq -r '."containerimage.digest"' "$RUNNER_TEMP/pushed.json"):"
    echo
    printf -- '- %s\n' "${names[@]}"
} >> "$GITHUB_STEP_SUMMARY"

# A package is mostly private when it is new, and then RunPod is refused like anybody who is not logged in.
for name in "${names[@]}"; do
    if ! DOCKER_CONFIG=$(mktemp -d) docker manifest inspect "$name" > /dev/null 2>&1; then
        echo "::warning title=Not public::$name cannot be pulled without a login. Make the package public in its" \
            "settings, or give the registry's credentials to RunPod (docs/deploy.md, Publishing a version)."
    fi
done
