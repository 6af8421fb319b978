import Routing

/// The requests that one loop is serving, for those who want to call them off; belongs to the loop.
final class RunningRequests {
    private var requests: [any RunningRequest] = []
    /// Whether the process ends: who comes now is called off at once.
    private var isShutDown = false

    /// Takes a request in; it has to be removed when it ends.
    func add(_ request: any RunningRequest) {
        request.runningIndex = requests.count
        requests.append(request)
        if isShutDown { request.callOff(because: .shutDown) }
    }

    /// Takes a request out; its place goes to the last one.
    func remove(_ request: any RunningRequest) {
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
        for request in found { request.callOff(because: .explicit) }
        return found.count
    }

    /// Calls off every request, and those that come later.
    func shutDown() {
        isShutDown = true
        for request in requests { request.callOff(because: .shutDown) }
    }
}
