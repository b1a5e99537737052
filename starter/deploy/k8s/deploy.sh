#!/bin/sh
# Deploy an image, and wait until it serves: sh deploy/k8s/deploy.sh ghcr.io/change-me/starter:COMMIT
set -eu
overlay=$(dirname "$0")/overlays/production

here() { kubectl --namespace starter "$@"; }

(cd "$overlay" && kustomize edit set image "starter=$1")
here delete job starter-release --ignore-not-found
kubectl apply --kustomize "$overlay"

# A job that has failed never completes: ask for both.
until here wait --for=condition=complete --timeout=10s job/starter-release; do
    failed=$(here get job starter-release --output 'jsonpath={.status.conditions[?(@.type=="Failed")].status}')
    if [ "$failed" = True ]; then
        here logs job/starter-release
        echo "The migration has failed: the release before goes on serving." >&2
        exit 1
    fi
done
for part in web worker scheduler; do
    here rollout status --timeout=10m "deployment/starter-$part"
done
