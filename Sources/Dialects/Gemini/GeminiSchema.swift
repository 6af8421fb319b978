import Transport

/// Turns Gemini's own schema objects, a subset of OpenAPI 3.0, into JSON Schema.
///
/// The two differ in the words for types (`STRING` and `string`), in `nullable`, in `example`, and in counts, which the
/// JSON mapping of protocol buffers may spell as strings (https://ai.google.dev/api/caching#Schema). Everything else is
/// kept as it stands, since JSON Schema readers skip what they do not know.
enum GeminiSchema {
    /// The same schema as JSON Schema.
    static func jsonSchema(_ schema: JSONCursor) -> RawJSON {
        var json = JSONWriter()
        write(schema, &json)
        return RawJSON(bytes: json.bytes)
    }

    private static func write(_ schema: JSONCursor, _ json: inout JSONWriter) {
        guard schema.isObject else { return json.raw(schema) }
        let isNullable = schema["nullable"]?.bool ?? false
        json.beginObject()
        for member in schema.members {
            let (key, value) = (member.key, member.value)
            if key.equals("nullable") { continue }
            if key.equals("type") {
                writeType(value, isNullable: isNullable, &json)
            } else if key.equals("items") || key.names("additionalProperties", "additional_properties") {
                json.key(key.equals("items") ? "items" : "additionalProperties")
                write(value, &json)
            } else if key.names("anyOf", "any_of") || key.names("prefixItems", "prefix_items") {
                json.key(key.names("anyOf", "any_of") ? "anyOf" : "prefixItems")
                json.beginArray()
                for element in value.elements { write(element, &json) }
                json.endArray()
            } else if key.equals("properties") || key.equals("defs") || key.equals("$defs") {
                json.key(key.equals("properties") ? "properties" : "$defs")
                json.beginObject()
                for property in value.members {
                    json.key(property.key.spelled)
                    write(property.value, &json)
                }
                json.endObject()
            } else if key.equals("example") {
                json.key("examples")
                json.beginArray()
                json.raw(value)
                json.endArray()
            } else if let name = countName(key) {
                json.key(name)
                if value.isString, let number = value.lenientInt {
                    json.int(number)
                } else {
                    json.raw(value)
                }
            } else {
                json.key(key.names("propertyOrdering", "property_ordering") ? "propertyOrdering" : key.spelled)
                json.raw(value)
            }
        }
        json.endObject()
    }

    private static func writeType(_ value: JSONCursor, isNullable: Bool, _ json: inout JSONWriter) {
        // JSON Schema has no word for an unknown type: there the member is absent.
        guard let word = value.string, word != "TYPE_UNSPECIFIED" else {
            if !value.isString {
                json.key("type")
                json.raw(value)
            }
            return
        }
        json.key("type")
        if isNullable {
            json.beginArray()
            json.string(word.lowercased())
            json.string("null" as StaticString)
            json.endArray()
        } else {
            json.string(word.lowercased())
        }
    }

    private static func countName(_ key: JSONCursor) -> String? {
        let names: [(StaticString, StaticString)] = [
            ("minItems", "min_items"), ("maxItems", "max_items"), ("minLength", "min_length"),
            ("maxLength", "max_length"), ("minProperties", "min_properties"), ("maxProperties", "max_properties"),
        ]
        return names.first { key.names($0.0, $0.1) }?.0.description
    }
}
