#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a node is; the low four bits of `lip_json_node.info`.
enum lip_json_kind {
    LIP_JSON_NULL = 0,
    LIP_JSON_FALSE = 1,
    LIP_JSON_TRUE = 2,
    LIP_JSON_NUMBER = 3,
    LIP_JSON_STRING = 4,
    LIP_JSON_ARRAY = 5,
    LIP_JSON_OBJECT = 6,
};

/// A string that holds at least one escape, so that its source text is not its value.
#define LIP_JSON_ESCAPED 0x10u
/// A number without fraction and exponent.
#define LIP_JSON_INTEGER 0x20u
#define LIP_JSON_KIND_MASK 0x0Fu
/// `info >> LIP_JSON_COUNT_SHIFT` is the number of elements of an array or of members of an object.
#define LIP_JSON_COUNT_SHIFT 8
/// The largest node limit that the count's 24 bits can hold.
#define LIP_JSON_NODES_MAX 0xFFFFFFu

/// One value or key. Nodes stand in source order: a container is followed by its children, an object's children
/// are key, value, key, value.
typedef struct lip_json_node {
    /// Offset of the first byte: the quote of a string, the bracket of a container.
    uint32_t start;
    /// Offset after the last byte.
    uint32_t end;
    /// Index of the node after this one's subtree.
    uint32_t next;
    /// Kind, flags and child count.
    uint32_t info;
} lip_json_node;

/// A growing array of nodes, from malloc. Zeroed is empty.
typedef struct lip_json_table {
    lip_json_node *nodes;
    uint32_t count;
    uint32_t capacity;
} lip_json_table;

typedef struct lip_json_limits {
    uint32_t bytes_max;
    uint32_t nodes_max;
    uint32_t depth_max;
} lip_json_limits;

enum lip_json_status {
    LIP_JSON_OK = 0,
    LIP_JSON_EMPTY,
    LIP_JSON_UNEXPECTED_END,
    LIP_JSON_EXPECTED_VALUE,
    LIP_JSON_EXPECTED_KEY,
    LIP_JSON_EXPECTED_COLON,
    LIP_JSON_EXPECTED_COMMA_OR_BRACKET,
    LIP_JSON_EXPECTED_COMMA_OR_BRACE,
    LIP_JSON_TRAILING_DATA,
    LIP_JSON_INVALID_UTF8,
    LIP_JSON_CONTROL_CHARACTER,
    LIP_JSON_UNTERMINATED_STRING,
    LIP_JSON_INVALID_ESCAPE,
    LIP_JSON_INVALID_NUMBER,
    LIP_JSON_INVALID_LITERAL,
    LIP_JSON_TOO_DEEP,
    LIP_JSON_TOO_LARGE,
    LIP_JSON_TOO_MANY_NODES,
    /// No memory, or a processor that simdjson does not know.
    LIP_JSON_UNAVAILABLE,
};

/// Validates a document and fills `table` (whose memory is reused) with its nodes, the root first.
///
/// `bytes` needs no padding after `length`. On failure `*error_offset` is the offset of the byte at fault. May be
/// called from any thread.
enum lip_json_status lip_json_parse(
    const uint8_t *bytes, size_t length, const lip_json_limits *limits, lip_json_table *table, size_t *error_offset);

/// Frees the nodes and leaves the table empty.
void lip_json_table_free(lip_json_table *table);

/// The double nearest to a number's source text; false if there is none within the range of normal doubles.
bool lip_json_double(const uint8_t *text, size_t length, double *value);

#ifdef __cplusplus
}
#endif
