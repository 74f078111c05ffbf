#!/bin/bash
# run.sh: installs what is missing, builds Hairpin and serves a demo desktop until Ctrl-C.
# Options go to hairpin: ./run.sh --server.bind :9000 --plugins.load pattern
set -euo pipefail
cd "$(dirname "$0")"
build=${HAIRPIN_BUILD:-build}

conf/install-packages conf/packages.build conf/packages.run
if [ ! -x configure ] || [ configure.ac -nt configure ]; then
    echo "Preparing the build ..."
    autoreconf -fi >/dev/null 2>"$PWD/.autoreconf.log" || { cat .autoreconf.log >&2; exit 1; }
    rm -f .autoreconf.log
fi
mkdir -p "$build"
if [ ! -e "$build/Makefile" ]; then
    echo "Configuring (a minute) ..."
    (cd "$build" && "$OLDPWD/configure" -q CFLAGS="-O2 -g")
fi
echo "Building ..."
make -C "$build" -s -j"$(nproc)" all

# Passwords are made anew for each start unless they are given: a demo may be seen from outside.
letters() {
    od -An -N5 -tx1 /dev/urandom | tr -d ' \n'
}
: "${HAIRPIN_MEMBER_MULTIUSER_USER_PASSWORD:=${NEKO_MEMBER_MULTIUSER_USER_PASSWORD:-${NEKO_PASSWORD:-$(letters)}}}"
: "${HAIRPIN_MEMBER_MULTIUSER_ADMIN_PASSWORD:=${NEKO_MEMBER_MULTIUSER_ADMIN_PASSWORD:-${NEKO_PASSWORD_ADMIN:-$(letters)}}}"
: "${HAIRPIN_SERVER_BIND:=${NEKO_SERVER_BIND:-${NEKO_BIND:-:8080}}}"
export HAIRPIN_MEMBER_MULTIUSER_USER_PASSWORD HAIRPIN_MEMBER_MULTIUSER_ADMIN_PASSWORD HAIRPIN_SERVER_BIND
port=${HAIRPIN_SERVER_BIND##*:}
for argument in "$@"; do
    case ${previous:-}$argument in
    --server.bind:*:*) port=${argument##*:} ;;
    --server.bind=*) port=${argument##*:} ;;
    esac
    previous=
    [ "$argument" = --server.bind ] && previous=--server.bind:
done
cat <<END

  Open    http://localhost:$port/   (other computers: https://$(hostname -I 2>/dev/null | awk '{print $1}'):$port/)
  Name    any
  Login   $HAIRPIN_MEMBER_MULTIUSER_USER_PASSWORD   (as an admin: $HAIRPIN_MEMBER_MULTIUSER_ADMIN_PASSWORD)
  Ctrl-C  ends everything

END
exec "$build/hairpin" --plugins.dir "$PWD/$build/.libs" --server.web_dir "$PWD/web" "$@"
