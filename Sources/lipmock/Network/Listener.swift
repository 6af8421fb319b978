import CLinux
import Runtime

/// The listening socket.
final class Listener: FileDescriptorHandler {
    private static let backlog: CInt = 4096

    private let server: MockServer
    private let descriptor: CInt
    /// The port that was bound.
    let port: UInt16

    /// Binds and listens; port 0 takes any free one.
    init(address: String, port: UInt16, server: MockServer) throws(SystemError) {
        self.server = server
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else {
            throw SystemError(operation: "address \(address)", code: EINVAL)
        }
        let type = LIP_SOCK_STREAM | LIP_SOCK_NONBLOCK | LIP_SOCK_CLOEXEC
        descriptor = try SystemError.check("socket", socket(AF_INET, type, 0))
        var one: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<CInt>.size))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let bound = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let result = bind(descriptor, address, length)
                return result == 0 ? getsockname(descriptor, address, &length) : result
            }
        }
        _ = try SystemError.check("bind to \(address):\(port)", bound)
        self.port = UInt16(bigEndian: name.sin_port)
        _ = try SystemError.check("listen", listen(descriptor, Self.backlog))
        _ = try server.loop.register(descriptor, for: .read, handler: self)
    }

    func descriptorIsReady(_ ready: Readiness) {
        while true {
            let flags = LIP_SOCK_NONBLOCK | LIP_SOCK_CLOEXEC
            let accepted = accept4(descriptor, nil, nil, flags)
            if accepted < 0 { return }
            var one: CInt = 1
            setsockopt(accepted, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
            server.accept(accepted)
        }
    }
}
