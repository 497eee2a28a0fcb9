# cart_ext: transactional shopping carts in PostgreSQL.
#
#   make                    build the library and the install script
#   make install            copy them into the PostgreSQL installation (DESTDIR is respected)
#   make installcheck       run the tests against a running server that has them installed
#
#   PG_CONFIG=/path/to/pg_config   another PostgreSQL than the one found
#   WERROR=1                       warnings are errors
#   SANITIZE=1                     with AddressSanitizer and UndefinedBehaviorSanitizer
#   FAULTS=1                       with the setting cart_ext.fault, which makes calls fail (for tests)
#   TOTALS=0                       documents without totals (for bench/totals, which tells their cost)
#   DEBUG=0                        without what a debugger reads (two thirds as long)
#   PRECOMPILE=0                   every source reads all of its headers itself (twice as long)
#   top=DIRECTORY                  where the sources are, to build elsewhere than beside them:
#                                  cd build/x && make -f ../../Makefile top=../..
#
# CMakeLists.txt builds the same sources for unit tests, fuzzers and editors.

MODULE_big = cart_ext
EXTENSION = cart_ext

# Not VPATH: make would search it for objects, too, and take those of another build.
top := .
version := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(top)/$(EXTENSION).control)

# Every room of src/ has its sources in one flat directory.
sources := $(sort $(wildcard $(top)/src/*.cpp $(top)/src/*/*.cpp))
OBJS := $(sources:$(top)/%.cpp=%.o)

# This version's install script is put together from the .sql files that stand beside their C++.
install_script := $(EXTENSION)--$(version).sql
DATA_built = $(install_script)
# Upgrade scripts are written by hand. They, and the install scripts of older versions, stand beside this
# file and, once released, are never edited.
DATA = $(filter-out $(install_script),$(patsubst $(top)/%,%,$(wildcard $(top)/$(EXTENSION)--*.sql)))

# ---- tests against a running server

REGRESS = $(sort $(patsubst $(top)/sql/%.sql,%,$(wildcard $(top)/sql/*.sql)))
ISOLATION = $(sort $(patsubst $(top)/test/isolation/specs/%.spec,%, \
    $(wildcard $(top)/test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(top)/test/isolation
ifneq ($(wildcard $(top)/test/tap/*.pl),)
TAP_TESTS = 1
PROVE_TESTS = test/tap/*.pl
endif

# ---- which PostgreSQL

# Plain `pg_config` may be missing, or belong to libpq alone and know no PGXS.
ifndef PG_CONFIG
PG_CONFIG := $(shell test -f "$$(pg_config --pgxs 2>/dev/null)" && command -v pg_config)
ifeq ($(PG_CONFIG),)
PG_CONFIG := $(lastword $(shell ls -v /usr/lib/postgresql/*/bin/pg_config 2>/dev/null))
endif
endif
PGXS := $(if $(PG_CONFIG),$(shell $(PG_CONFIG) --pgxs))
ifeq ($(wildcard $(PGXS)),)
$(error No PostgreSQL to build against. Install its development files \
    (Debian: postgresql-server-dev-15) or say PG_CONFIG=/path/to/pg_config)
endif

# ---- flags

cxx_flags := -std=c++20 -Wall -Wextra -fvisibility=hidden -fvisibility-inlines-hidden
# PostgreSQL 15's headers do not mark what the server has to find (16's do), and still say `register`.
cxx_flags += -DPGDLLEXPORT='__attribute__((visibility("default")))' -Wno-register
ifeq ($(WERROR),1)
cxx_flags += -Werror
endif
ifeq ($(FAULTS),1)
cxx_flags += -DCART_FAULTS
endif
ifeq ($(TOTALS),0)
cxx_flags += -DCART_WITHOUT_TOTALS
endif
ifeq ($(SANITIZE),1)
# The sanitizers' own code keeps GCC from seeing that a variable is set.
cxx_flags += -O1 -fsanitize=address,undefined -fno-omit-frame-pointer -Wno-maybe-uninitialized
SHLIB_LINK += -fsanitize=address,undefined
endif
PG_CXXFLAGS += $(cxx_flags)
SHLIB_LINK += -lstdc++
EXTRA_CLEAN += $(OBJS:.o=.d)

# No bitcode for the server's JIT. A function that the JIT inlines from bitcode calls our other
# functions by name, and those are hidden in the library: the query would fail to resolve them.
override with_llvm := no

include $(PGXS)

# The server's own flags say -g, and come after ours.
ifeq ($(DEBUG),0)
override CXXFLAGS += -g0
endif

srcdir := $(top)
VPATH :=
vpath %.control $(top)

# ---- compiling

# The server's headers are system headers to us: our warnings are about our code.
server_dirs := $(includedir_server) $(includedir_internal)
other_cpp_flags := -I$(top)/src $(filter-out $(server_dirs:%=-I%),$(CPPFLAGS))
cpp_flags := $(other_cpp_flags) $(server_dirs:%=-isystem %)

# What a cart means knows no server, so it cannot even see the server's headers.
src/core/%.o: cpp_flags := $(other_cpp_flags)

# What most sources include of the standard library and of Boost is read once. It stands in the
# directory of the build without its source, which GCC then does not look for. Clang has other ways.
PRECOMPILE ?= $(if $(findstring Free Software Foundation,$(shell $(CXX) --version)),1,0)
precompiled := $(if $(filter 1,$(PRECOMPILE)),precompiled.hpp.gch)
EXTRA_CLEAN += $(precompiled)

# Objects keep the path of their source, since two rooms may have a file of the same name. This rule
# is ours because the server's does not know that, nor how to track headers on Debian.
src/%.o: $(top)/src/%.cpp $(precompiled) $(firstword $(MAKEFILE_LIST))
	@$(MKDIR_P) $(@D)
	$(CXX) $(CXXFLAGS) $(if $(precompiled),-include $(precompiled:.gch=) -Winvalid-pch) \
	    $(cpp_flags) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<

$(precompiled): $(top)/src/precompiled.hpp $(firstword $(MAKEFILE_LIST))
	$(CXX) $(CXXFLAGS) $(other_cpp_flags) -x c++-header -o $@ $<

-include $(OBJS:.o=.d)

# ---- the install script

# In the order of src/install.order: one path a line, relative to src/; # begins a comment.
order := $(top)/src/install.order
sql_parts := $(if $(wildcard $(order)),$(addprefix $(top)/src/,$(shell sed 's/#.*//' $(order))))

$(install_script): $(order) $(sql_parts)
	@for part in $(wildcard $(top)/src/*.sql $(top)/src/*/*.sql); do \
	    case " $(sql_parts) " in *" $$part "*) ;; \
	    *) echo "$$part is not listed in src/install.order" >&2; exit 1 ;; esac; \
	done
	{ printf '%s\n' '\echo Use "CREATE EXTENSION $(EXTENSION)" to load this file. \quit'; \
	  for part in $(sql_parts:$(top)/src/%=%); do \
	      printf '\n-- src/%s\n\n' "$$part" && cat "$(top)/src/$$part" || exit 1; \
	  done; } >$@.part
	@mv $@.part $@
