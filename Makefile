# samordnad: build, run, check.
#
#   make            build build/samordnad
#   make deps       install the Debian packages that are missing, if any
#   make run        install what is missing, build, and play a day of a small region on 127.0.0.1:8612
#   make check      install what is missing, build, and run every test   (SAN=address,undefined: under sanitizers)
#   make lint       formatting, compiler warnings, boundaries between the rooms
#   make openapi-lint  proto/openapi.yaml and its schemas under an OpenAPI linter (takes node and npm; not in make check)
#   make interop    pushes of a running daemon, read by others' packages (takes node and npm; not in make check)
#   make bench      measure; writes build/bench.json
#   make fuzz       readers of foreign bytes and the rules under libFuzzer, each for SECONDS= (takes clang; not in make check)
#   make coverage   what the unit tests reach of daemon/rules and proto; ALL=1: what all tests reach of all C (long)
#   make torture    rounds of kill -9 and worse under load; what clients were told is compared with what is stored
#   make simulate   a region's year through the real daemon, and an independent check of what was stored
#
# Settings of a run: PORT= (make run; without it the next free port from 8612 on), SAN= (sanitizers),
# TESTS= (a substring: only the tests whose name holds it), V=1 (whole command lines). Of make simulate: SEED=, DAYS=,
# PER_DAY= (first admissions), STORIES=1 (the stored history of what the check found). Of make fuzz: TARGET= (one of
# tests/fuzz/fuzz_*.c: "http1"; all if not given). Of make coverage: CHECK=1 (fails if less is reached than is asked for).
# Of make torture: SEED=, ROUNDS=.

SHELL := /bin/bash
PORT ?=
SAN ?=
TESTS ?=
SEED ?= 1
DAYS ?= 365
PER_DAY ?= 3
STORIES ?=
SECONDS ?= 60
TARGET ?=
ALL ?=
CHECK ?=
# Set by make fuzz and make coverage, for a make of their own: how to compile.
FUZZING ?=
COUNTED ?=
ROUNDS ?= 20
PYTHON := /usr/bin/python3
Q := $(if $(V),,@)
comma := ,
B := build$(if $(FUZZING),/fuzz)$(if $(COUNTED),/coverage)$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))

PACKAGES := gcc make pkg-config clang-format libevent-dev libpq-dev libjansson-dev libcurl4-openssl-dev \
	libssl-dev openssl check postgresql-15 python3 python3-jsonschema curl ca-certificates systemd
# What tests run beside the daemon, or compare it with.
TEST_PACKAGES := python3-h11 python3-aiohttp haproxy nginx

CC ?= gcc
# What a fold depends on: when any of these changes, stored states are folded anew (daemon/rules/episode.h).
LAYOUT_FILES := proto/fact.h proto/field.c proto/fields.c proto/vocabulary.h daemon/rules/episode.h daemon/rules/step*.c \
	daemon/rules/fold.c
LAYOUT = $(shell cat $(LAYOUT_FILES) | cksum | cut -d' ' -f1)u
# The oldest libraries that are built with, and that the daemon runs with (daemon/libraries.h).
MINIMUM := libevent=2.1.12 libpq=15 jansson=2.14 libcurl=7.88 openssl=3.0
LIBS := libevent_core libevent_extra libevent_openssl libpq jansson libcurl openssl
CPPFLAGS = -D_GNU_SOURCE -Idaemon -Iproto -I. $(shell pkg-config --cflags libevent libpq jansson libcurl openssl)
CFLAGS = -std=c11 -O2 -g -fno-omit-frame-pointer -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wundef -Wvla -Werror -Wformat-security -MMD -MP -fstack-protector-strong -fPIE
LDFLAGS = -pie -Wl,-z,relro,-z,now
LDLIBS = $(shell pkg-config --libs libevent libpq jansson libcurl openssl) -lm
ifneq ($(SAN),)
CFLAGS += -fsanitize=$(if $(FUZZING),fuzzer-no-link$(comma))$(SAN) -fno-sanitize-recover=all
LDFLAGS += -fsanitize=$(SAN)
else ifneq ($(COUNTED),)
# Counted as it is written: what the optimizer folds together would count as one.
CFLAGS += -O0 --coverage -fprofile-update=atomic
LDFLAGS += --coverage
else
CPPFLAGS += -D_FORTIFY_SOURCE=2
endif

