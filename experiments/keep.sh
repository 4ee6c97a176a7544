#!/bin/sh
# Keeps what an unfinished run needs to go on elsewhere: its config, its records by epoch, and its newest checkpoint at the end of
# an epoch. Lines of single steps and TensorBoard's files are left out.
#
#   experiments/keep.sh RUN            into experiments/unfinished/NAME
#   cp -r experiments/unfinished/NAME runs/NAME && onebit train --resume runs/NAME --data DATASETS
set -eu
run=$1
kept=$(dirname "$0")/unfinished/$(basename "$run")
epoch=$(cd "$run/checkpoint" && ls manifest-*.json | sed -n 's/^manifest-\([0-9]*\)\.json$/\1/p' | sort -n | tail -n 1)
[ -n "$epoch" ] || { echo "$run: expected a checkpoint at the end of an epoch, found none" >&2; exit 1; }

rm -rf "$kept"
mkdir -p "$kept/checkpoint"
cp "$run/config.toml" "$run/metrics.jsonl" "$run/weights.jsonl" "$kept/"
# Where the data lie is this machine's affair.
sed 's|\("place": *\)"[^"]*"|\1"datasets"|' "$run/network.json" > "$kept/network.json"
for part in manifest model optim scheduler; do
    cp "$run/checkpoint/$part-$epoch".* "$kept/checkpoint/"
done
echo "$kept: epoch $epoch"
