#!/bin/sh
# ssdaq in one file: this script, followed by an archive with ssdaq and the Deno that runs it. The
# first start unpacks them into a private folder in the user's cache. Later starts only check that
# folder.

ARCHIVE_SHA256=@ARCHIVE_SHA256@
ARCHIVE_BYTES=@ARCHIVE_BYTES@
HEAD_BYTES=@HEAD_BYTES@
RUNTIME_BYTES=@RUNTIME_BYTES@
# The usual folders of the tools that unpack, whatever PATH the caller has.
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

# Whether a folder belongs to this user, and no other user may read or write it.
is_private() {
  [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] || return 1
  case $(LC_ALL=C ls -ld -- "$1") in
    drwx------*) return 0 ;;
    *) return 1 ;;
  esac
}

# Whether a folder has the unpacked, verified program: since then, only its owner could change it.
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
    fail "there is no sha256sum and no shasum to verify $SSDAQ_EXECUTABLE; install one of them"
  fi | cut -d ' ' -f 1
}

# Unpacks into a temporary folder, and renames it when it is complete.
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
    # If the written archive is incomplete, the disk is full. Otherwise this file is damaged.
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
  # Another start was faster: mv put our folder into its folder.
  rm -rf -- "$base/$ARCHIVE_SHA256/unpacking.$$" "$fresh"
  trap - EXIT HUP INT TERM
  is_unpacked "$base/$ARCHIVE_SHA256"
}

# Sets `home` to the unpacked program below a folder; fails when that is not possible.
use() {
  base=$1
  if ! is_private "$base"; then
    mkdir -p -- "$base" 2>/dev/null
    is_private "$base" || {
      refuse "$base" "cannot be made, or other users can access it (chmod 700)"
      return 1
    }
  fi
  home=$base/$ARCHIVE_SHA256
  is_unpacked "$home" && return 0
  if [ -e "$home" ] || [ -L "$home" ]; then
    printf '%s has changed since it was unpacked: unpacking again\n' "$home" >&2
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
use_any || fail "ssdaq cannot unpack itself to any folder; set XDG_CACHE_HOME to a private folder:$refusals"
umask "$mask"

export DENO_DIR="$home/cache" DENO_NO_UPDATE_CHECK=1
exec "$home/deno" run --quiet --no-prompt --no-lock --cached-only \
  --config "$home/program/deno.json" @PERMISSIONS@ "$home/program/cli/main.ts" "$@"
