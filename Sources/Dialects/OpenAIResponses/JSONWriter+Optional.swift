import Transport

extension JSONWriter {
    /// Writes a member unless there is no value.
    mutating func put(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        key(name)
        string(value)
    }

    /// Writes a member unless there is no value.
    mutating func put(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        key(name)
        int(value)
    }

    /// Writes a member unless there is no value.
    mutating func put(_ name: StaticString, _ value: Double?) {
        guard let value else { return }
        key(name)
        double(value)
    }

    /// Writes a member unless there is no value.
    mutating func put(_ name: StaticString, _ value: Bool?) {
        guard let value else { return }
        key(name)
        bool(value)
    }

    /// Writes a member unless there is no value.
    mutating func put(_ name: StaticString, _ value: RawJSON?) {
        guard let value else { return }
        key(name)
        raw(value.bytes)
    }

    /// Writes a member that holds a word.
    mutating func word(_ name: StaticString, _ value: StaticString) {
        key(name)
        string(value)
    }
}
