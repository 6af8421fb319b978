import CLinux
import Glibc
import Runtime

/// Opens the sockets that a server listens on; the one place where they are made.
enum ListenSockets {
    /// Connections that the kernel keeps for `accept`; it lowers the figure to its own bound.
    private static let backlog: CInt = 4096
    /// Unsent bytes that the kernel takes for one client before it says that its buffer is full.
    ///
    /// Without it the kernel would hold megabytes for a client that does not read, and the provider's transfer would be
    /// paused only after those.
    private static let unsentBytesMax: CInt = 128 * 1024
    /// A client whose host vanished says nothing; probes find it after two minutes, so that its request does not go on.
    private static let probeIdleSeconds: CInt = 60
    private static let probeIntervalSeconds: CInt = 15
    private static let probeCount: CInt = 4

    /// Opens `count` listening sockets on one address, between which the kernel spreads the connections.
    ///
    /// Sharing a port would let a second server join unseen. So the first socket binds without sharing, which fails with
    /// `EADDRINUSE` when anyone listens there, and only then lets the others in.
    static func open(
        _ address: ListenAddress, count: Int
    ) throws(SystemError) -> (descriptors: [CInt], bound: ListenAddress) {
        var resolved = try resolve(address)
        var descriptors: [CInt] = []
        do throws(SystemError) {
            for index in 0..<count {
                let descriptor = try makeSocket(resolved.family)
                descriptors.append(descriptor)
                if index > 0 { try set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
                try bind(descriptor, to: resolved)
                if index == 0 { try set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
                _ = try SystemError.check("listen on \(address)", listen(descriptor, backlog))
                if index == 0 { resolved = try boundAddress(of: descriptor) }
            }
        } catch {
            for descriptor in descriptors { close(descriptor) }
            throw error
        }
        return (descriptors, ListenAddress(host: resolved.host, port: resolved.port))
    }

    private struct Resolved {
        var storage: sockaddr_storage
        var length: socklen_t
        var address: ListenAddress

        var family: CInt { CInt(storage.ss_family) }
        var host: String { SocketAddress(storage)?.host ?? address.host }
        var port: UInt16 { SocketAddress(storage)?.port ?? address.port }
    }

    private static func resolve(_ address: ListenAddress) throws(SystemError) -> Resolved {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = LIP_SOCK_STREAM
        var list: UnsafeMutablePointer<addrinfo>?
        let host = address.host.isEmpty ? nil : address.host
        let status = getaddrinfo(host, String(address.port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0, let first = list?.pointee, let socketAddress = first.ai_addr else {
            // The resolver's own codes are no errno: an unknown host is an address that cannot be had.
            let code = status == EAI_SYSTEM ? errno : EADDRNOTAVAIL
            throw SystemError(operation: "resolve \(address.host)", code: code)
        }
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: socketAddress, count: Int(first.ai_addrlen)))
        }
        return Resolved(storage: storage, length: first.ai_addrlen, address: address)
    }

    private static func makeSocket(_ family: CInt) throws(SystemError) -> CInt {
        let type = LIP_SOCK_STREAM | LIP_SOCK_CLOEXEC | LIP_SOCK_NONBLOCK
        let descriptor = try SystemError.check("socket", socket(family, type, 0))
        do throws(SystemError) {
            // Connections of a server that ran before may still be on their way out.
            try set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            // Accepted sockets inherit all of these.
            try set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
            try set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPIDLE, probeIdleSeconds)
            try set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPINTVL, probeIntervalSeconds)
            try set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPCNT, probeCount)
            try set(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
            try set(descriptor, CInt(IPPROTO_TCP), TCP_NOTSENT_LOWAT, unsentBytesMax)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func set(
        _ descriptor: CInt, _ level: CInt, _ option: CInt, _ value: CInt
    ) throws(SystemError) {
        var value = value
        let length = socklen_t(MemoryLayout<CInt>.size)
        _ = try SystemError.check("setsockopt", setsockopt(descriptor, level, option, &value, length))
    }

    private static func bind(_ descriptor: CInt, to resolved: Resolved) throws(SystemError) {
        var storage = resolved.storage
        let result = withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, resolved.length) }
        }
        _ = try SystemError.check("bind to \(resolved.address)", result)
    }

    private static func boundAddress(of descriptor: CInt) throws(SystemError) -> Resolved {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        _ = try SystemError.check("getsockname", result)
        let address = SocketAddress(storage)
        return Resolved(
            storage: storage, length: length,
            address: ListenAddress(host: address?.host ?? "", port: address?.port ?? 0))
    }
}
