# shellcheck shell=sh
# Sourced by the other scripts: says one sentence and stops, or installs Debian packages.

say() { echo "percept: $*" >&2; }
fail() { say "$*"; exit 1; }

# The Debian release's number ("12"), or nothing elsewhere.
debian_release() {
  [ -r /etc/os-release ] || return 0
  ( . /etc/os-release; [ "${ID:-}" = debian ] && echo "${VERSION_ID:-}" ) || true
}

# Whether Debian packages can be installed here: root, or sudo that asks for no password.
can_install() {
  command -v apt-get >/dev/null 2>&1 || return 1
  [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# apt_install PACKAGE…: quiet, and says what it does because it takes a while.
apt_install() {
  say "installing $* …"
  as_root apt-get update -qq >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
    fail "apt-get could not install $*; install them by hand and run make again."
}
