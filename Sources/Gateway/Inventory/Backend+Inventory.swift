import Transport

extension Backend {
    /// Why a provider's list of models could not be had, in words for a log; holds none of lip's secrets.
    struct InventoryFailure: Error, Equatable {
        let reason: String
    }

    /// The largest page of a list, in bytes: aggregators describe hundreds of models at length.
    static let inventoryBytesMax = 16 << 20
    /// How long a page may take.
    private static let inventoryTimeouts = HTTPClientTimeouts(
        connect: .seconds(10), head: .seconds(30), idle: .seconds(30), total: .seconds(60))

    /// Asks the provider for its models, with the first key; call it on the client's loop.
    func models(through client: HTTPClient) async throws -> [BackendModel] {
        guard let dialect = InventoryDialect(configuration.kind.wire) else {
            throw InventoryFailure(reason: "backends of this kind cannot be asked for their models")
        }
        var models: [BackendModel] = []
        var names: Set<String> = []
        var next: String?
        for _ in 0..<InventoryDialect.pagesMax {
            let page = try await page(dialect, next, through: client)
            for model in page.models where models.count < InventoryDialect.modelsMax {
                if names.insert(model.name).inserted { models.append(model) }
            }
            // A server that does not know the parameter gives the same page for ever.
            guard let following = page.next, following != next else { break }
            next = following
        }
        guard !models.isEmpty else { throw InventoryFailure(reason: "the provider lists no models") }
        return models
    }

    private func page(
        _ dialect: InventoryDialect, _ token: String?, through client: HTTPClient
    ) async throws -> InventoryDialect.Page {
        let request = inventoryRequest(dialect.path(of: token), timeouts: Self.inventoryTimeouts)
        let response = try await client.open(request)
        let body = try await response.readAll(upTo: Self.inventoryBytesMax)
        guard (200..<300).contains(response.status) else {
            throw InventoryFailure(reason: "the provider answered with status \(response.status)")
        }
        do {
            return try dialect.page(body)
        } catch {
            throw InventoryFailure(reason: error.reason)
        }
    }
}
