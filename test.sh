#!/bin/bash
# test.sh: installs what the tests need, builds, runs them, ends with a summary.
#   ./test.sh           what CI runs: units, loop tests, sanitizers, fuzz targets, browsers, some
#                       cells of the NAT matrix, and beside them a still desktop for ten minutes
#   ./test.sh --quick   units and loop tests only
#   ./test.sh --all     besides: browser tests that take long and have a shorter sister, all cells of
#                       the NAT matrix, longer fuzzing, the still desktop for an hour, a long text,
#                       the bench from glass to glass, the network laboratory's proof of itself, make
#                       distcheck, clean trees of Debian 12 and 13
# Logs stand in build/test/. One or two tests that miss are run once more, alone, and named if they pass
# then; never what a sanitizer or a signal ended. What cannot run here, a step or a test of one, is
# skipped by name and counted in the last line. What failed stands before it, with the reason.
set -uo pipefail
cd "$(dirname "$0")"
top=$PWD
mode=${1:-}
case $mode in
"" | --quick | --all) ;;
--help) sed -n '2,/^[^#]/s/^# //p' "$0"; exit 0 ;;
*) echo "test.sh: expected --quick, --all or nothing, not $mode" >&2; exit 2 ;;
esac
logs=$top/build/test
mkdir -p "$logs"
passed=0 failed=0 skipped_steps=0 skipped_tests=0
failed_names=()

# skips LOG: what the log of a step says was skipped, in our own words or in TAP: `skipped: WHAT: WHY`
skips() {
    sed -nE 's/^ *(# )?skipped: /skipped: /p
        s/^ok [0-9]+ - (.*[^ ]) *\([0-9.]+ s\) # SKIP ?/skipped: \1: /p' "$1"
}

# reasons LOG: the lines of a failed step's log that name what failed, and why: automake, cmocka, TAP,
# the sanitizers, the compiler
reasons() {
    sed 's/^| //' "$1" | grep -E -e '^(FAIL:? |ERROR:? |not ok |\[ +(ERROR|LINE|FAILED) +\])' \
        -e 'Sanitizer: |runtime error: |: error: ' |
        awk '!seen[$0]++' | tail -20 | cut -c1-200 | sed 's/^/   /'
}

# step NAME COMMAND...: runs a step with its output in a log. Exit status 77 means: cannot run here.
step() {
    local name=$1 log=$logs/$1.log start=$SECONDS status list
    shift
    printf '== %s ... ' "$name"
    ("$@") >"$log" 2>&1 </dev/null
    status=$?
    case $status in
    0) passed=$((passed + 1)); echo "ok ($((SECONDS - start)) s)" ;;
    77)
        skipped_steps=$((skipped_steps + 1))
        echo "SKIPPED: $(tail -1 "$log" | sed 's/^skipped: //')"
        return $status
        ;;
    *)
        failed=$((failed + 1)); failed_names+=("$name")
        echo "FAILED ($((SECONDS - start)) s), the end of $log:"
        tail -60 "$log"
        ;;
    esac
    sed -nE 's/^(# )?FIGURE/   &/p' "$log"
    list=$(skips "$log")
    if [ -n "$list" ]; then
        skipped_tests=$((skipped_tests + $(wc -l <<<"$list")))
        sed 's/^/   /' <<<"$list"
    fi
    return $status
}