PURE_SRC := $(wildcard proto/*.c daemon/rules/*.c)
DAEMON_SRC := $(filter-out daemon/main.c,$(wildcard daemon/*.c))
PURE_OBJ := $(PURE_SRC:%.c=$B/%.o)
DAEMON_OBJ := $(DAEMON_SRC:%.c=$B/%.o) $B/sql_embedded.o $B/contract_embedded.o
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$B/unit/%)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$B/fuzz/%)

.PHONY: all deps run check lint openapi-lint interop bench fuzz coverage simulate torture clean unit fuzz_targets
all: $B/samordnad

$B/samordnad: $B/daemon/main.o $(DAEMON_OBJ) $(PURE_OBJ)
	@pkg-config --print-errors --exists $(foreach each,$(MINIMUM),"$(subst =, >= ,$(each))")
	@echo "link $@"
	$Q$(CC) $(LDFLAGS) -o $@.tmp $^ $(LDLIBS)
	$Qmv $@.tmp $@

$B/%.o: %.c
	@mkdir -p $(@D)
	@echo "compile $<"
	$Q$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$B/daemon/libraries.o: CPPFLAGS += $(foreach each,$(MINIMUM),-DMINIMUM_$(shell echo "$(each)" | \
	sed -E 's/^([a-z]+)=(.*)/\U\1\E="\\"\2\\""/'))
$B/daemon/libraries.o: Makefile
$B/daemon/rules/episode.o: CPPFLAGS += -DEPISODE_LAYOUT=$(LAYOUT)
$B/daemon/rules/episode.o: $(LAYOUT_FILES)

# Every .sql file becomes a row of one table: name, text (sql/embed.awk).
$B/sql_embedded.c: sql/embed.awk $(wildcard sql/migrations/*.sql sql/queries/*.sql sql/*grants.sql)
	@mkdir -p $(@D)
	$Qawk -f sql/embed.awk $(sort $(wildcard sql/migrations/*.sql)) $(sort $(wildcard sql/queries/*.sql)) $(wildcard sql/*grants.sql) > $@.tmp
	$Qmv $@.tmp $@
# So do the contract's files, which the daemon serves (proto/embed.awk).
$B/contract_embedded.c: proto/embed.awk $(wildcard proto/openapi.yaml proto/schemas/*.json)
	@mkdir -p $(@D)
	$Qawk -f proto/embed.awk $(sort $(wildcard proto/openapi.yaml proto/schemas/*.json)) < /dev/null > $@.tmp
	$Qmv $@.tmp $@
$B/sql_embedded.o $B/contract_embedded.o: %.o: %.c
	@echo "compile $<"
	$Q$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# A unit test links with everything but main, so that it may reach any room.
$B/unit/%: tests/unit/%.c $(DAEMON_OBJ) $(PURE_OBJ)
	@mkdir -p $(@D)
	@echo "compile $<"
	$Q$(CC) $(CPPFLAGS) $(CFLAGS) $(shell pkg-config --cflags check) $(LDFLAGS) -o $@ $< \
		$(filter %.o,$^) $(LDLIBS) $(shell pkg-config --libs check)

unit: $(UNIT_BIN)

# The fuzzing targets without libFuzzer, all in one test that gives each its seeds: there each has a name of its own.
$B/replay/%.o: tests/fuzz/%.c
	@mkdir -p $(@D)
	@echo "compile $< (replayed)"
	$Q$(CC) $(CPPFLAGS) $(CFLAGS) -DLLVMFuzzerTestOneInput=$* -c -o $@ $<
$B/seeds: tests/fuzz/seeds.py $(wildcard tests/fuzz/found/*/* tests/vectors/*.json proto/examples/*/*.json)
	$Q$(PYTHON) tests/fuzz/seeds.py $@
$B/unit/test_fuzz: CPPFLAGS += -DSEEDS='"$B/seeds"'
$B/unit/test_fuzz: $(FUZZ_SRC:tests/fuzz/%.c=$B/replay/%.o) | $B/seeds

$B/fuzz/%: tests/fuzz/%.c $(DAEMON_OBJ) $(PURE_OBJ)
	@mkdir -p $(@D)
	@echo "compile $<"
	$Q$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(DAEMON_OBJ) $(PURE_OBJ) $(LDLIBS) \
		$(shell pkg-config --libs check)

fuzz_targets: $(FUZZ_BIN) $B/seeds

deps:
	@tests/deps $(PACKAGES)

# What depends on deps builds in a make of its own: before deps, pkg-config and the compiler may be missing.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

run: deps
	@$(MAKE) $(JOBS) all
	@PORT="$(PORT)" SAMORDNAD="$B/samordnad" $(PYTHON) tests/demo/demo.py

check: deps
	@tests/deps $(TEST_PACKAGES)
	@$(MAKE) $(JOBS) all unit
	@tests/run --build $B $(TESTS)

lint: deps
	@$(PYTHON) tests/lint.py

# A development tool: the version is named so that a new one's rules change nothing by themselves.
openapi-lint:
	@cd proto && REDOCLY_TELEMETRY=off npx --yes @redocly/cli@1.34.20 lint openapi.yaml

interop: deps
	@$(MAKE) $(JOBS) all
	@mkdir -p $B/interop && cp tests/interop/package.json $B/interop/
	@npm install --prefix $B/interop --no-audit --no-fund --no-package-lock --loglevel=error
	@SAMORDNAD="$B/samordnad" $(PYTHON) tests/interop/interop.py "$(CURDIR)/$B/interop"

bench: deps
	@$(MAKE) $(JOBS) all
	@SAMORDNAD="$B/samordnad" $(PYTHON) tests/bench/bench.py

fuzz: deps
	@tests/deps clang
	@$(MAKE) $(JOBS) CC=clang FUZZING=1 SAN=address,undefined fuzz_targets
	@tests/fuzz/fuzz build/fuzz/san-address-undefined $(SECONDS) $(TARGET)

coverage: deps
	@$(MAKE) $(JOBS) COUNTED=1 all unit
	@$(PYTHON) tests/coverage.py build/coverage $(if $(ALL),--all) $(if $(CHECK),--check)

simulate: deps
	@$(MAKE) $(JOBS) all
	@SAMORDNAD="$B/samordnad" $(PYTHON) tests/simulate/simulate.py --seed $(SEED) --days $(DAYS) --per-day $(PER_DAY) \
		$(if $(STORIES),--stories)

torture: deps
	@$(MAKE) $(JOBS) all
	@SAMORDNAD="$B/samordnad" $(PYTHON) tests/torture/torture.py --seed $(SEED) --rounds $(ROUNDS)

clean:
	rm -rf build

-include $(shell find $B -name '*.d' 2>/dev/null)
