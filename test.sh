#!/bin/bash
# test.sh: installs what the tests need, builds, runs them, ends with a summary.
#   ./test.sh           what CI runs: units, loop tests, sanitizers, fuzz targets, browsers
#   ./test.sh --quick   units and loop tests only
#   ./test.sh --all     besides: longer fuzzing, make distcheck, a clean Debian 12 tree
# Logs stand in build/test/. A step that cannot run here is skipped by name.
set -uo pipefail
cd "$(dirname "$0")"
top=$PWD
mode=${1:-}
case $mode in
"" | --quick | --all) ;;
*) echo "test.sh: expected --quick, --all or nothing, not $mode" >&2; exit 2 ;;
esac
logs=$top/build/test
mkdir -p "$logs"
passed=0 failed=0 skipped=0
failed_names=()

# step NAME COMMAND...: runs a step with its output in a log. Exit status 77 means: cannot run here.
step() {
    local name=$1 log=$logs/$1.log start=$SECONDS status
    shift
    printf '== %s ... ' "$name"
    ("$@") >"$log" 2>&1 </dev/null
    status=$?
    case $status in
    0) passed=$((passed + 1)); echo "ok ($((SECONDS - start)) s)" ;;
    77) skipped=$((skipped + 1)); echo "SKIPPED: $(tail -1 "$log")" ;;
    *)
        failed=$((failed + 1)); failed_names+=("$name")
        echo "FAILED ($((SECONDS - start)) s), the end of $log:"
        tail -60 "$log"
        ;;
    esac
    grep -hE '^(# )?(FIGURE|skipped)' "$log" | sed 's/^/   /'
    return $status
}

install() {
    if [ "$mode" = --quick ]; then
        conf/install-packages conf/packages.build conf/packages.run tests/packages.quick
    else
        conf/install-packages conf/packages.build conf/packages.run tests/packages.quick tests/packages
    fi
}

# configured DIR FLAGS...: a build in build/DIR
configured() {
    local dir=$top/build/$1
    shift
    [ -x configure ] && [ ! configure.ac -nt configure ] || autoreconf -fi || return 1
    mkdir -p "$dir" && cd "$dir" || return 1
    if [ ! -e Makefile ]; then
        "$top/configure" -q "$@" || return 1
    fi
    make -s -j"$(nproc)" all
}

# checked DIR TESTS...: all tests of a build, or those named; ends with automake's summary
checked() {
    cd "$top/build/$1" || return 1
    shift
    local tests=()
    [ $# -gt 0 ] && tests=(TESTS="$*")
    make -s -j"$(nproc)" check "${tests[@]}" || { cat test-suite.log; return 1; }
}

thread_tests() { # those that use threads; cheap ones are left to the address build
    cd "$top/build/thread" && make -s print-thread-tests
}

fuzz() { "$top/tests/fuzz/run" "$1" "$top/build/fuzz"; }
browsers() { "$top/tests/e2e/run" "$top/build/plain"; }
distcheck() { cd "$top/build/plain" && make -s distcheck DISTCHECK_CONFIGURE_FLAGS=-q; }

step install install || exit 1
step build configured plain --enable-werror CFLAGS="-O2 -g" &&
    step check checked plain
if [ "$mode" != --quick ]; then
    step build-address configured address --enable-werror --enable-sanitize=address CFLAGS="-O1 -g" &&
        step check-address checked address
    step build-thread configured thread --enable-werror --enable-sanitize=thread CFLAGS="-O1 -g" &&
        step check-thread checked thread "$(thread_tests)"
    step build-fuzz configured fuzz --enable-werror --enable-fuzz CC=clang CFLAGS="-O1 -g" &&
        step fuzz fuzz "$([ "$mode" = --all ] && echo 30 || echo 5)"
    step browsers browsers
fi
if [ "$mode" = --all ]; then
    step distcheck distcheck
    step clean-tree tests/clean-tree
fi

[ ${#failed_names[@]} -eq 0 ] || echo "Failed: ${failed_names[*]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
