# The commands of a developer of echod. Everything else is `swift build` and `swift test`.

CONFIG ?= config/echod.json
FUZZERS = $(notdir $(wildcard Fuzzing/Corpus/*))
SOURCES = Package.swift Plugins Sources Tests Fuzzing/Package.swift Fuzzing/Sources Benchmarks/Package.swift Benchmarks/Sources

.PHONY: help run build man docs deb release test test-bare test-tsan test-asan fuzz soak bench lint format clean

help:
	@echo 'make run         build for release and run echod with $(CONFIG)'
	@echo 'make man         build the manual pages into .build/man'
	@echo 'make docs        regenerate docs/reference from the manual, and the screenshots, with five minutes of traffic'
	@echo 'make deb         build the Debian package into .build/deb'
	@echo 'make release     build the packages, checksums, an SBOM and the notes of a release into .build/release-files'
	@echo 'make test        run all tests, the linter and (briefly) the fuzzers, and test the package on Debian 12 and 13'
	@echo 'make test-bare   do what a new user does, on machines without build tools: RELEASES="bookworm trixie"'
	@echo 'make test-tsan   run every test under the thread sanitizer'
	@echo 'make test-asan   run every test under the address sanitizer'
	@echo 'make fuzz        run the fuzzers for longer: RUNS=10000000'
	@echo 'make soak        run echod under clients of every kind, and the fuzzers, for a while: MINUTES=30'
	@echo 'make bench       compare echod with others and write docs/benchmarks.md'
	@echo 'make format      format the sources'
	@echo 'make clean       remove everything that was built'

build:
	@scripts/setup build
	swift build -c release --static-swift-stdlib

run: build
	@scripts/run '$(CONFIG)'

man: build
	@docs/man/generate .build/release .build/man

docs: build
	@scripts/setup docs
	@docs/man/markdown .build/release docs/reference
	@scripts/screenshots .build/release

deb:
	@scripts/build-deb

release:
	@scripts/release

test: lint
	@for fuzzer in $(FUZZERS); do scripts/fuzz $$fuzzer 20000 || exit; done
	@scripts/test --skip SystemTests.PackageTests --skip '$(BUSY)' --skip '$(BROWSER)'
	@scripts/test --filter '$(BUSY)' --skip '$(RESTARTS)'
	@scripts/test --filter '$(RESTARTS)'
	@scripts/test --filter '$(BROWSER)'
	@scripts/test-package

test-bare:
	@scripts/test-bare $(RELEASES)

# These tests keep the machine busy, so they run by themselves: beside them the others would time out. With a sanitizer
# the others run in two parts.
BUSY = SystemTests\.(.*FaultTests|FloodTests|BadWireTests|AdminAttackTests|SoakTests|LoadTests|MemoryTests|ReloadPairsTests|FullConfigurationTests|ShortageTests|DelayPrecisionTests)

# Many of these wait for a service manager that does not answer.
RESTARTS = SystemTests\..*RestartFaultTests

# These show the live page in browsers, which need the processors too.
BROWSER = SystemTests\..*PageTests

define test-sanitized
	@scripts/setup test
	@$(2) scripts/test --skip SystemTests --sanitize=$(1) --scratch-path $(3)
	@$(2) scripts/test --filter SystemTests --skip SystemTests.PackageTests --skip '$(BUSY)' --skip '$(BROWSER)' --sanitize=$(1) --scratch-path $(3)
	@$(2) scripts/test --filter '$(BUSY)' --skip '$(RESTARTS)' --sanitize=$(1) --scratch-path $(3)
	@$(2) scripts/test --filter '$(RESTARTS)' --sanitize=$(1) --scratch-path $(3)
	@$(2) scripts/test --filter '$(BROWSER)' --sanitize=$(1) --scratch-path $(3)
endef

test-tsan:
	$(call test-sanitized,thread,TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/races-under-mutexes.txt:print_suppressions=0:halt_on_error=1,.build-tsan)

# What an ending queue is about to free looks like a leak when the program exits at that moment, so leaks are searched for
# up to three times.
test-asan:
	$(call test-sanitized,address,LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks-of-others.txt:print_suppressions=0:tries=3,.build-asan)

RUNS ?= 1000000
fuzz:
	@scripts/setup test
	@for fuzzer in $(FUZZERS); do scripts/fuzz $$fuzzer $(RUNS) || exit; done

MINUTES ?= 30
soak:
	@scripts/setup test
	@scripts/soak $(MINUTES)

# Debian's Python, because only that one has Debian's matplotlib.
bench: build
	@scripts/setup bench
	@cd Benchmarks && exec /usr/bin/python3 -m compare

lint:
	@scripts/setup test
	@swift format lint --strict --recursive $(SOURCES)
	@shellcheck --external-sources $$(grep -rlE '^#!/.*sh$$|^# shellcheck shell=' scripts packaging .ci)
	@scripts/check-links README.md CHANGELOG.md docs

format:
	swift format --in-place --recursive $(SOURCES)

clean:
	rm -rf .build .build-tsan .build-asan .build-soak Fuzzing/.build* Benchmarks/.build*
