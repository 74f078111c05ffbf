#!/bin/bash
# run.sh: installs what is missing, builds Hairpin and serves a demo desktop until Ctrl-C.
# Options go to hairpin: ./run.sh --server.bind :9000 --plugins.load pattern
set -euo pipefail
cd "$(dirname "$0")"
top=$PWD
build=${HAIRPIN_BUILD:-build}
unset HAIRPIN_BUILD # for this script alone: hairpin would note that it is no option

# count_steps: how many files are to be compiled. config.h keeps its time when its stamp is made anew,
# so `make -n` takes it as out of date for ever; hardly a file depends on it.
count_steps() {
    make -C "$build" -n -o config.h all-am 2>/dev/null | grep -c -e ' -MT ' || true
}

# compile: the progress in one line; the compiler's own words only after a failure
compile() {
    local log=$build/run.log total pid done=0
    total=$(count_steps)
    make -C "$build" -s -j"$(nproc)" all >"$log" 2>&1 &
    pid=$!
    trap 'kill "$pid" 2>/dev/null || true; exit 130' INT TERM
    [ "$total" -eq 0 ] || [ -t 1 ] || echo "Building ..."
    while [ "$total" -gt 0 ] && [ -t 1 ] && kill -0 "$pid" 2>/dev/null; do
        done=$(grep -c '^  CC ' "$log" || true)
        printf '\rBuilding ... %3d %%' $((done >= total ? 99 : done * 100 / total))
        sleep 0.5
    done
    wait "$pid" || {
        printf '\n%s\n' "The build failed, and $log ends with:" >&2
        tail -30 "$log" >&2
        exit 1
    }
    trap - INT TERM
    [ "$total" -eq 0 ] || [ ! -t 1 ] || printf '\rBuilding ... 100 %%\n'
}

conf/install-packages conf/packages.build conf/packages.run conf/packages.demo
if [ ! -x configure ] || [ configure.ac -nt configure ]; then
    echo "Preparing the build ..."
    autoreconf -fi >/dev/null 2>.autoreconf.log || { cat .autoreconf.log >&2; exit 1; }
    rm -f .autoreconf.log
fi
mkdir -p "$build"
build=$(cd "$build" && pwd)
if [ ! -e "$build/Makefile" ]; then
    echo "Configuring (a minute) ..."
    (cd "$build" && "$top/configure" -q CFLAGS="-O2 -g" >run.log 2>&1) || { tail -30 "$build/run.log" >&2; exit 1; }
fi
compile

command=("$build/hairpin" --plugins.dir "$build/.libs" --server.web_dir "$top/web")
for argument in "$@"; do
    case $argument in
    -h | --help | --version | --check | --print-*) exec "${command[@]}" "$@" ;;
    esac
done

# What the options, the environment and a file say already stays as it is.
config=$("${command[@]}" "$@" --print-config) || exit
value() { # OPTION
    printf '%s\n' "$config" | sed -n "s/^$1: \"\\?\\([^\"]*\\)\"\\?  # .*/\\1/p"
}
is_default() { # OPTION
    grep -q "^$1: .*  # default\$" <<<"$config"
}
set_default() { # OPTION VALUE: as a variable, which a flag would beat
    ! is_default "$1" || export "HAIRPIN_$(printf '%s' "$1" | tr 'a-z.' 'A-Z_')=$2"
}

