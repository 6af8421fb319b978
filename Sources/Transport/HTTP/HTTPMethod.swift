/// The request methods that lip tells apart (RFC 9110, 9; RFC 5789); everything else that parses is `other`.
package enum HTTPMethod: UInt8, Sendable {
    case get, head, post, put, delete, options, patch, trace, other
}
