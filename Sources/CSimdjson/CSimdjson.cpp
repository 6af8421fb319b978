// JSON documents to flat tables of nodes, by simdjson's first stage and a grammar pass of our own.
//
// simdjson offers three ways in. The DOM's tape has no source offsets and cannot hold big integers. On-Demand checks
// only what is visited, wants padding after the document and tells no error offset. Its first stage, which both are
// built on, validates UTF-8 and control characters, finds where every token starts at several GB/s, and reads nothing
// past the end. The rest of the grammar is one pass over those starts, which writes the nodes: measured on a stream
// chunk of 171 bytes (0.2 µs) and a body of 780 KB (0.8 ms), it takes half the time of an On-Demand walk that visits and
// checks everything.
//
// `create_dom_parser_implementation` and `stage1` are in the public header though meant for simdjson's own parsers;
// this file is the only one that knows them.

#include "CSimdjson.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>
#include <system_error>

namespace {

using Stage1 = simdjson::internal::dom_parser_implementation;

/// A scanner for documents up to this size is kept by each thread; larger ones get their own for one call, since
/// its index takes four bytes of address space for each byte of the document.
constexpr size_t retained_capacity_bytes_max = 256 * 1024;
constexpr size_t capacity_bytes_min = 4 * 1024;

constexpr uint32_t no_parent = UINT32_MAX;

constexpr bool is_space(uint8_t byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

constexpr bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

constexpr bool is_hex_digit(uint8_t byte) {
    return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

/// Whether a number or literal may end before this byte.
constexpr bool ends_scalar(uint8_t byte) {
    return is_space(byte) || byte == ',' || byte == ':' || byte == ']' || byte == '}' || byte == '[' || byte == '{';
}

/// The length of the UTF-8 sequence at the start of the text, or 0 if it is not a valid one (RFC 3629).
size_t utf8_sequence_length(const uint8_t *text, size_t length) {
    uint8_t first = text[0];
    if (first < 0x80) { return 1; }
    size_t count = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || count > length) { return 0; }
    for (size_t i = 1; i < count; i++) {
        if ((text[i] & 0xC0) != 0x80) { return 0; }
    }
    if (first == 0xE0 && text[1] < 0xA0) { return 0; }
    if (first == 0xED && text[1] > 0x9F) { return 0; }
    if (first == 0xF0 && text[1] < 0x90) { return 0; }
    if (first == 0xF4 && text[1] > 0x8F) { return 0; }
    return count;
}

/// Finds the first fault that the first stage complained about, which it reports without an offset.
lip_json_status locate_lexical_error(const uint8_t *bytes, size_t length, size_t *error_offset) {
    bool in_string = false;
    size_t string_start = 0;
    size_t i = 0;
    while (i < length) {
        uint8_t byte = bytes[i];
        size_t count = utf8_sequence_length(bytes + i, length - i);
        if (count == 0) {
            *error_offset = i;
            return LIP_JSON_INVALID_UTF8;
        }
        if (in_string && byte < 0x20) {
            *error_offset = i;
            return LIP_JSON_CONTROL_CHARACTER;
        }
        if (in_string && byte == '\\') {
            // What is escaped cannot close the string; it is looked at again only if it is a fault by itself.
            bool skips = i + 1 < length && bytes[i + 1] >= 0x20 && bytes[i + 1] < 0x80;
            i += skips ? 2 : 1;
            continue;
        }
        if (byte == '"') {
            in_string = !in_string;
            string_start = i;
        }
        i += count;
    }
    *error_offset = in_string ? string_start : 0;
    return in_string ? LIP_JSON_UNTERMINATED_STRING : LIP_JSON_EXPECTED_VALUE;
}

/// The grammar over the token starts of one document.
class Walk {
public:
    Walk(const uint8_t *bytes, size_t length, const uint32_t *starts, uint32_t starts_count,
         const lip_json_limits &limits, lip_json_table &table)
        : bytes(bytes), length(length), starts(starts), starts_count(starts_count), limits(limits), table(table) {}

    lip_json_status run() {
        for (;;) {
            // A value is expected here.
            lip_json_status status = value();
            if (status != LIP_JSON_OK) { return status; }
            if (opened) { continue; }
            // A value is complete here: close what ends, until a comma asks for the next value or the root is done.
            for (;;) {
                if (parent == no_parent) {
                    return token == starts_count ? LIP_JSON_OK : fail(LIP_JSON_TRAILING_DATA, starts[token]);
                }
                lip_json_node &container = table.nodes[parent];
                bool is_object = kind(container) == LIP_JSON_OBJECT;
                if (token == starts_count) { return fail(LIP_JSON_UNEXPECTED_END, length); }
                uint32_t at = starts[token];
                token += 1;
                if (bytes[at] == ',') {
                    container.info += 1u << LIP_JSON_COUNT_SHIFT;
                    if (is_object) {
                        status = key();
                        if (status != LIP_JSON_OK) { return status; }
                    }
                    break;
                }
                if (bytes[at] != (is_object ? '}' : ']')) {
                    return fail(is_object ? LIP_JSON_EXPECTED_COMMA_OR_BRACE : LIP_JSON_EXPECTED_COMMA_OR_BRACKET, at);
                }
                container.info += 1u << LIP_JSON_COUNT_SHIFT;
                close(at);
            }
        }
    }

    size_t error_offset = 0;

private:
    const uint8_t *const bytes;
    const size_t length;
    const uint32_t *const starts;
    const uint32_t starts_count;
    const lip_json_limits &limits;
    lip_json_table &table;

    /// The next token.
    uint32_t token = 0;
    uint32_t depth = 0;
    /// The innermost open container. While a container is open its `next` holds its own parent, which makes the
    /// nodes their own stack.
    uint32_t parent = no_parent;
    /// Whether the last value opened a container that has content, so that the next token begins its first value.
    bool opened = false;
    /// Offset of the first backslash at or after the last string looked at. Backslashes stand only in strings, so
    /// one search serves all strings before it.
    size_t backslash = 0;
    bool backslash_known = false;

    static uint32_t kind(const lip_json_node &node) { return node.info & LIP_JSON_KIND_MASK; }

    lip_json_status fail(lip_json_status status, size_t offset) {
        error_offset = offset;
        return status;
    }

    lip_json_status add(uint32_t start, size_t end, uint32_t info) {
        if (table.count == table.capacity) {
            lip_json_status status = grow();
            if (status != LIP_JSON_OK) { return fail(status, start); }
        }
        lip_json_node &node = table.nodes[table.count];
        table.count += 1;
        node.start = start;
        node.end = static_cast<uint32_t>(end);
        node.next = table.count;
        node.info = info;
        return LIP_JSON_OK;
    }

    lip_json_status grow() {
        if (table.count >= limits.nodes_max) { return LIP_JSON_TOO_MANY_NODES; }
        size_t wanted = size_t(table.capacity) * 2 + 16;
        if (wanted > limits.nodes_max) { wanted = limits.nodes_max; }
        void *grown = std::realloc(table.nodes, wanted * sizeof(lip_json_node));
        if (grown == nullptr) { return LIP_JSON_UNAVAILABLE; }
        table.nodes = static_cast<lip_json_node *>(grown);
        table.capacity = static_cast<uint32_t>(wanted);
        return LIP_JSON_OK;
    }

    lip_json_status value() {
        opened = false;
        if (token == starts_count) { return fail(LIP_JSON_UNEXPECTED_END, length); }
        uint32_t at = starts[token];
        token += 1;
        switch (bytes[at]) {
        case '{': return open(at, LIP_JSON_OBJECT, '}');
        case '[': return open(at, LIP_JSON_ARRAY, ']');
        case '"': return string(at);
        case 't': return literal(at, "true", 4, LIP_JSON_TRUE);
        case 'f': return literal(at, "false", 5, LIP_JSON_FALSE);
        case 'n': return literal(at, "null", 4, LIP_JSON_NULL);
        case '-': case '0': case '1': case '2': case '3': case '4':
        case '5': case '6': case '7': case '8': case '9': return number(at);
        default: return fail(LIP_JSON_EXPECTED_VALUE, at);
        }
    }

    lip_json_status open(uint32_t at, uint32_t kind, uint8_t closer) {
        depth += 1;
        if (depth > limits.depth_max) { return fail(LIP_JSON_TOO_DEEP, at); }
        uint32_t index = table.count;
        lip_json_status status = add(at, 0, kind);
        if (status != LIP_JSON_OK) { return status; }
        table.nodes[index].next = parent;
        parent = index;
        if (token == starts_count) { return fail(LIP_JSON_UNEXPECTED_END, length); }
        if (bytes[starts[token]] == closer) {
            close(starts[token]);
            token += 1;
            return LIP_JSON_OK;
        }
        opened = true;
        return kind == LIP_JSON_OBJECT ? key() : LIP_JSON_OK;
    }

    void close(uint32_t at) {
        lip_json_node &container = table.nodes[parent];
        parent = container.next;
        container.end = at + 1;
        container.next = table.count;
        depth -= 1;
    }

    lip_json_status key() {
        if (token == starts_count) { return fail(LIP_JSON_UNEXPECTED_END, length); }
        uint32_t at = starts[token];
        token += 1;
        if (bytes[at] != '"') { return fail(LIP_JSON_EXPECTED_KEY, at); }
        lip_json_status status = string(at);
        if (status != LIP_JSON_OK) { return status; }
        if (token == starts_count) { return fail(LIP_JSON_UNEXPECTED_END, length); }
        if (bytes[starts[token]] != ':') { return fail(LIP_JSON_EXPECTED_COLON, starts[token]); }
        token += 1;
        return LIP_JSON_OK;
    }

    /// The first stage guarantees that the string is closed, has no control character, and is followed by nothing
    /// but whitespace before the next token; so its end is found from there, backwards.
    lip_json_status string(uint32_t at) {
        size_t end = token < starts_count ? starts[token] : length;
        while (is_space(bytes[end - 1])) { end -= 1; }
        if (end < size_t(at) + 2 || bytes[end - 1] != '"') { return fail(LIP_JSON_UNTERMINATED_STRING, at); }
        if (!backslash_known || backslash < at) {
            const void *found = std::memchr(bytes + at, '\\', length - at);
            backslash = found == nullptr ? length : size_t(static_cast<const uint8_t *>(found) - bytes);
            backslash_known = true;
        }
        if (backslash >= end) { return add(at, end, LIP_JSON_STRING); }
        lip_json_status status = escapes(backslash, end - 1);
        if (status != LIP_JSON_OK) { return status; }
        return add(at, end, LIP_JSON_STRING | LIP_JSON_ESCAPED);
    }

    lip_json_status escapes(size_t at, size_t end) {
        while (at < end) {
            size_t used = 2;
            switch (bytes[at + 1]) {
            case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': break;
            case 'u':
                if (end - at < 6) { return fail(LIP_JSON_INVALID_ESCAPE, at); }
                for (size_t i = 2; i < 6; i++) {
                    if (!is_hex_digit(bytes[at + i])) { return fail(LIP_JSON_INVALID_ESCAPE, at); }
                }
                used = 6;
                break;
            default: return fail(LIP_JSON_INVALID_ESCAPE, at);
            }
            at += used;
            const void *found = at < end ? std::memchr(bytes + at, '\\', end - at) : nullptr;
            if (found == nullptr) { return LIP_JSON_OK; }
            at = size_t(static_cast<const uint8_t *>(found) - bytes);
        }
        return LIP_JSON_OK;
    }

    lip_json_status literal(uint32_t at, const char *text, size_t count, uint32_t kind) {
        size_t end = at + count;
        if (end > length || std::memcmp(bytes + at, text, count) != 0) { return fail(LIP_JSON_INVALID_LITERAL, at); }
        if (end < length && !ends_scalar(bytes[end])) { return fail(LIP_JSON_INVALID_LITERAL, at); }
        return add(at, end, kind);
    }

    lip_json_status number(uint32_t at) {
        size_t i = at;
        uint32_t info = LIP_JSON_NUMBER | LIP_JSON_INTEGER;
        if (bytes[i] == '-') { i += 1; }
        if (i < length && bytes[i] == '0') {
            i += 1;
        } else if (!digits(i)) {
            return fail(LIP_JSON_INVALID_NUMBER, at);
        }
        if (i < length && bytes[i] == '.') {
            i += 1;
            info = LIP_JSON_NUMBER;
            if (!digits(i)) { return fail(LIP_JSON_INVALID_NUMBER, at); }
        }
        if (i < length && (bytes[i] == 'e' || bytes[i] == 'E')) {
            i += 1;
            info = LIP_JSON_NUMBER;
            if (i < length && (bytes[i] == '+' || bytes[i] == '-')) { i += 1; }
            if (!digits(i)) { return fail(LIP_JSON_INVALID_NUMBER, at); }
        }
        if (i < length && !ends_scalar(bytes[i])) { return fail(LIP_JSON_INVALID_NUMBER, at); }
        return add(at, i, info);
    }

    /// Moves over digits; false if there is none.
    bool digits(size_t &i) const {
        size_t first = i;
        while (i < length && is_digit(bytes[i])) { i += 1; }
        return i > first;
    }
};

/// The scanner to use for a document of this length: the thread's own, or a new one put into `transient`.
Stage1 *scanner_for(size_t length, std::unique_ptr<Stage1> &transient) {
    thread_local std::unique_ptr<Stage1> retained;
    bool is_small = length <= retained_capacity_bytes_max;
    std::unique_ptr<Stage1> &scanner = is_small ? retained : transient;
    if (scanner && scanner->capacity() >= length) { return scanner.get(); }
    size_t capacity = capacity_bytes_min;
    while (is_small && capacity < length) { capacity *= 2; }
    if (!is_small) { capacity = length; }
    scanner.reset();
    // The depth is for the second stage, which is not used.
    auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, scanner);
    return error ? nullptr : scanner.get();
}

/// Room for the nodes of a valid document: each value but the last of its container comes with a comma, each
/// container with its closer, each key with a colon, which bounds the nodes by half the tokens.
bool reserve(lip_json_table *table, uint32_t starts_count, const lip_json_limits &limits) {
    uint32_t wanted = starts_count / 2 + 1;
    if (wanted > limits.nodes_max) { wanted = limits.nodes_max; }
    if (table->capacity >= wanted) { return true; }
    // Nothing in the table is worth copying, so no realloc.
    lip_json_table_free(table);
    table->nodes = static_cast<lip_json_node *>(std::malloc(wanted * sizeof(lip_json_node)));
    if (table->nodes == nullptr) { return false; }
    table->capacity = wanted;
    return true;
}

}  // namespace

