import CFuzzer
import Glibc

exit(fuzzer_run(CommandLine.argc, CommandLine.unsafeArgv, fuzzOpenAICompletionsStream))
