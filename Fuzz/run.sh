#!/bin/sh
# Builds every fuzz target in Fuzz/*/ and runs each for SECONDS, from its corpus. See Fuzz/README.md.
# usage: Fuzz/run.sh [SECONDS=60] [TARGET...]
set -eu
cd "$(dirname "$0")/.."

seconds=${1:-60}
[ $# -eq 0 ] || shift
all=$(for main in Fuzz/*/main.swift; do basename "$(dirname "$main")"; done | tr '\n' ' ')
targets=${*:-$all}
scratch=.build/fuzz
mkdir -p "$scratch"

for target in $targets; do
    # All are named, not only the chosen, so that the build's plan stays the same.
    LIP_FUZZ_TARGETS="$all" swift build -c release --scratch-path "$scratch" --product "Fuzz$target" >"$scratch.log" 2>&1 ||
        { cat "$scratch.log"; exit 1; }
done

bin=$(LIP_FUZZ_TARGETS="$all" swift build -c release --scratch-path "$scratch" --show-bin-path)
failed=
for target in $targets; do
    found="$scratch/corpus/$target"
    mkdir -p "$found"
    options=
    [ ! -f "Fuzz/$target/dictionary" ] || options="-dict=Fuzz/$target/dictionary"
    log="$scratch/$target.log"
    echo "fuzzing $target for $seconds s"
    # The leak checker cannot run under every sandbox; leaks are the sanitized unit tests' matter.
    # shellcheck disable=SC2086 # options are none or one word
    # The sanitizer prints the stack; Swift's own backtracer would trip over it.
    if SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 "$bin/Fuzz$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=4096 -print_final_stats=1 -artifact_prefix="$scratch/$target-" $options \
        "$found" "Fuzz/$target/corpus" >"$log" 2>&1; then
        grep -E '^(Done|stat::number_of_executed_units)' "$log" || true
    else
        tail -n 40 "$log"
        failed="$failed $target"
    fi
done

[ -z "$failed" ] || { echo "fuzzing failed:$failed (inputs: $scratch/TARGET-crash-* and the like)"; exit 1; }
