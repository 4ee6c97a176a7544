#!/bin/sh
# Whether trained weights help with few images: 10 images of each class of sign-digits, the others to
# test, wrn-20-1 with 1-bit weights of 3x32x32, three seeds from drawn weights and three from a packed
# file. All settings are those of the recipe for small sets; without a validation part, and with a
# batch that 100 images fill five times.
#
#   experiments/transfer.sh SIGN_DIGITS CIFAR10_20_1.onebit OUT [EPOCHS]
#
# EPOCHS is 14 unless given: a start helps where steps are few, and is caught up with after 30.
set -eu
images=$1 start=$2 out=$3 epochs=${4:-14}
onebit=${ONEBIT:-onebit}

mkdir -p "$out/images"
for class in "$images"/*/; do
    name=$(basename "$class")
    mkdir -p "$out/images/train/$name" "$out/images/test/$name"
    # By the digest of the name: the same ten everywhere, and no run of similar pictures.
    (cd "$class" && ls) | while read -r file; do
        printf '%s %s\n' "$(printf '%s' "$file" | sha256sum | cut -c1-16)" "$file"
    done | LC_ALL=C sort | {
        count=0
        while read -r _ file; do
            count=$((count + 1))
            part=test
            [ "$count" -gt 10 ] || part=train
            cp "$class/$file" "$out/images/$part/$name/$file"
        done
    }
done

for seed in 1 2 3; do
    for from in drawn trained; do
        run="$out/$from-seed-$seed"
        [ ! -e "$run/result.json" ] || continue
        set -- train --dataset "$out/images" --size 32 --channels 3 --net wrn-20-1 --weights 1bit
        set -- "$@" --validation 0 --batch-size 20 --epochs "$epochs" --seed "$seed" --dashboard none
        [ "$from" = drawn ] || set -- "$@" --init "$start"
        "$onebit" "$@" --out "$run"
    done
done
for from in drawn trained; do
    printf '%s: ' "$from"
    grep -h test_error_percent "$out/$from"-seed-*/result.json | tr -d ' ,\n'
    echo
done
