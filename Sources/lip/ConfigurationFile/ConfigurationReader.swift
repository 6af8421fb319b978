import Gateway
import Routing
import Runtime

/// Reads the whole document: each section by its own reader, then what holds between them.
struct ConfigurationReader {
    /// What to say about sections that people bring from elsewhere.
    private static let hints: [String: String] = [
        "auth": "client keys stand in server.api_keys",
        "plugins": "backends stand in backends",
        "providers": "did you mean \"backends\"?",
        "metrics": "it stands in observability",
        "aliases": "did you mean \"model_aliases\"?",
        "default_route": "it stands in routing",
        "max_attempts": "it stands in routing",
        "address": "it stands in server",
        "circuit_breaker": "it stands in routing.health",
        "diagnostics": "this version has no diagnostics section",
        "secure_session": "did you mean \"sessions\"?",
        "model_catalog": "did you mean \"catalogue\"?",
        "model_inventory": "it stands in backends[].models",
        "stream_recovery": "this version has no stream recovery",
    ]

    let context: ReadingContext

    func read(_ root: SectionReader, into configuration: inout Configuration) {
        ServerReader(context: context).read(
            server: root.section("server"), access: root.section("access"), into: &configuration)
        var reader = BackendsReader(context: context)
        let backends = readBackends(root, with: &reader, into: &configuration)
        var routing = RoutingReader(context: context)
        if let section = root.section("routing") { routing.readRouting(section, into: &configuration.routing) }
        if let items = root.list("model_aliases") { configuration.modelAliases = routing.readAliases(items) }
        if let section = root.section("models") { configuration.models = routing.readModels(section) }
        readCatalogue(root.section("catalogue"), into: &configuration)
        OperationReader(context: context).read(root, into: &configuration)
        root.finish(hints: Self.hints)
        if configuration.routing.defaultRoute.isEmpty, let first = configuration.backends.first {
            configuration.routing.defaultRoute = "\(first.id):\(first.defaultModel)"
            configuration.routing.isDefaultRouteDerived = true
        }
        RouteCheck(
            context: context, configuration: configuration, selectors: routing.selectors, patterns: routing.patterns,
            modelMarks: routing.modelMarks,
            backendMarks: backends.mapValues(\.mark), brokenBackends: reader.brokenIDs
        ).run()
        BackendCheck(log: context.log, configuration: configuration, places: backends).run()
    }

    private enum CatalogueMode: String, CaseIterable {
        case extend, replace
    }

    /// The built-in catalogue, with or without the one of the file.
    private func readCatalogue(_ section: SectionReader?, into configuration: inout Configuration) {
        configuration.catalogue = BuiltInCatalogue.catalogue
        guard let section else { return }
        var mode = CatalogueMode.extend
        section.choice("mode", into: &mode)
        if let path = section.text("path") {
            configuration.cataloguePath = path.text
            configuration.replacesCatalogue = mode == .replace
            if let file = IncludedFile(path, in: context) {
                let reader = CatalogueReader(
                    context: file.context, known: mode == .extend ? configuration.catalogue : ModelCatalogue())
                if let own = reader.read(file.root) {
                    configuration.catalogue = mode == .replace ? own : configuration.catalogue.extended(by: own)
                }
                context.include(file.context)
            }
        } else if section.node("path") == nil {
            context.log.error("needs the path of a catalogue", path: section.path, at: section.mark)
        }
        section.finish()
    }

    /// The places of the backends' ids, by id.
    private func readBackends(
        _ root: SectionReader, with reader: inout BackendsReader, into configuration: inout Configuration
    ) -> [String: BackendsReader.Place] {
        guard let items = root.list("backends") else {
            // Absent, or a wrong type that has been reported.
            configuration.backends = reader.fromEnvironment()
            return [:]
        }
        if items.isEmpty {
            context.log.error(
                "an empty list of backends", path: "backends", at: root.node("backends")?.mark,
                suggestion: "leave the key out to use the providers whose keys are in the environment")
        }
        let read = reader.read(items)
        configuration.backends = read.map(\.backend)
        return Dictionary(read.map { ($0.backend.id, $0.place) }) { first, _ in first }
    }
}
