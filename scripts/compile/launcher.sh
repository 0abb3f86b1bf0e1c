#!/bin/sh
# ssdaq in one file: this script, followed by an archive with ssdaq and the Deno that runs it. The
# first start unpacks them into a private folder in the user's cache. The first start after each boot
# of this host verifies the hash of each unpacked file: a power failure may have damaged them. Later
# starts only check that no file has changed since then.

ARCHIVE_SHA256=@ARCHIVE_SHA256@
ARCHIVE_BYTES=@ARCHIVE_BYTES@
HEAD_BYTES=@HEAD_BYTES@
# Of the list files.sha256, which is in the archive and has the hash of each other file.
FILES_SHA256=@FILES_SHA256@
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

# Where a test stops this process: see lib/stopping_point.ts.
stopping_point() {
  case ${SSDAQ_STOP_AT-} in
    "kill@$1" | "kill@$1:1") kill -KILL $$ ;;
    "stop@$1" | "stop@$1:1") kill -STOP $$ ;;
  esac
}

# Whether a folder belongs to this user, and no other user may read or write it.
is_private() {
  [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] || return 1
  case $(LC_ALL=C ls -ld -- "$1") in
    drwx------*) return 0 ;;
    *) return 1 ;;
  esac
}

# The hashes of files as sha256sum prints them; with -c, the check of a list of hashes.
sha256() {
  case $hasher in
    sha256sum) sha256sum "$@" ;;
    *) shasum -a 256 "$@" ;;
  esac
}

# Whether the files of a folder were verified since this host booted, and not changed after that.
# The time of the last change (-cnewer) cannot be set back.
is_verified() {
  [ -n "$boot" ] && [ -f "$1/verified.$boot" ] && is_private "$1" &&
    [ -z "$(find "$1/deno" "$1/program" -cnewer "$1/verified.$boot" 2>&1)" ]
}

# Whether a folder has the program, each file with the hash that it had when it was built.
is_whole() {
  is_private "$1" &&
    [ "$(sha256 2>/dev/null <"$1/files.sha256" | cut -d ' ' -f 1)" = "$FILES_SHA256" ] &&
    (cd -- "$1" && sha256 -c files.sha256 >/dev/null 2>&1)
}

# Notes that a folder is whole. It need not be possible: then the next start verifies again.
mark() {
  [ -n "$boot" ] || return 0
  true 2>/dev/null >"$1/verified.$boot" && sync "$1/verified.$boot" "$1" 2>/dev/null
  # One home may serve several hosts: the marks and caches of the last eight boots stay.
  for old in $(cd -- "$1" && ls -t | grep '^verified\.' | tail -n +9); do
    rm -rf -- "$1/cache.${old#verified.}" "${1:?}/$old" 2>/dev/null
  done
}

refuse() {
  refusals="$refusals
  $1: $2"
}

# Removes what starts left that were killed while they unpacked, or while they removed.
remove_rests() {
  for rest in "$1"/unpacking.* "$1"/removing.* "$1/$ARCHIVE_SHA256"/unpacking.*; do
    [ -d "$rest" ] && ! kill -0 "${rest##*.}" 2>/dev/null && rm -rf -- "$rest"
  done
}

# Unpacks into a temporary folder, and renames it when it is complete and on the disk. After a power
# failure there is either no folder with the final name, or one whose files are verified again.
unpack() {
  base=$1
  home=$base/$ARCHIVE_SHA256
  [ ! -t 2 ] || printf 'unpacking ssdaq into %s, once\n' "$base" >&2
  remove_rests "$base"
  fresh=$base/unpacking.$$
  aside=$base/removing.$$
  trap 'rm -rf -- "$fresh" "$aside"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  rm -rf -- "$fresh" "$aside"
  mkdir -- "$fresh" 2>/dev/null || return 1
  tail -c "+$((HEAD_BYTES + 1))" -- "$0" >"$fresh/archive" 2>/dev/null || return 1
  if [ "$(wc -c <"$fresh/archive")" -ne "$ARCHIVE_BYTES" ] ||
    [ "$(sha256 <"$fresh/archive" | cut -d ' ' -f 1)" != "$ARCHIVE_SHA256" ]; then
    # If the written archive is incomplete, the disk is full. Otherwise this file is damaged.
    if [ "$(($(wc -c <"$0") - HEAD_BYTES))" -ne "$ARCHIVE_BYTES" ] ||
      [ "$(wc -c <"$fresh/archive")" -eq "$ARCHIVE_BYTES" ]; then
      fail "$SSDAQ_EXECUTABLE is damaged: its archive is not the one that was built; copy it again"
    fi
    return 1
  fi
  stopping_point unpack.copied
  gzip -dc <"$fresh/archive" 2>/dev/null | (cd -- "$fresh" && tar -xof - 2>/dev/null) || return 1
  rm -f -- "$fresh/archive"
  is_whole "$fresh" || return 1
  "$fresh/deno" --version >/dev/null 2>&1 || return 2
  stopping_point unpack.extracted
  # One call for the whole file system: a call for each file takes up to twenty times as long.
  sync -f "$fresh" 2>/dev/null || sync
  mark "$fresh"
  # Another start may have been faster. What is there otherwise is damaged, or no folder of ours.
  if ! is_verified "$home" && { [ -e "$home" ] || [ -L "$home" ]; }; then
    mv -- "$home" "$aside" 2>/dev/null
  fi
  mv -- "$fresh" "$home" 2>/dev/null
  stopping_point unpack.renamed
  sync "$base" 2>/dev/null
  # If another start was faster, mv has put our folder into its folder.
  rm -rf -- "$home/unpacking.$$" "$fresh" "$aside"
  trap - EXIT HUP INT TERM
  is_verified "$home" || is_whole "$home"
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
  is_verified "$home" && return 0
  for hasher in sha256sum shasum ''; do
    command -v "$hasher" >/dev/null && break
  done
  [ -n "$hasher" ] ||
    fail "there is no sha256sum and no shasum to verify $SSDAQ_EXECUTABLE; install one of them"
  if is_whole "$home" && [ -x "$home/deno" ]; then
    mark "$home"
    remove_rests "$base"
    return 0
  fi
  is_damaged=
  if [ -e "$home" ] || [ -L "$home" ]; then
    is_damaged=1
    printf '%s has changed since it was unpacked: unpacking again\n' "$home" >&2
  fi
  unpack "$base"
  result=$?
  if [ "$result" -eq 1 ] && [ -n "$is_damaged" ] && ! is_whole "$home"; then
    # The disk may be too full for both.
    rm -rf -- "$home" "$base/unpacking.$$" 2>/dev/null
    unpack "$base"
    result=$?
  fi
  case $result in
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

# Another one after each boot. Where there is none, each start verifies all files.
{ read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null ||
  boot=$(sysctl -n kern.bootsessionuuid 2>/dev/null)
case $boot in
  *[!0-9A-Fa-f-]*) boot= ;;
esac

mask=$(umask)
umask 077
use_any || fail "ssdaq cannot unpack itself to any folder; set XDG_CACHE_HOME to a private folder:$refusals"
umask "$mask"

# Deno does not verify all that it keeps here, so each boot begins anew.
export DENO_DIR="$home/cache.${boot:-0}" DENO_NO_UPDATE_CHECK=1
exec "$home/deno" run --quiet --no-prompt --no-lock --cached-only \
  --config "$home/program/deno.json" @PERMISSIONS@ "$home/program/cli/main.ts" "$@"
