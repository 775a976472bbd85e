#!/bin/sh
# Finds, checks and unpacks the sources of the libraries that decode pictures, and prints a line for each that make reads.
#
# Each is one archive, pinned by its SHA-256. It is looked for in $PERCEPT_SOURCES (percept/sources in the user's cache folder by
# default), then at the Debian mirror that apt uses, then at its authors' place. To take a later version, read what changed,
# set version and hash, run the tests, and `make fuzz`.
set -eu
. "$(dirname "$0")/apt.sh"

sources=${PERCEPT_SOURCES:-${XDG_CACHE_HOME:-$HOME/.cache}/percept/sources}

sha256_of() { { sha256sum "$1" 2>/dev/null || shasum -a 256 "$1"; } | cut -d ' ' -f 1; }

debian_mirror() {
  command -v apt-get >/dev/null 2>&1 || return 0
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null | head -n 1
}

# download URL FILE: nothing is left of what fails.
download() {
  helper=/usr/lib/apt/apt-helper # goes through the proxy that apt knows
  if [ -x "$helper" ] && "$helper" download-file "$1" "$2" >/dev/null 2>&1; then return 0; fi
  curl -fsSL -o "$2" "$1" 2>/dev/null && return 0
  rm -f "$2"
  return 1
}

# library NAME SHA256 DEBIAN_PATH AUTHORS_URL: unpacks into build/NAME.
library() {
  archive=$sources/$1.tar.gz
  part=$archive.$$ # another checkout may be fetching the same
  mkdir -p "$sources"
  mirror=$(debian_mirror)
  for place in ${mirror:+"$mirror$3"} "$4"; do
    [ -f "$archive" ] && break
    say "fetching $1 …"
    download "$place" "$part" || continue
    if [ "$(sha256_of "$part")" = "$2" ]; then mv "$part" "$archive"; else rm -f "$part"; fi
  done
  [ -f "$archive" ] || fail "$1 could not be fetched. Put $4, SHA-256 $2, into $sources as $1.tar.gz."
  [ "$(sha256_of "$archive")" = "$2" ] || fail "$archive is not the file that it should be: its SHA-256 is not $2. Remove it."
  rm -rf "build/$1"
  mkdir -p "build/$1"
  tar -xzf "$archive" -C "build/$1" --strip-components 1
}

library libjpeg-turbo-2.1.5 254f3642b04e309fee775123133c6464181addc150499561020312ec61c1bf7c \
  pool/main/libj/libjpeg-turbo/libjpeg-turbo_2.1.5.orig.tar.gz \
  https://github.com/libjpeg-turbo/libjpeg-turbo/archive/refs/tags/2.1.5.tar.gz
library libwebp-1.5.0 7d6fab70cf844bf6769077bd5d7a74893f8ffd4dfb42861745750c63c2a5c92c \
  pool/main/libw/libwebp/libwebp_1.5.0.orig.tar.gz \
  https://storage.googleapis.com/downloads.webmproject.org/releases/webp/libwebp-1.5.0.tar.gz
echo "LIBJPEG = build/libjpeg-turbo-2.1.5"
echo "LIBWEBP = build/libwebp-1.5.0"
