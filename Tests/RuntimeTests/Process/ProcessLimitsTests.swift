import CLinux
import Glibc
import Testing

@testable import Runtime

@Suite(.serialized) struct ProcessLimitsTests {
    @Test("the soft limit of open files is raised to the hard one")
    func raises() throws {
        var limit = rlimit()
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        let hard = limit.rlim_max
        // Other tests open descriptors meanwhile: no lower than needed.
        limit.rlim_cur = min(limit.rlim_cur, hard - 1)
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        let raised = try ProcessLimits.raiseOpenFiles()
        #expect(raised == min(UInt64(hard), ProcessLimits.openFilesMax))
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        #expect(UInt64(limit.rlim_cur) == raised)
    }
}
