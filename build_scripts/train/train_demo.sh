#!/bin/sh
# Repeats the demo model: train_demo.sh DATA TEACHERS [WORK]
#
# DATA and TEACHERS: see README.md. Every stage is seeded and goes on where a stopped run was; distillation takes hours, the
# teachers' answers more than one, every other stage less than 40 minutes on two free cores. To repeat a stage, remove what it wrote to WORK
# (build/train): first/, photographs.json, taught.npy, views/, distill.pt and trunk/, TASK.pt and TASK/, experiment.json,
# evidence-photographs.json. PYTHON says which Python runs it. For a shorter trial: FIRST and STEPS say how many steps
# the trunk makes before and in distillation, VIEWS how many views of each photograph the teachers are asked about.
set -eu
[ $# -ge 2 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)
data=$1 teachers=$2 work=${3:-$root/build/train}
python=${PYTHON:-$(command -v /usr/bin/python3 || command -v python3)}

stage() {
    script=$1
    shift
    "$python" "$root/build_scripts/train/$script" --work "$work" "$@"
}

# Where distillation starts: a trunk that knows degradations, colours and photographs, from no teacher.
mkdir -p "$work/first"
"$python" "$root/build_scripts/train/views.py" --work "$work/first" --photos "$data/photos" --data "$data"
"$python" "$root/build_scripts/train/pretrain.py" --work "$work/first" --steps "${FIRST:-4000}"

stage gather.py --data "$data"
stage teach.py --data "$data" --teachers "$teachers" --views "${VIEWS:-13}"
stage views.py --photos "$data/photos" --crops 0 --ladders 4 --size 224 --region 256
stage distill.py --begin "$work/first/trunk" --checkpoint "$work/distill.pt" --steps "${STEPS:-6250}" --decline 0.376 --whole 0.16 \
    --trunk "$work/trunk"
stage technical.py --photos "$data/photos" --task quality --steps 1600 &
stage technical.py --photos "$data/photos" --task sharpness
wait $!
for trait in valence arousal beauty memorability complexity; do
    stage traits.py --data "$data" --trait $trait
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
