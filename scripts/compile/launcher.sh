#!/bin/sh
# ssdaq in one file: this program, and behind its last line an archive of ssdaq and the Deno that
# runs it. The first start unpacks them into a private folder of the user's cache; later ones only
# look whether that folder is still what was unpacked.

ARCHIVE_SHA256=@ARCHIVE_SHA256@
ARCHIVE_BYTES=@ARCHIVE_BYTES@
HEAD_BYTES=@HEAD_BYTES@
RUNTIME_BYTES=@RUNTIME_BYTES@
# Whatever surrounds it: the tools that unpack are there.
PATH=${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin

case $0 in
  /*) SSDAQ_EXECUTABLE=$0 ;;
  *) SSDAQ_EXECUTABLE=$PWD/$0 ;;
esac
export SSDAQ_EXECUTABLE

refusals=

fail() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

# Whether a folder is this user's own, and nobody else's to read or write.
is_private() {
  [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] || return 1
  case $(LC_ALL=C ls -ld -- "$1") in
    drwx------*) return 0 ;;
    *) return 1 ;;
  esac
}

# Whether a folder is what was unpacked and verified: only its owner could have changed it since.
is_unpacked() {
  is_private "$1" && [ -f "$1/deno" ] && [ -f "$1/program/cli/main.ts" ] &&
    [ "$(wc -c <"$1/deno")" -eq "$RUNTIME_BYTES" ]
}

refuse() {
  refusals="$refusals
  $1: $2"
}

sha256_of() {
  if command -v sha256sum >/dev/null; then
    sha256sum <"$1"
  elif command -v shasum >/dev/null; then
    shasum -a 256 <"$1"
  else
    fail "neither sha256sum nor shasum is here to verify $SSDAQ_EXECUTABLE with"
  fi | cut -d ' ' -f 1
}

# Unpacks into a folder of its own and moves that to its name, which only a whole one gets.
unpack() {
  base=$1
  [ ! -t 2 ] || printf 'unpacking ssdaq into %s, once\n' "$base" >&2
  for rest in "$base"/unpacking.*; do
    [ -d "$rest" ] && ! kill -0 "${rest##*.}" 2>/dev/null && rm -rf -- "$rest"
  done
  fresh=$base/unpacking.$$
  trap 'rm -rf -- "$fresh"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  rm -rf -- "$fresh"
  mkdir -- "$fresh" 2>/dev/null || return 1
  tail -c "+$((HEAD_BYTES + 1))" -- "$0" >"$fresh/archive" 2>/dev/null || return 1
  if [ "$(wc -c <"$fresh/archive")" -ne "$ARCHIVE_BYTES" ] ||
    [ "$(sha256_of "$fresh/archive")" != "$ARCHIVE_SHA256" ]; then
    # What is on the disk is right when it was written whole.
    if [ "$(($(wc -c <"$0") - HEAD_BYTES))" -ne "$ARCHIVE_BYTES" ] ||
      [ "$(wc -c <"$fresh/archive")" -eq "$ARCHIVE_BYTES" ]; then
      fail "$SSDAQ_EXECUTABLE is damaged: its archive is not the one that was built; copy it again"
    fi
    return 1
  fi
  gzip -dc <"$fresh/archive" 2>/dev/null | (cd -- "$fresh" && tar -xof - 2>/dev/null) || return 1
  rm -f -- "$fresh/archive"
  is_unpacked "$fresh" || return 1
  "$fresh/deno" --version >/dev/null 2>&1 || return 2
  mv -- "$fresh" "$base/$ARCHIVE_SHA256" 2>/dev/null
  # Another start was faster: ours has gone into its folder.
  rm -rf -- "$base/$ARCHIVE_SHA256/unpacking.$$" "$fresh"
  trap - EXIT HUP INT TERM
  is_unpacked "$base/$ARCHIVE_SHA256"
}

# Sets `home` to the unpacked program below a folder; false when that cannot be.
use() {
  base=$1
  if ! is_private "$base"; then
    mkdir -p -- "$base" 2>/dev/null
    is_private "$base" || {
      refuse "$base" "cannot be made, or is not this user's alone (chmod 700)"
      return 1
    }
  fi
  home=$base/$ARCHIVE_SHA256
  is_unpacked "$home" && return 0
  if [ -e "$home" ] || [ -L "$home" ]; then
    printf '%s is not as it was unpacked: unpacking again\n' "$home" >&2
    rm -rf -- "$home" 2>/dev/null
  fi
  unpack "$base"
  case $? in
    0) return 0 ;;
    2) refuse "$base" "programs cannot be run from there (noexec)" ;;
    *) refuse "$base" "cannot be written, or is full" ;;
  esac
  rm -rf -- "$base/unpacking.$$"
  trap - EXIT HUP INT TERM
  return 1
}

use_any() {
  case ${XDG_CACHE_HOME-} in
    /*) use "$XDG_CACHE_HOME/ssdaq" && return 0 ;;
  esac
  case ${HOME-} in
    /*) use "$HOME/.cache/ssdaq" && return 0 ;;
  esac
  use "${TMPDIR:-/tmp}/ssdaq-$(id -u)"
}

mask=$(umask)
umask 077
use_any || fail "ssdaq has nowhere to unpack itself to; set XDG_CACHE_HOME to a folder that is yours:$refusals"
umask "$mask"

export DENO_DIR="$home/cache" DENO_NO_UPDATE_CHECK=1
exec "$home/deno" run --quiet --no-prompt --no-lock --cached-only \
  --config "$home/program/deno.json" @PERMISSIONS@ "$home/program/cli/main.ts" "$@"
