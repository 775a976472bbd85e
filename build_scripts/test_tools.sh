#!/bin/sh
# Finds or installs what `make test` needs beside the toolchain: a C compiler with sanitizers, Chromium and Firefox.
# Prints three lines that make reads: NATIVE_CC = …, CHROMIUM = …, FIREFOX = ….
set -eu
. "$(dirname "$0")/apt.sh"

first_of() { for name in "$@"; do command -v "$name" 2>/dev/null && return 0; done; return 0; }

# Whether a compiler links a program with both sanitizers.
sanitizes() {
  probe=$(mktemp -d)
  echo 'int main(void) { return 0; }' > "$probe/probe.c"
  result=0
  "$1" -fsanitize=address,undefined "$probe/probe.c" -o "$probe/probe" 2>/dev/null && "$probe/probe" || result=1
  rm -rf "$probe"
  return $result
}

find_native_cc() {
  for name in "${NATIVE_CC:-}" clang-19 clang gcc cc; do
    [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && sanitizes "$name" && echo "$name" && return 0
  done
  return 0
}

find_chromium() {
  first_of "${CHROMIUM:-chromium}" chromium-browser google-chrome google-chrome-stable
  [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] && echo "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
  return 0
}

find_firefox() {
  first_of "${FIREFOX:-firefox-esr}" firefox
  [ -x /Applications/Firefox.app/Contents/MacOS/firefox ] && echo /Applications/Firefox.app/Contents/MacOS/firefox
  return 0
}

# The fuzzers need clang's: where it can be installed, another compiler that would do for the tests is not enough.
missing=
case $(find_native_cc) in
  *clang*) ;;
  '') missing="$missing clang-19 libclang-rt-19-dev" ;;
  *) if [ -z "${NATIVE_CC:-}" ] && [ "$(debian_release)" = 12 ] && can_install; then missing="$missing clang-19 libclang-rt-19-dev"; fi ;;
esac
[ -n "$(find_chromium)" ] || missing="$missing chromium"
[ -n "$(find_firefox)" ] || missing="$missing firefox-esr"
if [ -n "$missing" ]; then
  [ "$(debian_release)" = 12 ] && can_install || fail "the tests need$missing (or their like): install them, or run make test once as root on Debian 12."
  # shellcheck disable=SC2086 # a list of packages
  apt_install $missing fonts-dejavu-core
fi
[ -n "$(find_native_cc)" ] || fail "no C compiler here links AddressSanitizer; set NATIVE_CC to one that does."
echo "NATIVE_CC = $(find_native_cc)"
echo "CHROMIUM = $(find_chromium | head -n 1)"
echo "FIREFOX = $(find_firefox | head -n 1)"
