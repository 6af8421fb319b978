import CCurl
import CLinux
import Glibc

/// The options of an easy handle that requests change, as they are set now.
struct AppliedOptions {
    /// What HTTP method libcurl is set to, and whether it sends a body.
    enum Shape: Equatable {
        case unset
        case bodiless(String)
        case withBody(String)
    }

    /// What libcurl has as its URL: the request's own, or the one that is signed in its place.
    var url: String?
    var requestTarget: String?
    var shape = Shape.unset
    var isEncrypted: Bool?
    var verifiesPeer: Bool?
    var acceptsCompression: Bool?
    var unixSocketPath: String?
    var awsSignature: AWSSignature?
}

extension Transfer {
    /// Sets what never changes; `context` is this transfer for the callbacks.
    func setLastingOptions(context: UnsafeMutableRawPointer, multi: CurlMulti) {
        lip_curl_set_pointer(easy, CURLOPT_PRIVATE, context)
        lip_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        lip_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        lip_curl_set_pointer(easy, CURLOPT_PREREQDATA, context)
        lip_curl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context)
        lip_curl_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(multi).toOpaque())
        lip_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)

        lip_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        lip_curl_set_long(easy, CURLOPT_TCP_NODELAY, 1)
        lip_curl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
        let probes = max(1, Int(settings.keepAliveProbeInterval.components.seconds))
        lip_curl_set_long(easy, CURLOPT_TCP_KEEPIDLE, probes)
        lip_curl_set_long(easy, CURLOPT_TCP_KEEPINTVL, probes)
        lip_curl_set_long(easy, CURLOPT_MAXAGE_CONN, Int(settings.idleConnectionAgeMax.components.seconds))
        lip_curl_set_long(easy, CURLOPT_BUFFERSIZE, settings.socketReadBytesMax)
        // A burst to a new host shares the first connection if that turns out to speak HTTP/2.
        lip_curl_set_long(easy, CURLOPT_PIPEWAIT, 1)
        // Without it, a cancellation during a slow look-up would block the loop until the look-up's thread ends.
        lip_curl_set_long(easy, CURLOPT_QUICK_EXIT, 1)

        // A redirect would carry a provider's key to another host: it is an answer like any other.
        lip_curl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        lip_curl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        lip_curl_set_long(easy, CURLOPT_PATH_AS_IS, 1)
        lip_curl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)

        lip_curl_set_long(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let file = settings.certificateAuthorityFile {
            lip_curl_set_string(easy, CURLOPT_CAINFO, file)
            // The system's directory would go on being trusted beside the file.
            lip_curl_set_string(easy, CURLOPT_CAPATH, nil)
        }
        // An empty text keeps libcurl from reading the environment, now and for each request.
        lip_curl_set_string(easy, CURLOPT_PROXY, "")
        lip_curl_set_string(easy, CURLOPT_NOPROXY, settings.proxies.exceptions ?? "")
    }

    /// Sets what this request needs and the last one on this handle did not have.
    func prepare(_ request: HTTPClientRequest) throws(HTTPClientError) {
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(isTokenByte) else {
            throw HTTPClientError(kind: .invalidRequest, message: "the request's method is invalid")
        }
        let signed = request.awsSignature.flatMap { SignedURL(request.url, for: $0) }
        if applied.url != signed?.url ?? request.url { try setURL(signed?.url ?? request.url) }
        if applied.requestTarget != signed?.requestTarget {
            applied.requestTarget = signed?.requestTarget
            lip_curl_set_string(easy, CURLOPT_REQUEST_TARGET, signed?.requestTarget)
        }
        setMethod(request.method, body: request.body)
        try setHeaders(request)
        if applied.verifiesPeer != request.verifiesPeer {
            applied.verifiesPeer = request.verifiesPeer
            lip_curl_set_long(easy, CURLOPT_SSL_VERIFYPEER, request.verifiesPeer ? 1 : 0)
            lip_curl_set_long(easy, CURLOPT_SSL_VERIFYHOST, request.verifiesPeer ? 2 : 0)
        }
        if applied.acceptsCompression != request.acceptsCompression {
            applied.acceptsCompression = request.acceptsCompression
            // What every provider knows; whatever else comes, libcurl decodes it if it can. Unset, it would not decode what
            // a server compresses unasked.
            lip_curl_set_string(easy, CURLOPT_ACCEPT_ENCODING, request.acceptsCompression ? "gzip, br" : "identity")
        }
        if applied.unixSocketPath != request.unixSocketPath {
            applied.unixSocketPath = request.unixSocketPath
            lip_curl_set_string(easy, CURLOPT_UNIX_SOCKET_PATH, request.unixSocketPath)
        }
        if applied.awsSignature != request.awsSignature { setSignature(request.awsSignature) }
    }

    private func setURL(_ url: String) throws(HTTPClientError) {
        let isEncrypted = url.utf8.prefix(6).elementsEqual("https:".utf8) { $0 | 0x20 == $1 | 0x20 }
        let proxy = isEncrypted ? settings.proxies.https : settings.proxies.http
        if proxy != nil {
            // The proxy connects, so that no socket of ours will show the address: what can be known is in the text.
            do { _ = try UpstreamURL(url) } catch {
                throw HTTPClientError(kind: .forbiddenAddress, message: error.message)
            }
        }
        guard lip_curl_set_string(easy, CURLOPT_URL, url) == CURLE_OK else {
            applied.url = nil
            throw HTTPClientError(kind: .invalidRequest, message: "the request's URL is too long")
        }
        applied.url = url
        // Taken apart once: from the text alone, libcurl would do it, and put it together again, for each request. What it
        // cannot take apart it is to refuse itself.
        let flags = UInt32(CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS)
        let isParsed = curl_url_set(parsedURL, CURLUPART_URL, url, flags) == CURLUE_OK
        lip_curl_set_pointer(easy, CURLOPT_CURLU, isParsed ? UnsafeRawPointer(parsedURL) : nil)
        if applied.isEncrypted != isEncrypted {
            applied.isEncrypted = isEncrypted
            let version = isEncrypted ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
            lip_curl_set_long(easy, CURLOPT_HTTP_VERSION, Int(version))
            lip_curl_set_string(easy, CURLOPT_PROXY, proxy ?? "")
        }
    }

    private func setMethod(_ method: String, body: [UInt8]) {
        let carriesBody = !body.isEmpty || method == "POST" || method == "PUT" || method == "PATCH"
        let shape = carriesBody ? AppliedOptions.Shape.withBody(method) : .bodiless(method)
        if applied.shape != shape {
            applied.shape = shape
            if carriesBody {
                lip_curl_set_long(easy, CURLOPT_POST, 1)
                lip_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, method == "POST" ? nil : method)
            } else if method == "HEAD" {
                lip_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, nil)
                lip_curl_set_long(easy, CURLOPT_NOBODY, 1)
            } else {
                lip_curl_set_long(easy, CURLOPT_HTTPGET, 1)
                lip_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, method == "GET" ? nil : method)
            }
        }
        guard carriesBody else { return }
        self.body = body
        // An array's bytes stay where they are as long as it is held and not changed: on Linux it is never bridged, and
        // whoever changes it while `self.body` holds it gets a copy. An empty one needs an address that is not null.
        let start = self.body.withUnsafeBufferPointer { UnsafeRawPointer($0.baseAddress) }
        lip_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        lip_curl_set_pointer(easy, CURLOPT_POSTFIELDS, body.isEmpty ? UnsafeRawPointer(errorText) : start)
    }

    private func setHeaders(_ request: HTTPClientRequest) throws(HTTPClientError) {
        let isSigned = request.awsSignature != nil
        let prepared = request.preparedHeaders ?? (isSigned ? .bareSigned : .bare)
        guard prepared.isForSigning == isSigned else {
            throw HTTPClientError(
                kind: .invalidRequest, message: "the request's headers were not prepared for how it is signed")
        }
        preparedHeaders = prepared
        var list = prepared.list
        if !request.headers.isEmpty {
            list = HeaderList(tail: prepared.list)
            defer { headerList = list }
            try list.append(request.headers)
        }
        lip_curl_set_headers(easy, list.head)
    }

    private func setSignature(_ signature: AWSSignature?) {
        applied.awsSignature = signature
        let scope = signature.map { "aws:amz:\($0.region):\($0.service)" }
        lip_curl_set_string(easy, CURLOPT_AWS_SIGV4, scope)
        lip_curl_set_string(easy, CURLOPT_USERNAME, signature?.accessKey)
        lip_curl_set_string(easy, CURLOPT_PASSWORD, signature?.secretKey)
        // The field that would keep libcurl from announcing a large body cannot stand among signed ones: so it does
        // announce it, and goes on at once.
        lip_curl_set_long(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, signature == nil ? 1000 : 1)
    }
}

/// A socket for libcurl, which would otherwise not close it on `exec`.
func curlSocket(_ family: CInt, _ type: CInt, _ protocolNumber: CInt) -> CInt {
    socket(family, type | LIP_SOCK_CLOEXEC | LIP_SOCK_NONBLOCK, protocolNumber)
}

/// `close(2)` under a name that a class with a `close` method can call.
func closeDescriptor(_ descriptor: CInt) -> CInt {
    close(descriptor)
}