# Passwords are made anew for each start unless they are given: a demo may be seen from outside.
password() { # OPTION: its new password, or where the password comes from
    is_default "$1" || { printf 'as %s says' "$(printf '%s\n' "$config" | sed -n "s/^$1: .*  # //p")"; return; }
    od -An -N5 -tx1 /dev/urandom | tr -d ' \n'
}
user_password=$(password member.multiuser.user_password)
admin_password=$(password member.multiuser.admin_password)
set_default member.multiuser.user_password "$user_password"
set_default member.multiuser.admin_password "$admin_password"
bind=:8080
is_default server.bind || bind=$(value server.bind)
set_default server.bind "$bind"

has_own_desktop=
if [[ $(value plugins.load) == *desktop* || $config == *'plugins.load: ["desktop"'* ]] && [ -z "${DISPLAY:-}$(value desktop.display)" ]; then
    has_own_desktop=1
fi

# Root's own rights are no rights for everybody: an ordinary user runs the server and its desktop.
as=()
who=$(id -un 2>/dev/null || id -u)
demo=$build/demo
if [ -n "$has_own_desktop" ] && [ "$(id -u)" = 0 ]; then
    who=${SUDO_USER:-nobody}
    [ "$who" != root ] || who=nobody
    home=$(getent passwd "$who" | cut -d: -f6)
    if [ "$who" = nobody ]; then
        home=/var/lib/hairpin-demo/home
        install -d /var/lib/hairpin-demo
        install -d -m 700 -o nobody -g "$(id -gn nobody)" "$home"
    fi
    as=(setpriv --reuid "$who" --regid "$(id -g "$who")" --init-groups
        env -u XDG_RUNTIME_DIR -u XDG_STATE_HOME -u XDG_CONFIG_HOME HOME="$home" USER="$who" LOGNAME="$who")
    # The tree may be in root's home.
    if ! "${as[@]}" test -r "$top/web/index.html" || ! "${as[@]}" test -x "$build/hairpin"; then
        copy=/var/lib/hairpin-demo/files
        rm -rf "$copy"
        install -d "$copy" "$copy/plugins"
        cp -R "$build/hairpin" web conf "$copy"
        cp "$build"/.libs/*.so "$copy/plugins"
        chmod -R a+rX "$copy"
        command=("$copy/hairpin" --plugins.dir "$copy/plugins" --server.web_dir "$copy/web")
        top=$copy
        demo=$copy/demo
    fi
fi

if [ -n "$has_own_desktop" ]; then
    mkdir -p "$demo"
    cp "$top"/conf/demo/* "$demo"
    sed -i "s|@demo@|$demo|g" "$demo"/*.xml
    chmod -R a+rX "$demo"
    set_default desktop.window_manager "openbox --config-file '$demo/rc.xml'"
    set_default desktop.program "'$demo/program'"
fi

# banner PORT: how people come in, once the server listens
banner() {
    local host=${bind%%,*} prefix scheme=https
    prefix=$(value server.path_prefix)
    prefix=/${prefix#/}
    host=${host%:*}
    echo
    case $host in
    '' | 0.0.0.0 | '[::]')
        # A small system has neither of the two programs.
        host=$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([^ ]*\).*/\1/p') || true
        host=${host:-$(hostname -I 2>/dev/null | cut -d' ' -f1)} || true
        echo "  Open    http://localhost:$1$prefix"
        [ -z "$host" ] || echo "          $scheme://$host:$1$prefix   (from other computers)"
        ;;
    127.* | localhost | '[::1]')
        echo "  Open    http://$host:$1$prefix   (from this computer only; for others: --server.bind :$1)"
        ;;
    *) echo "  Open    $scheme://$host:$1$prefix" ;;
    esac
    if [ -z "$(value server.cert)" ]; then
        case $host in
        '' | 127.* | localhost | '[::1]') ;;
        *)
            echo "          With https the browser warns once, since Hairpin has made the certificate itself:"
            echo "          choose \"Advanced\", then to go on."
            ;;
        esac
    fi
    echo "  Name    any"
    if [ "$(value member.provider)" = noauth ]; then
        echo "  Login   no password; everyone is an admin"
    else
        echo "  Login   $user_password   (password for guests)"
        echo "          $admin_password   (password for admins)"
    fi
    if [ -n "$has_own_desktop" ]; then
        echo "  Care    The desktop runs as the user $who of this computer: whoever is in control can read"
        echo "          and change this user's files. Give the passwords only to people you trust."
    elif [[ $config == *'plugins.load: ["desktop"'* ]]; then
        echo "  Care    The display that is shared is yours: whoever is in control acts as you."
    fi
    echo "  Ctrl-C  ends everything"
    echo
}

# announce: passes the server's lines on, and the banner behind the one that says where it listens
announce() {
    trap '' INT TERM HUP
    local line is_told=
    while IFS= read -r line; do
        printf '%s\n' "$line" >&2
        if [ -z "$is_told" ] && [[ $line =~ listening\ on\ [^\ ]*:([0-9]+) ]]; then
            is_told=1
            banner "${BASH_REMATCH[1]}"
        fi
    done
}

exec "${as[@]}" "${command[@]}" "$@" 2> >(announce)
