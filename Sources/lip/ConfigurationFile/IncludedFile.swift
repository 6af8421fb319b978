/// A YAML file that the configuration names, with a context of its own, since its places are not the configuration's.
struct IncludedFile {
    let root: YAMLNode
    let context: ReadingContext

    /// Reads the file; nil, and an issue, where it cannot be read or holds nothing.
    ///
    /// What is found wrong in it later is to be taken over with ``ReadingContext/include(_:)``.
    init?(_ path: LocatedText, in context: ReadingContext) {
        let bytes: [UInt8]
        do {
            bytes = try context.host.readFile(path.text, YAMLLimits().documentBytesMax)
        } catch {
            context.log.error("cannot read the file: \(error.reason)", path: path.path, at: path.node.mark)
            return nil
        }
        let own = ReadingContext(host: context.host, file: path.text)
        do {
            guard let root = try YAMLParser.parse(bytes), !root.isNull else {
                context.log.error("the file holds nothing", path: path.path, at: path.node.mark)
                return nil
            }
            self.root = root
            self.context = own
        } catch {
            own.log.error(error.message, path: "", at: error.mark)
            context.include(own)
            return nil
        }
    }
}
