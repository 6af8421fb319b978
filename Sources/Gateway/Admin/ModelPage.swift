import Dialects

/// A part of a list, as clients that turn its pages ask for it.
struct ModelPage: Equatable {
    /// The places that are on the page.
    let range: Range<Int>
    /// Whether there is more in the direction in which the pages are turned.
    let hasMore: Bool

    /// Sizes of Anthropic's pages (API reference, "List Models").
    static let anthropicSizes = (usual: 20, max: 1000)
    /// Sizes of Google's pages (https://ai.google.dev/api/models#method:-models.list).
    static let geminiSizes = (usual: 50, max: 1000)

    /// The page behind a place, or from the beginning.
    init(after place: Int?, size: Int, of count: Int) {
        let start = min(place.map { $0 + 1 } ?? 0, count)
        let end = min(start + size, count)
        range = start..<end
        hasMore = end < count
    }

    /// The page before a place.
    init(before place: Int, size: Int) {
        let start = max(0, place - size)
        range = start..<place
        hasMore = start > 0
    }

    /// The page that Anthropic's `limit`, `after_id` and `before_id` ask for.
    static func anthropic(_ query: QueryText, of list: ModelList) throws(Failure) -> ModelPage {
        var size = anthropicSizes.usual
        if let text = query["limit"] {
            guard let limit = Int(text), (1...anthropicSizes.max).contains(limit) else {
                throw .malformed("limit", "limit: expected a whole number from 1 to \(anthropicSizes.max)")
            }
            size = limit
        }
        if let id = query["before_id"] {
            guard query["after_id"] == nil else {
                throw .malformed("before_id", "before_id: only one of it and after_id may be given")
            }
            return ModelPage(before: try place(of: id, "before_id", in: list), size: size)
        }
        let after: Int? = if let id = query["after_id"] { try place(of: id, "after_id", in: list) } else { nil }
        return ModelPage(after: after, size: size, of: list.rows.count)
    }

    /// The page that Google's `pageSize` and `pageToken` ask for; a larger page than allowed is cut, as there.
    static func gemini(_ query: QueryText, of list: ModelList) throws(Failure) -> ModelPage {
        var size = geminiSizes.usual
        if let text = query["pageSize"] ?? query["page_size"] {
            guard let asked = Int(text), asked >= 0 else {
                throw .malformed("pageSize", "pageSize must be a whole number from 0 to \(geminiSizes.max).")
            }
            if asked > 0 { size = min(asked, geminiSizes.max) }
        }
        var after: Int?
        if let token = query["pageToken"] ?? query["page_token"], !token.isEmpty {
            guard let place = list.place(of: token) else {
                throw .malformed("pageToken", "pageToken is not the nextPageToken of an earlier page.")
            }
            after = place
        }
        return ModelPage(after: after, size: size, of: list.rows.count)
    }

    private static func place(of id: String, _ name: String, in list: ModelList) throws(Failure) -> Int {
        guard let place = list.place(of: id) else { throw .malformed(name, "\(name): there is no model '\(id)'") }
        return place
    }
}