install() {
    if [ "$mode" = --quick ]; then
        conf/install-packages conf/packages.build conf/packages.run conf/packages.demo tests/packages.quick
    else
        conf/install-packages conf/packages.build conf/packages.run conf/packages.demo \
            tests/packages.quick tests/packages \
            $([ "$mode" != --all ] || echo tests/packages.all)
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

# skips_within TEST: the parts of one of automake's tests that were skipped, by its log: as cmocka
# says it (the line before may be the reason, and all are listed again at the end), in TAP, or in our
# own words
skips_within() {
    awk -v name="$1" '
        function say(what, why) { print "skipped: " name ": " what (why == "" ? "" : ": " why) }
        function end_line() { if (line ~ /^skipped: /) say(substr(line, 10)); line = "" }
        /^\[  SKIPPED \] .*listed below:$/ { end_line(); next }
        /^\[  SKIPPED \] / {
            if (!seen[$NF]++) tests[++count] = $NF
            if (line ~ /^[^#]/) { sub(/^skipped: /, "", line); reasons[$NF] = line }
            line = ""
            next
        }
        /^\[/ { end_line(); next }
        /^ *ok .* # SKIP/ {
            end_line()
            sub(/^ *ok [0-9]+ (- )?/, "")
            sub(/ # SKIP ?/, ": ")
            say($0)
            next
        }
        { end_line(); line = $0 }
        END { end_line(); for (i = 1; i <= count; i++) say(tests[i], reasons[tests[i]]) }
    ' "$1.log"
}

# all_skips STAMP: those of all tests that ran after the stamp, and what was skipped as a whole
all_skips() {
    local result name list
    find . -name '*.trs' -newer "$1" -printf '%P\n' | sort | while read -r result; do
        name=${result%.trs}
        list=$(skips_within "$name")
        if [ -z "$list" ] && grep -q '^:test-result: SKIP' "$result"; then
            list="skipped: $name: $(grep -v '(exit status: 77)$' "$name.log" | tail -1)"
        fi
        [ -z "$list" ] || echo "$list"
    done
}

# only TESTS...: make's variables that let `make check` build and run these and no others
only() { # the scripts are called check-...
    printf 'TESTS=%s\n' "$*"
    printf 'check_PROGRAMS=%s\n' "$(printf '%s\n' $* | grep -v /check- | tr '\n' ' ')"
}

# alone: runs once more, one at a time, what failed in this build: a busy machine can miss any deadline.
# Many, or what a sanitizer or a signal ended, are faults at once; what a test leaks or breaks after one
# of its assertions failed is not. What passes alone is told.
alone() {
    local tests options
    tests=$(grep -lE '^:test-result: (FAIL|ERROR)' $(find . -name '*.trs' -newer check.stamp))
    tests=$(sed 's|^\./||; s/\.trs$//' <<<"$tests")
    [ "$(wc -w <<<"$tests")" -le 2 ] || return 1
    awk '/^\[  FAILED  \]|^not ok/ { nextfile }
        /Sanitizer: |runtime error: |exit status: 1[23][0-9]/ { bad = 1 }
        END { exit bad }' $(sed 's/$/.log/' <<<"$tests") || return 1
    mapfile -t options < <(only $tests)
    make -s -j1 check "${options[@]}" || { sed 's/^/| /' test-suite.log; return 1; }
    sed 's/.*/# FIGURE missed among others, passed alone: &/' <<<"$tests"
}

# checked DIR TESTS...: all tests of a build, or those named; tells what was skipped, and why one failed
checked() {
    cd "$top/build/$1" || return 1
    shift
    local tests=() status
    [ $# -eq 0 ] || mapfile -t tests < <(only "$@")
    touch check.stamp
    # Tests wait more than they compute.
    make -s -j"$((2 * $(nproc)))" check "${tests[@]}"
    status=$?
    all_skips check.stamp
    [ $status -ne 0 ] || return 0
    sed 's/^/| /' test-suite.log
    alone
}

# What is written in C; the scripts look at sources, or start the plain build.
programs() { cd "$top/build/address" && make -s print-test-programs; }
# Where a sanitizer runs all programs, the plain build is left with what it alone can show.
plain_tests() { cd "$top/build/plain" && make -s print-plain-tests; }
thread_tests() { # those that use threads; cheap ones are left to the address build
    cd "$top/build/thread" && make -s print-thread-tests
}

fuzz() { "$top/tests/fuzz/run" "$1" "$top/build/fuzz"; }
network_lab() { # natlab's proof of itself
    [ "$(id -u)" = 0 ] || { echo "skipped: network namespaces need root"; return 77; }
    "$top/tests/natlab/natlab" selftest
}
browsers() { # in CI without those that take long and have a shorter sister
    HAIRPIN_ALL=$([ "$mode" = --all ] && echo 1) "$top/tests/e2e/run" "$top/build/plain"
}
nat_matrix() { # each place of a server and of a browser, in CI some of them
    HAIRPIN_ALL=$([ "$mode" = --all ] && echo 1) "$top/tests/nat/matrix/run" "$top/build/plain"
}
still_desktop() { # SECONDS: beside the steps that follow
    HAIRPIN_STILL_S=$1 "$top/tests/e2e/run" "$top/build/plain" still.StillDesktop
    echo $? >"$logs/still-desktop.status"
}
still_desktop_begins() { # SECONDS
    echo 1 >"$logs/still-desktop.status" # unless it gets to its end
    set -m # a process group of its own, which ends with us
    still_desktop "$1" >"$logs/still-desktop.out" 2>&1 </dev/null &
    still=$!
    set +m
    trap 'kill -- -$still 2>/dev/null' EXIT
}
still_desktop_ends() { # PID: what it has printed
    tail --pid="$1" -f /dev/null
    cat "$logs/still-desktop.out"
    return "$(cat "$logs/still-desktop.status")"
}
long_text() { # as many characters as 64 KB hold
    local test=test_a_long_text_arrives_whole_and_can_be_stopped
    HAIRPIN_TYPED=61000 "$top/tests/e2e/run" "$top/build/plain" "test_desktop.Typing.$test"
}
# People who come, go and change their minds, in a server whose threads TSan watches, to its end.
churn() {
    local test=test_people_ask_again_switch_off_and_on_and_log_out_while_media_flows
    "$top/tests/e2e/run" "$top/build/thread" "test_hardening_media.Media.$test"
}
# That it runs; its figures are no test's matter. On a busy machine Neko's pipeline falls so far behind
# that none of its changes is seen in time, so it is left out.
bench_glass() {
    make -s -C "$top/build/plain" bench &&
        "$top/bench/glass" --build "$top/build/plain" --subjects hairpin,fps=30 --rounds 1 --changes 20
}
distcheck() {
    cd "$top/build/plain" && make -s distcheck DISTCHECK_CONFIGURE_FLAGS=-q | sed 's/^SKIP: /skipped: /'
}

step install install || exit 1
still=
if step build configured plain --enable-werror CFLAGS="-O2 -g"; then
    [ "$mode" = --quick ] || still_desktop_begins "$([ "$mode" = --all ] && echo 3600 || echo 600)"
    step check checked plain $([ -n "$mode" ] || plain_tests)
fi
if [ "$mode" != --quick ]; then
    step build-address configured address --enable-werror --enable-sanitize=address --without-ipsec-mb CFLAGS="-O1 -g1" &&
        step check-address checked address "$(programs)"
    step build-thread configured thread --enable-werror --enable-sanitize=thread CFLAGS="-O1 -g1" &&
        { step check-thread checked thread "$(thread_tests)"; step churn-thread churn; }
    step build-fuzz configured fuzz --enable-werror --enable-fuzz CC=clang CFLAGS="-O1 -g" &&
        step fuzz fuzz "$([ "$mode" = --all ] && echo 30 || echo 5)"
    step browsers browsers
    step nat-matrix nat_matrix
fi
if [ "$mode" = --all ]; then
    step long-text long_text
    step bench-glass bench_glass
    step network-lab network_lab
    step distcheck distcheck
    step clean-tree-bookworm tests/clean-tree bookworm
    step clean-tree-trixie tests/clean-tree trixie
fi
[ "$mode" = --quick ] || step still-desktop still_desktop_ends $still

for name in "${failed_names[@]}"; do # last, so that nobody has to look for it
    echo "Failed: $name"
    reasons "$logs/$name.log"
done
within=
[ $((skipped_steps + skipped_tests)) -eq 0 ] ||
    within=" (steps: $skipped_steps, tests within others: $skipped_tests)"
echo "$passed passed, $failed failed, $((skipped_steps + skipped_tests)) skipped$within"
[ "$failed" -eq 0 ]
