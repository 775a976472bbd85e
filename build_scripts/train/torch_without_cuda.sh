#!/bin/sh
# PyTorch from PyPI on a machine without a graphics card: torch_without_cuda.sh VENV
#
# PyPI's torch for Linux is linked against CUDA's libraries, three gigabytes that only a graphics card needs. This puts
# small libraries of the same names beside it, in which every function answers "no device" (cudaErrorNoDevice), so that
# torch loads and computes on the processor. Before: pip install --no-deps torch, then numpy pillow scipy filelock
# typing-extensions sympy networkx jinja2 fsspec. Needs a C compiler and binutils.
set -eu
[ $# -eq 1 ] || { sed -n '2s/^# //p' "$0" >&2; exit 2; }
lib=$(echo "$1"/lib/python*/site-packages/torch/lib)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

present() { [ -e "$lib/$1" ] || ldconfig -p | grep -q "[[:space:]]$1 "; }

# Every library that torch's own need and that is nowhere, and every function that they want of it.
readelf -d "$lib"/*.so | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort -u > "$work/needed"
nm -D --undefined-only "$lib"/*.so 2>/dev/null | awk '$1 == "U" { print $2 }' |
    grep -E '^(__cuda|cu|nccl|nvrtc|nvshmem)' | sort -u > "$work/functions"

# The functions of one version of one library, or all those without a version.
functions() {
    { grep "@$1\$" "$work/functions" || grep -v '@' "$work/functions"; } | sed 's/@.*//' | sort -u
}

while read -r name; do
    present "$name" && continue
    version=$name
    case $name in libnvshmem*) version=NVSHMEM ;; esac
    functions "$version" | sed 's/.*/int &(void) { return 100; }/' > "$work/stub.c"
    echo "$version { global: *; };" > "$work/stub.map"
    grep -q "@$version\$" "$work/functions" || echo '{ global: *; };' > "$work/stub.map"
    cc -w -fno-builtin -shared -fPIC -o "$lib/$name" -Wl,-soname,"$name" -Wl,--version-script="$work/stub.map" "$work/stub.c"
    echo "$lib/$name"
done < "$work/needed"
