#!/bin/sh
# Runs the coverage-guided fuzzers, which `make fuzz` and `make test-native` have built: from the golden pictures, from
# seeds.mjs and from what earlier runs found, in build/fuzz. Files of earlier findings are tried first.
#
#   sh tests/fuzz/run.sh SECONDS [FOLDER]  that long for each, another way each time; FOLDER: pictures of yours to begin with,
#                                          such as /usr/share/libjxl-testdata of Debian's package, all of which are tried first
#   sh tests/fuzz/run.sh short             the same few thousand inputs each time
#   sh tests/fuzz/run.sh coverage          what the corpora reach, by file (needs llvm-cov, and `make fuzz-coverage`)
set -eu

cd "$(dirname "$0")/../.."
mkdir -p build/fuzz/picture build/fuzz/engine
node tests/fuzz/seeds.mjs build/fuzz/seeds

# tool NAME: the one of the compiler's own version, which Debian adds to names; another cannot read its counters.
compiler=${NATIVE_CC:-clang}
tool() { command -v "$1${compiler##*clang}" || { echo "percept: $1 of $compiler is missing" >&2; exit 1; }; }

# run NAME COUNT SEEDS…: one fuzzer; COUNT inputs make a short run.
run() {
  name=$1
  short_runs=$2
  shift 2
  case $mode in
    short)
      # A corpus of its own, so that the run is the same each time.
      rm -rf "build/fuzz/short-$name" && mkdir "build/fuzz/short-$name"
      corpus=build/fuzz/short-$name
      limit="-runs=$short_runs -seed=1" ;;
    coverage)
      LLVM_PROFILE_FILE=build/fuzz/$name.profraw "build/${name}_fuzz_coverage" -runs=0 "build/fuzz/$name" "$@" 2>/dev/null
      $(tool llvm-profdata) merge "build/fuzz/$name.profraw" -o "build/fuzz/$name.profdata"
      $(tool llvm-cov) report "build/${name}_fuzz_coverage" "-instr-profile=build/fuzz/$name.profdata" c_src | cut -c1-170
      return ;;
    *)
      corpus=build/fuzz/$name
      limit="-max_total_time=$mode" ;;
  esac
  # shellcheck disable=SC2046 # names without spaces
  "build/${name}_fuzz" -timeout=60 $(find "tests/fuzz/findings/$name" -type f) > "build/fuzz/$name.log" 2>&1 || { cat "build/fuzz/$name.log"; exit 1; }
  # shellcheck disable=SC2086 # a list of options
  "build/${name}_fuzz" $limit -max_len=8192 -rss_limit_mb=3000 -timeout=60 -print_final_stats=1 -artifact_prefix=build/fuzz/ \
    "$corpus" "$@" > "build/fuzz/$name.log" 2>&1 || { tail -n 40 "build/fuzz/$name.log"; exit 1; }
  echo "  ${name}_fuzz: $(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$name.log") inputs, $(sed -n 's/.*DONE *cov: \([0-9]*\).*/\1/p' "build/fuzz/$name.log") edges, nothing found"
}

mode=${1:?how long? as in: sh tests/fuzz/run.sh 60}
own=${2:-}
if [ -n "$own" ]; then
  find "$own" -type f -size -8M -exec build/picture_fuzz -timeout=60 -rss_limit_mb=3000 {} + > build/fuzz/picture.log 2>&1 || { tail -n 40 build/fuzz/picture.log; exit 1; }
  echo "  picture_fuzz: $(grep -c '^Executed' build/fuzz/picture.log) files of $own, nothing found"
fi
# shellcheck disable=SC2086 # a folder or nothing
run picture 4000 build/fuzz/seeds/picture tests/golden/pictures tests/golden/damaged $own
run engine 1200 build/fuzz/seeds/engine
