#include "CRE2.h"

#include <re2/re2.h>

#include <new>
#include <string>
#include <vector>

// No C++ exception leaves this file: Swift cannot catch one.

struct cre2_pattern {
    re2::RE2 regexp;

    cre2_pattern(const re2::StringPiece &pattern, const re2::RE2::Options &options) : regexp(pattern, options) {}
};

cre2_pattern *cre2_compile(const uint8_t *pattern, size_t length, int64_t memory_bytes_max) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(memory_bytes_max);
    try {
        return new cre2_pattern(re2::StringPiece(reinterpret_cast<const char *>(pattern), length), options);
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

void cre2_free(cre2_pattern *pattern) { delete pattern; }

const char *cre2_error(const cre2_pattern *pattern) {
    return pattern->regexp.ok() ? nullptr : pattern->regexp.error().c_str();
}

int cre2_group_count(const cre2_pattern *pattern) { return pattern->regexp.NumberOfCapturingGroups(); }

int cre2_group_named(const cre2_pattern *pattern, const char *name, size_t length) {
    try {
        const auto &groups = pattern->regexp.NamedCapturingGroups();
        const auto found = groups.find(std::string(name, length));
        return found == groups.end() ? -1 : found->second;
    } catch (const std::bad_alloc &) {
        return -1;
    }
}

bool cre2_match(const cre2_pattern *pattern, const uint8_t *text, size_t length, size_t start, cre2_range *ranges,
                int range_count) {
    try {
        const re2::StringPiece subject(reinterpret_cast<const char *>(text), length);
        std::vector<re2::StringPiece> groups(range_count);
        if (!pattern->regexp.Match(subject, start, length, re2::RE2::UNANCHORED, groups.data(), range_count)) {
            return false;
        }
        for (int index = 0; index < range_count; index++) {
            const bool took_part = groups[index].data() != nullptr;
            const ptrdiff_t offset = took_part ? groups[index].data() - subject.data() : -1;
            ranges[index] = {offset, took_part ? offset + static_cast<ptrdiff_t>(groups[index].size()) : -1};
        }
        return true;
    } catch (const std::bad_alloc &) {
        return false;
    }
}
