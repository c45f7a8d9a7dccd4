# What every script here sources: where the repository is, how to say things.
# shellcheck shell=bash

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034  # for those who source this
readonly repository

heading() { printf '\n== %s\n' "$*"; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# help_if_asked "$@": prints the comment at the top of the calling script when the first argument is --help.
help_if_asked() {
  if [[ ${1:-} == --help || ${1:-} == -h ]]; then
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
    exit 0
  fi
}

# need COMMAND PACKAGE: stops with a readable sentence when a command is missing.
need() {
  command -v "$1" > /dev/null || die "$1 is not installed; install the Debian package $2 or run scripts/install-packages --developer"
}
