import Routing

extension BuiltInCatalogue {
    /// The text as a value; read once.
    static let catalogue: ModelCatalogue = {
        let context = ReadingContext(
            host: HostAccess(
                variable: { _ in nil },
                readFile: { (_, _) throws(FileReadError) in throw FileReadError(reason: "there are no files") },
                writeProblem: { _ in "there are no files" }))
        let reader = CatalogueReader(context: context)
        guard let root = try? YAMLParser.parse(Array(text.utf8)), let catalogue = reader.read(root),
            context.log.issues.isEmpty
        else { preconditionFailure("the built-in catalogue is broken: \(context.log.issues)") }
        return catalogue
    }()
}