extern "C" lip_json_status lip_json_parse(
    const uint8_t *bytes, size_t length, const lip_json_limits *limits, lip_json_table *table, size_t *error_offset) {
    table->count = 0;
    *error_offset = 0;
    if (length > limits->bytes_max) {
        *error_offset = limits->bytes_max;
        return LIP_JSON_TOO_LARGE;
    }
    if (length == 0) { return LIP_JSON_EMPTY; }

    std::unique_ptr<Stage1> transient;
    Stage1 *scanner = scanner_for(length, transient);
    if (scanner == nullptr) { return LIP_JSON_UNAVAILABLE; }
    switch (scanner->stage1(bytes, length, simdjson::stage1_mode::regular)) {
    case simdjson::SUCCESS: break;
    case simdjson::EMPTY: return LIP_JSON_EMPTY;
    case simdjson::UTF8_ERROR:
    case simdjson::UNESCAPED_CHARS:
    case simdjson::UNCLOSED_STRING: return locate_lexical_error(bytes, length, error_offset);
    default: return LIP_JSON_UNAVAILABLE;
    }
    if (!reserve(table, scanner->n_structural_indexes, *limits)) { return LIP_JSON_UNAVAILABLE; }
    Walk walk(bytes, length, scanner->structural_indexes.get(), scanner->n_structural_indexes, *limits, *table);
    lip_json_status status = walk.run();
    *error_offset = walk.error_offset;
    return status;
}

extern "C" void lip_json_table_free(lip_json_table *table) {
    std::free(table->nodes);
    *table = lip_json_table{nullptr, 0, 0};
}

extern "C" bool lip_json_double(const uint8_t *text, size_t length, double *value) {
    const char *first = reinterpret_cast<const char *>(text);
    auto result = std::from_chars(first, first + length, *value);
    return result.ec == std::errc() && result.ptr == first + length;
}
