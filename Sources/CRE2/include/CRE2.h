#pragma once

// RE2 behind C types. Every function may be called from any thread; a compiled pattern is immutable.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_pattern cre2_pattern;

/// A part of the text as byte offsets; start is -1 for a group that took no part in the match.
typedef struct cre2_range {
    ptrdiff_t start;
    ptrdiff_t end;
} cre2_range;

/// Compiles a pattern of UTF-8 text. Never NULL but when memory is exhausted; ask cre2_error whether it may be used.
/// memory_bytes_max bounds the compiled program and the automata that matching builds.
cre2_pattern *cre2_compile(const uint8_t *pattern, size_t length, int64_t memory_bytes_max);
void cre2_free(cre2_pattern *pattern);

/// Why the pattern cannot be used, or NULL; lives as long as the pattern.
const char *cre2_error(const cre2_pattern *pattern);
/// The number of groups, the whole match not counted.
int cre2_group_count(const cre2_pattern *pattern);
/// The number of the group with this name, or -1.
int cre2_group_named(const cre2_pattern *pattern, const char *name, size_t length);

/// Finds the first match at or behind start; what stands before start still counts as context for ^ and \b.
/// Fills ranges (the whole match first) and returns whether there is one.
bool cre2_match(const cre2_pattern *pattern, const uint8_t *text, size_t length, size_t start, cre2_range *ranges,
                int range_count);

#ifdef __cplusplus
}
#endif
