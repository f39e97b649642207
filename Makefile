# Builds and tests tandem. `make` alone says how.
SHELL         := /bin/bash
.SHELLFLAGS   := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help pictures build packages reference test ci install quick format tidy build-static lint web unit pure race plain libopus otel 386 darwin systems fuzz interop bench-sip bench-media bench-phones soak asterisk

# Without cgo everywhere but where a target says otherwise: what is compiled for
# one stage then serves the next.
export CGO_ENABLED := 0

# The processors that packages are for, as Go calls them: make packages ARCH="amd64 arm64 arm"
ARCH ?= $(shell go env GOARCH)
# go test, which says again at the end of each stage who failed, and who was skipped and why.
GOTEST := go tool gotestsum --format standard-quiet --
# How long each fuzz target runs: 1000x is that many inputs, 10s that long. A time
# that runs out in the middle of an input is sometimes reported as a failure by the
# go command, so that a count is what everything is tested with.
FUZZTIME ?= 1000x
# Where the Debian with an Asterisk is kept that `make asterisk` fetches.
ASTERISK ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/tandem/asterisk
# What calls over real sockets and real time, mostly with other programs: three packages
# at a time, since they mostly wait, and without the race detector, so that sound stays
# whole; the longest first. What is neither that nor quick are the unit tests.
QUICK    := ./test/arch ./test/docs ./web
REAL     := ./test/interop ./test/packages ./test/howto ./test/attack ./test/morepeers ./test/switches ./test/lossy ./test/network ./test/oracle ./test/console ./test/database
UNIT      = $$(go list ./... | grep -vE '/test/(interop|packages|morepeers|switches|howto|lossy|network|oracle|attack|arch|docs|sound|console|database|faults)$$|/(web|codecs|config|numbering|script|sdp|admin|admin/api|store/sql|cmd/tandem|cmd/tandem/(gateway|demo|people))$$')
# Packages without a goroutine, where the race detector finds nothing and takes long; and
# a hundred calls at once, for which it makes the machine too slow.
PURE     := ./codecs ./config ./dialplan/numbering ./dialplan/script ./media/sdp ./test/sound ./test/faults
# What has SQLite in it, which takes a minute to compile for the race detector; `make
# race` does it. The goroutines of calls and of media are in the packages of UNIT.
WIRED    := ./admin ./admin/api ./store/sql ./cmd/tandem ./cmd/tandem/gateway ./cmd/tandem/demo ./cmd/tandem/people
# Where memory is counted, which the race detector makes impossible, or where sound of
# minutes is listened to, which it makes ten times as long.
COUNTED  := ./dialplan ./media ./media/transport ./media/turn ./signaling/flow

help: ## say what there is to make
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 22

build: ## build bin/tandem: one static file, without cgo
	go build -trimpath -ldflags "-s -w" -o bin/tandem ./cmd/tandem

packages: ## packages for Debian and Red Hat and a tarball in dist/, for the processors of ARCH
	go run -C tools/package . -arch "$(ARCH)"

reference: ## write docs/reference from the code that reads the file
	go test ./config -run TestReferenceIsWhatTheCodeSays -update

test: install format tidy quick build-static lint web unit pure plain libopus otel 386 darwin fuzz interop ## run every test, installing what the tests need

ci: test ## the same; .ci/run calls test

install: ## install what the tests need: Debian packages, and npm packages as they are locked
	@tools/stage install tools/install

quick: ## test the layout, the documents and the built web phone
	@tools/stage quick $(GOTEST) $(QUICK)

format: ## is every file as gofumpt writes it?
	@tools/stage format tools/format

tidy: ## do go.mod and go.sum say what is used, no more and no less?
	@tools/stage tidy go mod tidy -diff

build-static: ## build, and look whether bin/tandem is static and small
	@tools/stage build-static tools/static

lint: ## go vet and staticcheck
	@tools/stage vet go vet ./...
	@CGO_ENABLED=1 tools/stage vet-libopus go vet -tags libopus ./codecs
	@tools/stage vet-asterisk go vet -tags asterisk ./test/asterisk
	@tools/stage vet-otel go vet -tags otel ./admin/spans ./cmd/tandem/gateway
	@tools/stage staticcheck go tool staticcheck ./...

