#pragma once

#include <stddef.h>
#include <stdint.h>

/// libFuzzer's driver: calls the test for each input until its options end the run. The test returns 0.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *data, size_t size));

/// Runs the fuzzer with the process's arguments.
static inline int fuzzer_run(int argc, char **argv, int (*test)(const uint8_t *data, size_t size)) {
    return LLVMFuzzerRunDriver(&argc, &argv, test);
}
