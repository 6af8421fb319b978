import Gateway
import Runtime

/// Reads `server` and `access`, and decides whether the address may be opened with the authentication there is.
struct ServerReader {
    /// A client key has at least this many characters.
    static let keyCharactersMin = 16
    private static let bytesMax = 1 << 30

    let context: ReadingContext

    func read(server: SectionReader?, access: SectionReader?, into configuration: inout Configuration) {
        var addressMark: YAMLMark?
        if let server {
            addressMark = server.node("address")?.mark
            readLimits(server, into: &configuration.server)
            configuration.access.apiKeys = apiKeys(server)
            server.finish()
        }
        var mode: AccessConfiguration.Mode?
        if let access {
            if access.node("mode") != nil {
                var read = AccessConfiguration.Mode.singleUser
                access.choice("mode", into: &read)
                mode = read
            }
            access.finish()
        }
        checkAccess(mode, addressMark: addressMark, modeMark: access?.node("mode")?.mark, &configuration)
    }

    private func readLimits(_ section: SectionReader, into server: inout ServerConfiguration) {
        if let node = section.node("address"), case .scalar(let scalar) = node.content, case .number = scalar.resolved {
            // The port alone.
            context.wrong(
                node, path: section.path(of: "address"), expected: "an address and a port", tellsValue: true,
                suggestion: UInt16(scalar.text).map { "did you mean \(quoted("127.0.0.1:\($0)"))?" })
        } else if let text = section.text("address") {
            do {
                server.address = try ListenAddressText.parse(text.text)
            } catch {
                context.log.error(
                    "\(error.message), found \(text.shown)", path: text.path, at: text.node.mark,
                    suggestion: text.isInterpolated ? nil : error.suggestion)
            }
        }
        section.size("max_request_body_bytes", into: &server.requestBodyBytesMax, in: 1...Self.bytesMax)
        section.size("max_request_head_bytes", into: &server.requestHeadBytesMax, in: 1024...(1 << 20))
        section.size("outbound_buffer_bytes", into: &server.outboundBufferBytesMax, in: 4096...Self.bytesMax)
        section.duration("stream_head_timeout", into: &server.streamHeadTimeout)
        section.duration("head_timeout", into: &server.headTimeout)
        section.duration("body_timeout", into: &server.bodyTimeout)
        section.duration("write_stall_timeout", into: &server.writeStallTimeout)
        section.duration("idle_timeout", into: &server.idleTimeout)
        section.duration("shutdown_timeout", into: &server.shutdownTimeout, atLeast: .zero)
        server.connectionsMax = section.int("max_connections", in: 1...1_000_000) ?? server.connectionsMax
        server.loops = section.int("loops", in: 1...256)
    }

    private func apiKeys(_ section: SectionReader) -> [Secret] {
        var keys: [Secret] = []
        for (path, node) in section.list("api_keys") ?? [] {
            guard let key = context.secret(node, path: path) else { continue }
            if key.reveal().unicodeScalars.count < Self.keyCharactersMin {
                context.log.error(
                    "a client key needs at least \(Self.keyCharactersMin) characters", path: path, at: node.mark)
            } else if keys.contains(key) {
                context.log.error("the same client key stands twice", path: path, at: node.mark)
            } else {
                keys.append(key)
            }
        }
        if let node = section.node("api_keys"), case .sequence(let items) = node.content, items.isEmpty {
            context.log.error(
                "an empty list of client keys", path: section.path(of: "api_keys"), at: node.mark,
                suggestion: "leave the key out to ask for none")
        }
        return keys
    }

    private func checkAccess(
        _ mode: AccessConfiguration.Mode?, addressMark: YAMLMark?, modeMark: YAMLMark?,
        _ configuration: inout Configuration
    ) {
        let address = configuration.server.address
        let hasKeys = configuration.access.isAuthenticationRequired
        if address.isLoopback {
            if mode == .multiUser, !hasKeys {
                context.log.error(
                    "multi_user needs client keys", path: "access.mode", at: modeMark,
                    suggestion: "list them in server.api_keys")
            }
        } else if mode == .singleUser {
            context.log.error(
                "single_user listens on loopback addresses only, and this one is not", path: "server.address",
                at: addressMark ?? modeMark,
                suggestion: "use 127.0.0.1, or access.mode multi_user with client keys in server.api_keys")
        } else if !hasKeys {
            context.log.error(
                "an address that other machines can reach needs client keys", path: "server.address", at: addressMark,
                suggestion: "list them in server.api_keys, or use 127.0.0.1")
        }
        configuration.access.mode = mode ?? (address.isLoopback ? .singleUser : .multiUser)
    }
}