web: ## check the types of the web phone and run its tests
	@tools/stage web-types npm --prefix web run --silent check
	@tools/stage web-tests npm --prefix web run --silent test

# On one processor each, two packages side by side: the timers of a synctest bubble that
# are polled on two processors at once share one context of the race detector, which
# crashes it now and then (Go 1.26, timer.unlockAndRun). What it finds, it finds by what
# happens before what, not by chance.
unit: ## unit tests with the race detector, in any order
	@CGO_ENABLED=1 tools/stage unit $(GOTEST) -race -cpu 1 -shuffle=on -timeout 8m $(UNIT)

pure: ## the tests without the race detector: of packages that have no goroutine, and of what has SQLite in it
	@tools/stage pure $(GOTEST) -shuffle=on -timeout 5m $(PURE) $(WIRED)

race: ## the tests of what has SQLite in it, with the race detector
	@CGO_ENABLED=1 tools/stage race $(GOTEST) -race -cpu 1 -shuffle=on -timeout 9m $(WIRED)

plain: ## the tests that count memory or listen for long, without the race detector
	@tools/stage plain tools/plain $(COUNTED)

otel: ## the tests of the spans, which need the tag otel
	@tools/stage otel $(GOTEST) -tags otel -timeout 5m ./admin/spans

libopus: ## the tests of codecs with libopus in place of gopus
	@CGO_ENABLED=1 tools/stage libopus $(GOTEST) -tags libopus -timeout 5m ./codecs

# What is built for other machines in each run: without SQLite, which takes minutes.
ELSEWHERE = $$(go list ./... | grep -vE '/(admin/api|store/sql|cmd/tandem|cmd/tandem/(gateway|demo|people))$$|/(test/|tandemtest$$)')

386: ## does it build where int has 32 bits?
	@GOARCH=386 tools/stage 386 go build -o /dev/null $(ELSEWHERE)

darwin: ## does it build for developers with a Mac? (what runs there is not tested)
	@CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 tools/stage darwin go build -o /dev/null $(ELSEWHERE)

systems: ## does the whole of it build for macOS and FreeBSD? (minutes)
	@CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 tools/stage darwin-whole go build -o /dev/null ./cmd/tandem
	@CGO_ENABLED=0 GOOS=freebsd GOARCH=amd64 tools/stage freebsd-whole go build -o /dev/null ./cmd/tandem

fuzz: ## fuzz each target for FUZZTIME
	@FUZZTIME=$(FUZZTIME) tools/stage fuzz tools/fuzz

interop: ## real browsers, softphones and SIPp call through the gateway
	@tools/stage interop $(GOTEST) -p 3 -parallel 2 -count=1 -timeout 15m $(REAL)

pictures: ## take the pictures of docs/pictures anew, of the console and the phone as they are now
	go test ./test/console -run Pictures -count=1 -pictures $(CURDIR)/docs/pictures

bench-sip: ## measure what calls and registrations cost, with SIPp on both sides
	go test ./test/load -run '^$$' -bench 'Calls|Registrations|Idle' -benchtime 1x -timeout 20m -v

bench-media: ## measure what the media of a call costs, its far ends in another process
	go test ./media -run '^$$' -bench Load -benchtime 1x -cpu 1 -timeout 20m

bench-phones: ## measure calls of two telephones through the gateway and through rtpengine, in turn, each on one core
	go test ./test/load -run '^$$' -bench Phones -benchtime 1x -timeout 30m -v

soak: ## some half an hour: thousands of calls, clocks that run apart, rooms; what is left, and what drifts
	go test ./test/soak -run '^$$' -bench . -benchtime 1x -timeout 60m -v

asterisk: ## calls with a real Asterisk, Debian 11's, which is fetched into a folder (as root); some thirteen minutes
	@tools/stage fetch tools/asterisk "$(ASTERISK)"
	@TANDEM_ASTERISK="$(ASTERISK)" tools/stage asterisk $(GOTEST) -tags asterisk ./test/asterisk -count=1 -timeout 40m
