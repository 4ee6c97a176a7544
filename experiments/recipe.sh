#!/bin/sh
# The settings of docs/recipe.md, one at a time, on 5,000 held out images of CIFAR-10. Prints one command a line, for
#
#   experiments/recipe.sh OUT EPOCHS SEEDS LEVER... | xargs -P 2 -I{} sh -c {}
#
# such as `experiments/recipe.sh runs/recipe 14 '1 2 3' fixed learned ends8`. A run that was stopped goes on, a finished one
# tells its result. The lever `teacher` needs the finished runs of `float`.
set -eu
out=$1 epochs=$2 seeds=$3
shift 3
onebit=${ONEBIT:-onebit}
config=$(dirname "$0")/recipe-c10-1bit-20-1.toml

for seed in $seeds; do
    for lever; do
        case $lever in
            fixed) set='learn_norms=false' ;;
            learned) set='' ;;
            float) set='weights=32bit' ;;
            ends8) set='first_last=8bit' ;;
            cosine) set='schedule=cosine' ;;
            ema) set='average=ema' ;;
            swa) set='average=swa' ;;
            centre) set='latent_norm=centre' ;;
            standardise) set='latent_norm=standardise' ;;
            clip) set='estimator=clip' ;;
            ede) set='estimator=ede' ;;
            reste) set='estimator=reste' ;;
            no-decay) set='decay_latent=0' ;;
            decay-1e-4) set='decay_latent=1e-4' ;;
            decay-norms) set='decay_norms=true' ;;
            smoothing) set='label_smoothing=0.1' ;;
            teacher) set="teacher=$out/float-$epochs-seed-$seed" ;;
            *) echo "unknown lever $lever" >&2; exit 2 ;;
        esac
        line="$onebit train --config $config --validation 5000 --epochs $epochs --seed $seed --dashboard none --or-resume"
        for one in $set; do
            line="$line --set $one"
        done
        echo "$line --out $out/$lever-$epochs-seed-$seed"
    done
done
