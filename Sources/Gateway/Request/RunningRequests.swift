import Routing

/// The calls that one loop is serving, for those who want to call one off; belongs to the loop.
final class RunningRequests {
    private var requests: [ModelRequest] = []

    /// Takes a request in; it has to be removed when it ends.
    func add(_ request: ModelRequest) {
        request.runningIndex = requests.count
        requests.append(request)
    }

    /// Takes a request out; its place goes to the last one.
    func remove(_ request: ModelRequest) {
        guard let index = request.runningIndex else { return }
        request.runningIndex = nil
        let last = requests.removeLast()
        guard last !== request else { return }
        requests[index] = last
        last.runningIndex = index
    }

    /// Calls off what the client's requests of an A-leg are doing; returns how many there were.
    func cancel(_ aLeg: ALegID, of principal: Principal) -> Int {
        let found = requests.filter { $0.record.aLeg == aLeg && $0.record.principal == principal }
        for request in found { request.cancel() }
        return found.count
    }
}
