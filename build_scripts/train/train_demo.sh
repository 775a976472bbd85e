#!/bin/sh
# Trains a model as the demo's was, from photographs to its page: train_demo.sh DATA TEACHERS [WORK]
#
# DATA and TEACHERS: see README.md. Every stage is seeded and goes on where a stopped run was; distillation takes hours, the
# teachers' answers more than one, every other stage less than 40 minutes on two free cores. PYTHON says which Python runs
# it. For a shorter trial: FIRST and STEPS say how many steps the trunk makes before and in distillation, VIEWS how many
# views of each photograph the teachers are asked about.
#
# To repeat a stage, remove from WORK (build/train):
#   the first trunk       first/, distill.pt
#   gathering             photographs.json, and what is named for answers, views and distillation; all of WORK for other DATA
#   the teachers' answers views.json, taught.npy, pooled.npy, maps.npy, components.npz, distill.pt
#   views                 views/, distill.pt, quality.pt, sharpness.pt, evidence-photographs.json
#   distillation          distill.pt
#   quality, sharpness    TASK.pt, evidence-photographs.json
#   a trait               TRAIT.json
#   evidence              evidence-photographs.json
#   the experiment        experiment.json, embeddings-*.pt and teachers-*.npz, here and in first/
# What stands on another trunk than the one that is there is removed without being asked for.
set -eu
[ $# -ge 2 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)
data=$1 teachers=$2 work=${3:-$root/build/train}
python=${PYTHON:-python3}
traits='valence arousal beauty memorability complexity'

"$python" - <<'CHECK'
import importlib, sys

def missing(name):
    try:
        importlib.import_module(name)
    except Exception:  # a module may be there and broken
        return True

lacking = ['Python 3.11 or newer'] * (sys.version_info < (3, 11)) + [name for name in ('numpy', 'PIL', 'torch') if missing(name)]
if lacking:
    sys.exit('train_demo.sh: ' + sys.executable + ' lacks ' + ', '.join(lacking) + '; PYTHON names another Python, README.md says which.')
CHECK

stage() {
    script=$1
    shift
    "$python" "$root/build_scripts/train/$script" --work "$work" "$@"
}

# keep_if_same_trunk FOLDER 'RESULT …': removes these results in FOLDER unless they stand on the trunk that is there.
keep_if_same_trunk() {
    trunk=$("$python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' \
        "$1/trunk/model.safetensors")
    [ "$(cat "$1/trunk.sha256" 2> /dev/null)" != "$trunk" ] || return 0
    (
        cd "$1"
        for each in $2; do
            [ -e "$each" ] || continue
            echo "train_demo.sh: $1/$each stands on another trunk and is removed" >&2
            rm -rf "$each"
        done
    )
    echo "$trunk" > "$1/trunk.sha256"
}

# Where distillation starts: a trunk that knows degradations, colours and photographs, from no teacher.
mkdir -p "$work/first"
"$python" "$root/build_scripts/train/views.py" --work "$work/first" --photos "$data/photos" --data "$data" --held-ladders 0
"$python" "$root/build_scripts/train/pretrain.py" --work "$work/first" --steps "${FIRST:-4000}"
keep_if_same_trunk "$work/first" 'embeddings-*.pt experiment.json'

stage gather.py --data "$data"
stage teach.py --data "$data" --teachers "$teachers" --views "${VIEWS:-13}"
stage views.py --photos "$data/photos" --crops 0 --ladders 4 --size 224 --region 256
stage distill.py --begin "$work/first/trunk" --checkpoint "$work/distill.pt" --steps "${STEPS:-6250}" --decline 0.376 --whole 0.16 \
    --trunk "$work/trunk"
standing='embeddings-*.pt experiment.json evidence*.json familiarity.* quality.pt sharpness.pt sharpness-scale.json'
for task in quality sharpness $traits; do
    standing="$standing $task $task.json $task-head.safetensors"
done
keep_if_same_trunk "$work" "$standing"
stage technical.py --photos "$data/photos" --task quality --steps 1600 &
stage technical.py --photos "$data/photos" --task sharpness
wait $!
for trait in $traits; do
    stage traits.py --data "$data" --trait "$trait"
done
stage evidence.py --photos "$data/photos"
stage familiarity.py --photos "$data/photos"
stage experiment.py --data "$data" --teachers "$teachers"
"$python" "$root/build_scripts/train/experiment.py" --work "$work/first" --data "$data" --teachers "$teachers" --ways head
stage publish.py

rm -rf "$work/model"
node "$root/build_scripts/convert.mjs" "$root/weights/demo-source/recipe.json" --outdir "$work/model"
rm -f "$root"/weights/demo/model.json "$root"/weights/demo/*.safetensors
cp "$work"/model/* "$root/weights/demo/"
# The page below reports the agreement whatever it is; status 3 says that it is lower than it should be.
"$python" "$root/build_scripts/train/demo_agreement.py" --photos "$data/photos" > "$work/agreement.txt" || [ $? -eq 3 ]
cat "$work/agreement.txt"
stage demo_report.py
