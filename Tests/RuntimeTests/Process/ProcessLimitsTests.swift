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
        // Above what the tests of this process have open at once.
        limit.rlim_cur = 512
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        let raised = try ProcessLimits.raiseOpenFiles()
        #expect(raised == min(UInt64(hard), ProcessLimits.openFilesMax))
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        #expect(UInt64(limit.rlim_cur) == raised)
    }
}
