import CCurl
import Runtime

extension Transfer {
    /// What a look-up of a name has open at a time: a pair of sockets, one to the name server, and a file.
    private static let lookUpDescriptorCount = 4

    /// Turns libcurl's verdict into the outcome; called once, after the transfer left the multi handle.
    func finish(_ result: CURLcode) -> Outcome {
        guard result != CURLE_OK else {
            if head.isComplete { return .ended }
            // libcurl takes the end of the connection within the head for the end of the answer.
            return .failed(error(.prematureEnd, "the connection was closed within the response head"))
        }
        if let refusedAddress, !connected {
            return .failed(
                error(.forbiddenAddress, "the host has \(refusedAddress.rawValue), which no upstream may have"))
        }
        if refusal == .tooLarge {
            return .failed(
                error(.tooLarge, "the response head is larger than \(settings.responseHeadBytesMax) bytes"))
        }
        if refusal == .reset {
            return .failed(error(.reset, "the connection broke before an answer, and so did a new one"))
        }
        if let shortage = shortage(behind: result) {
            return .failed(error(.descriptorShortage(shortage), "\(shortage)"))
        }
        return .failed(error(kind(of: result), text(of: result)))
    }

    /// The want of descriptors that a failure comes from, if it does.
    private func shortage(behind result: CURLcode) -> DescriptorShortage? {
        switch result {
        case CURLE_COULDNT_CONNECT:
            return shortage
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_SSL_CACERT_BADFILE:
            // Opened out of sight, by the look-up of names or for the file of trusted certificates; what they held was
            // closed when they failed, so that one free descriptor proves nothing.
            return DescriptorShortage.found(seeking: Self.lookUpDescriptorCount)
        default:
            return nil
        }
    }

    /// An error with the facts of this transfer.
    func error(_ kind: HTTPClientError.Kind, _ message: String) -> HTTPClientError {
        HTTPClientError(kind: kind, message: message, sent: sentBytes, reused: isReused, resent: isResent)
    }

    /// Whether bytes of the request went out (a proxy's CONNECT is none).
    private var sentBytes: Bool {
        guard connected else { return false }
        var bytes = 0
        lip_curl_get_long(easy, CURLINFO_REQUEST_SIZE, &bytes)
        return bytes > 0
    }

    /// Whether the request went over a connection that had served others.
    var isReused: Bool {
        guard connected else { return false }
        var connections = 0
        lip_curl_get_long(easy, CURLINFO_NUM_CONNECTS, &connections)
        return connections == 0
    }

    /// How long the parts took; to be asked once the head is complete.
    var timings: HTTPClientTimings {
        var timings = HTTPClientTimings(reused: isReused, resent: isResent)
        timings.head = headAt - start
        if timings.reused { return timings }
        func duration(_ info: CURLINFO) -> Duration {
            var microseconds: curl_off_t = 0
            lip_curl_get_offset(easy, info, &microseconds)
            return .microseconds(microseconds)
        }
        let resolved = duration(CURLINFO_NAMELOOKUP_TIME_T)
        let connected = duration(CURLINFO_CONNECT_TIME_T)
        let encrypted = duration(CURLINFO_APPCONNECT_TIME_T)
        timings.resolve = resolved
        timings.connect = max(.zero, connected - resolved)
        timings.tls = encrypted == .zero ? .zero : max(.zero, encrypted - connected)
        return timings
    }

    private func text(of result: CURLcode) -> String {
        var text = errorText[0] != 0 ? String(cString: errorText) : ""
        // libcurl quotes a malformed proxy with its credentials.
        if text.isEmpty || text.contains("@") { text = String(cString: curl_easy_strerror(result)) }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    private func kind(of result: CURLcode) -> HTTPClientError.Kind {
        switch result {
        case CURLE_URL_MALFORMAT:
            return .invalidRequest
        case CURLE_UNSUPPORTED_PROTOCOL:
            // Before a connection the URL's scheme; after it an answer without a status line.
            return connected ? .protocolViolation : .invalidRequest
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return .resolve
        case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_INTERFACE_FAILED:
            return .connect
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            return .certificate
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE,
            CURLE_USE_SSL_FAILED, CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CLIENTCERT:
            return .tls
        case CURLE_OPERATION_TIMEDOUT:
            return .timeout(connected ? .total : .connect)
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING:
            return .prematureEnd
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR:
            return kindOfBrokenConnection()
        case CURLE_HTTP2_STREAM:
            return .reset
        case CURLE_HTTP2, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP_RETURNED_ERROR:
            return .protocolViolation
        default:
            return .internalFailure
        }
    }

    private func kindOfBrokenConnection() -> HTTPClientError.Kind {
        // Refused by a proxy, or lost during its CONNECT.
        guard connected else { return .connect }
        var systemError = 0
        lip_curl_get_long(easy, CURLINFO_OS_ERRNO, &systemError)
        if systemError != 0 { return .reset }
        // libcurl 7.88 reports malformed chunks as a failure to receive.
        return text(of: CURLE_RECV_ERROR).contains("chunk") ? .protocolViolation : .prematureEnd
    }
}
