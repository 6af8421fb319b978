/// How long the parts of a transfer may take, on the loop's clock; nil is without bound.
package struct HTTPClientTimeouts: Hashable, Sendable {
    /// Name, connection, TLS and proxy together; libcurl itself gives up connecting after 300 s.
    package var connect: Duration
    /// From the moment the request goes out to the end of the response head.
    package var head: Duration?
    /// Between two arrivals of body bytes; it stands still while the reader holds the transfer back.
    package var idle: Duration?
    /// The whole transfer, for unary calls; streams have none.
    package var total: Duration?

    package init(
        connect: Duration = .seconds(10), head: Duration? = .seconds(300), idle: Duration? = .seconds(120),
        total: Duration? = nil
    ) {
        self.connect = connect
        self.head = head
        self.idle = idle
        self.total = total
    }
}
