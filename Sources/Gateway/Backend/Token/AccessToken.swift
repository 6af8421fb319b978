import Runtime

/// What a request authenticates itself with for a while (OAuth 2.0, RFC 6749, 1.4).
struct AccessToken: Sendable, Equatable {
    var value: Secret
    /// When it is renewed, while it is still good; nil for one of unknown age.
    var renewal: MonotonicInstant?
    /// When it is refused at the latest; nil for one of unknown age.
    var expiry: MonotonicInstant?
    /// The account that it stands for, where requests have to name it.
    var account: String?
    /// When a renewal brought it; nil for one that was found.
    var renewed: MonotonicInstant?

    /// The longest time before its end in which a token is renewed.
    private static let marginMax = Duration.seconds(300)
    /// The longest lifetime that is believed.
    static let lifetimeMax = Duration.seconds(365 * 86_400)

    /// Good until it is refused.
    init(_ value: Secret) {
        self.value = value
    }

    /// Good for so long from now on; renewed in the last tenth of that, at most five minutes before the end.
    init(_ value: Secret, lifetime: Duration, from now: MonotonicInstant) {
        self.init(value)
        let lifetime = min(lifetime, Self.lifetimeMax)
        expiry = now + lifetime
        renewal = now + (lifetime - min(lifetime / 10, Self.marginMax))
    }
}
