/// Which descriptors a loop watches and who handles them: a value, owned by one loop.
///
/// Handlers that are removed are returned, never released in here: their `deinit` may call the loop again.
struct SourceTable {
    private struct Source {
        var generation: UInt32 = 0
        /// The descriptor, or -1 when the slot is free or the number has passed to another source.
        var descriptor: CInt = -1
        var handler: (any FileDescriptorHandler)?
    }

    private var sources: [Source] = []
    private var free: [UInt32] = []
    /// The slot of each descriptor number; `UInt32.max` for none.
    private var slots: [UInt32] = []

    /// Sources that are watched.
    var count: Int { sources.count - free.count }

    /// The name that the next source will get.
    mutating func reserve() -> SourceID {
        let slot = free.popLast() ?? UInt32(sources.count)
        if slot == UInt32(sources.count) { sources.append(Source()) }
        return SourceID(slot: slot, generation: sources[Int(slot)].generation)
    }

    /// Gives a reserved name back.
    mutating func release(_ id: SourceID) {
        free.append(id.slot)
    }

    /// Fills in a reserved source, once the kernel watches its descriptor.
    mutating func fill(_ id: SourceID, descriptor: CInt, handler: any FileDescriptorHandler) {
        let number = Int(descriptor)
        while slots.count <= number { slots.append(.max) }
        if slots[number] != .max {
            // The kernel took the number as new, so the source that had it was closed without being deregistered. It must
            // not touch the number again: that would act on this source.
            sources[Int(slots[number])].descriptor = -1
        }
        slots[number] = id.slot
        sources[Int(id.slot)].descriptor = descriptor
        sources[Int(id.slot)].handler = handler
    }

    /// The handler of a source that is still registered.
    func handler(of id: SourceID) -> (any FileDescriptorHandler)? {
        guard isRegistered(id) else { return nil }
        return sources[Int(id.slot)].handler
    }

    /// The descriptor of a source that is still registered and still has its number.
    func descriptor(of id: SourceID) -> CInt? {
        guard isRegistered(id), sources[Int(id.slot)].descriptor >= 0 else { return nil }
        return sources[Int(id.slot)].descriptor
    }

    /// Forgets a source; nil when it is not registered any more.
    mutating func remove(_ id: SourceID) -> (any FileDescriptorHandler)? {
        guard isRegistered(id), let handler = sources[Int(id.slot)].handler else { return nil }
        let number = sources[Int(id.slot)].descriptor
        if number >= 0 { slots[Int(number)] = .max }
        sources[Int(id.slot)].descriptor = -1
        // `handler` holds the object: this cannot be its last reference.
        sources[Int(id.slot)].handler = nil
        sources[Int(id.slot)].generation &+= 1
        free.append(id.slot)
        return handler
    }

    private func isRegistered(_ id: SourceID) -> Bool {
        sources[Int(id.slot)].generation == id.generation
    }
}
