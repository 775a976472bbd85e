#!/bin/sh
# Finds or makes an Emscripten that can build relaxed SIMD and the one stb_image that the decoder is written for, and
# prints two lines that make reads: EMCC = …, STB_INCLUDE = ….
#
#   1. emcc 3.1.60 or later on the PATH (emsdk, Homebrew, Debian 13) is used as it is.
#   2. On Debian 12, Debian 13's emscripten and binaryen are unpacked into a private folder and run with Debian 12's
#      LLVM 19 (which it installs) on their own C library; nothing of the system is replaced.
#   3. Elsewhere one sentence says what is missing.
#
# stb_image.h is pinned by its hash, since c_src/image/stb.c calls functions that it keeps private: another version may
# compile and decode differently. To take a later one, read what changed in them, run the tests, and set the hash.
#
# The private folder is $PERCEPT_TOOLCHAIN, or percept/toolchain in the user's cache folder.
set -eu
. "$(dirname "$0")/apt.sh"

cache=${PERCEPT_TOOLCHAIN:-${XDG_CACHE_HOME:-$HOME/.cache}/percept/toolchain}
emcc_least=3.1.60
stb_wanted="stb_image.h 2.30 of stb's commit 013ac3b"
stb_sha256=594c2fe35d49488b4382dbfaec8f98366defca819d916ac95becf3e75f4200b3

# at_least LEAST VERSION: whether VERSION is LEAST or later.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

emcc_version() { "$1" --version 2>/dev/null | sed -n '1s/.* \([0-9][0-9.]*\)[^ ]* *(.*/\1/p'; }

sha256_of() { { sha256sum "$1" 2>/dev/null || shasum -a 256 "$1"; } | cut -d ' ' -f 1; }

# The folders here that hold a stb_image.h.
stb_folders() {
  for folder in "${STB_INCLUDE:-}" /usr/include/stb /usr/include /usr/local/include/stb /usr/local/include \
                /opt/homebrew/include/stb /opt/homebrew/include "$cache/include"; do
    [ -n "$folder" ] && [ -f "$folder/stb_image.h" ] && echo "$folder"
  done
  return 0
}

# The first of them whose stb_image.h is the one, or nothing.
find_stb() {
  stb_folders | while read -r folder; do
    if [ "$(sha256_of "$folder/stb_image.h")" = "$stb_sha256" ]; then echo "$folder" && return 0; fi
  done
  return 0
}

# Which other ones were passed over, for the sentence that says what is missing.
other_stb() { stb_folders | sed '1s/^/; there is another version in /' | tr '\n' ' ' | sed 's/ $//'; }

find_emcc() {
  for candidate in "${EMCC:-}" "$(command -v emcc || true)" "$cache/emcc"; do
    [ -n "$candidate" ] && [ -x "$candidate" ] || continue
    version=$(emcc_version "$candidate")
    [ -n "$version" ] && at_least "$emcc_least" "$version" && echo "$candidate" && return 0
  done
  return 0
}

# apt with sources, lists and cache of its own, so that the system's package lists do not change.
private_apt() {
  apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}

# Runs binaryen's programs through the loader and libraries that were unpacked with them.
wrap_binaryen() {
  mkdir -p "$1/binaryen/bin"
  for program in "$1"/root/usr/bin/wasm*; do
    wrapper=$1/binaryen/bin/$(basename "$program")
    cat > "$wrapper" <<END
#!/bin/sh
exec "$cache/root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$cache/root/usr/lib/x86_64-linux-gnu" \\
  "$cache/root/usr/bin/$(basename "$program")" "\$@"
END
    chmod +x "$wrapper"
  done
}

make_on_debian_12() {
  [ "$(uname -m)" = x86_64 ] || fail "on Debian 12 the toolchain is made for x86_64 only; put emcc $emcc_least or later on the PATH."
  can_install || fail "run this once as root, or put emcc $emcc_least or later and $stb_wanted on this machine."
  apt_install clang-19 lld-19 llvm-19 node-acorn python3 ca-certificates
  say "unpacking Emscripten into $cache (once, about a minute) …"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/made"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
  [ -n "$mirror" ] || fail "apt has no mirror of Debian 12 configured from which Debian 13's packages could be told."
  cat > "$work/sources/next.sources" <<END
Types: deb
URIs: $mirror
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
  private_apt update >&2
  (cd "$work/debs" && private_apt download emscripten/trixie binaryen/trixie libc6/trixie libstdc++6/trixie \
    libgcc-s1/trixie libstb-dev/trixie >&2) || fail "Debian 13's emscripten could not be downloaded from the mirror that apt uses."
  for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/made/root"; done
  wrap_binaryen "$work/made"
  ln -sfn /usr/share/nodejs "$work/made/root/usr/share/emscripten/node_modules"
  mkdir -p "$work/made/include"
  cp "$work/made/root/usr/include/stb/stb_image.h" "$work/made/include/"
  cat > "$work/made/config" <<END
LLVM_ROOT = '/usr/bin'
LLVM_ADD_VERSION = '19'
CLANG_ADD_VERSION = '19'
BINARYEN_ROOT = '$cache/binaryen'
NODE_JS = '$(command -v node)'
CACHE = '$cache/root/usr/share/emscripten/cache'
FROZEN_CACHE = True
END
  cat > "$work/made/emcc" <<END
#!/bin/sh
EM_CONFIG="$cache/config" exec "$cache/root/usr/share/emscripten/emcc" "\$@"
END
  chmod +x "$work/made/emcc"
  # Whole or not at all: an interrupted run leaves nothing that a later one would trust.
  if [ -e "$cache" ] && [ ! -f "$cache/config" ]; then fail "$cache exists and is no toolchain; remove it or set PERCEPT_TOOLCHAIN."; fi
  rm -rf "$cache"
  mv "$work/made" "$cache"
}

look() {
  emcc=$(find_emcc)
  stb=$(find_stb)
  [ -n "$emcc" ] && [ -n "$stb" ]
}

if ! look && [ "$(debian_release)" = 12 ]; then
  # One at a time: another make, in another checkout, may be making it now, and its folder must not go while it builds.
  mkdir -p "$(dirname "$cache")"
  exec 9> "$cache.lock"
  flock 9
  look || make_on_debian_12
  look || true
fi
[ -n "$emcc" ] || fail "emcc $emcc_least or later is missing: install Emscripten (emsdk, 'brew install emscripten', or Debian 13's 'apt-get install emscripten') and put it on the PATH."
[ -n "$stb" ] || fail "$stb_wanted, SHA-256 $stb_sha256, is missing$(other_stb). Debian 13 has it (apt-get install libstb-dev); elsewhere take that one file from github.com/nothings/stb and set STB_INCLUDE to its folder."
echo "EMCC = $emcc"
echo "STB_INCLUDE = $stb"
