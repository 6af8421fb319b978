# Everything a developer and the CI do, by name. `make run` and `make test` work from a fresh clone on Debian 12 with a
# Swift 6.3 toolchain: what else is needed is installed, and only if it is missing.

SWIFT ?= swift
PYTHON ?= python3
# Seconds for each fuzz target.
FUZZ_SECONDS ?= 5
FUZZ_TARGETS ?= ACPStream AnthropicRequest AnthropicStream BedrockConverseStream CarriedAnswer Embeddings GeminiRequest \
	GeminiStream HTTPServer JSON OpenAIChatRequest OpenAIChatStream OpenAICompletionsRequest OpenAICompletionsStream \
	OpenAIResponsesRequest OpenAIResponsesStream Selector SSE
ARGS ?=
VENV := .build/venv
STEP := tools/step
RELEASE := -c release --static-swift-stdlib

BUILD_PACKAGES := libcurl4-openssl-dev libyaml-dev libhttp-parser-dev libsimdjson-dev libsqlite3-dev libssl-dev libre2-dev \
	pkg-config make
TEST_PACKAGES := python3-venv openssl nginx-light:nginx
BENCH_PACKAGES := wrk nginx-light:nginx gcc

# The leak checker knows nothing of what the Swift runtime keeps for good.
ADDRESS_OPTIONS := detect_leaks=0:detect_stack_use_after_return=0
THREAD_OPTIONS := halt_on_error=1:suppressions=Tests/tsan-suppressions.txt

.NOTPARALLEL:
.PHONY: run build test lint unit threads e2e allocations fuzz bench clean build-packages

run: build-packages
	$(SWIFT) build $(RELEASE) --product lip
	.build/release/lip serve $(ARGS)

build: build-packages
	$(STEP) build $(SWIFT) build $(RELEASE)

test: lint unit threads e2e allocations fuzz

lint:
	$(STEP) format $(SWIFT) format lint --strict --recursive Package.swift Sources Tests
	$(STEP) tidy tools/tidy

# All Swift tests, under the address sanitizer: one build serves both ends.
unit: build-packages
	$(STEP) unit env ASAN_OPTIONS=$(ADDRESS_OPTIONS) $(SWIFT) test --sanitize=address --scratch-path .build/asan $(ARGS)

# The thread sanitizer where threads meet; the rest of the code is values.
threads: build-packages
	$(STEP) threads env TSAN_OPTIONS=$(THREAD_OPTIONS) $(SWIFT) test --sanitize=thread --scratch-path .build/tsan \
		-Xswiftc -DTSAN --filter 'RuntimeTests|TransportTests|GatewayTests'

e2e: build $(VENV)/.ready
	$(STEP) e2e $(VENV)/bin/pytest Tests/e2e -q $(ARGS)

# Heap allocations a request and a chunk: a count that must not grow unnoticed.
allocations: build
	tools/packages gcc
	$(STEP) allocations $(PYTHON) Benchmarks/allocations.py $(ARGS)

fuzz: build-packages
	@if [ -x Fuzz/run.sh ]; then $(STEP) fuzz Fuzz/run.sh $(FUZZ_SECONDS) $(FUZZ_TARGETS); fi

$(VENV)/.ready: Tests/e2e/requirements.txt
	tools/packages $(TEST_PACKAGES)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r Tests/e2e/requirements.txt
	touch $@

bench: build
	tools/packages $(BENCH_PACKAGES)
	$(PYTHON) Benchmarks/bench.py $(ARGS)

build-packages:
	@tools/packages $(BUILD_PACKAGES)

clean:
	rm -rf .build
