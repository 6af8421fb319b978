/// Why a script was refused: where in it, and what is wrong there.
struct ScriptError: Error {
    var path: String
    var problem: String

    var message: String { path.isEmpty ? problem : "\(path): \(problem)" }
}
