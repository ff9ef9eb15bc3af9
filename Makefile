# The words of the house; CI calls the same ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := $(VENV)/.tools
INSTALLED := $(VENV)/.installed
PROMTOOL := $(VENV)/bin/promtool
DEBIAN := ibsim-utils opensm infiniband-diags openssh-server openssh-client \
  systemd-container mmdebstrap debian-archive-keyring nftables iproute2 dpkg-dev debconf procps util-linux \
  chromium chromium-driver poppler-utils sudo \
  graphviz dnsmasq-base bind9-utils
VTYSH := $(VENV)/frr/usr/bin/vtysh

.PHONY: demo test lint types floors unit cluster labs long bench wheel picture docs debian promtool vtysh clean

demo: $(INSTALLED)
	rm -rf demo
	mkdir demo
	$(BIN)/millwright init demo/superpod --blueprint dgx-superpod-h100 --scalable-units 4
	$(BIN)/millwright -C demo/superpod design solve
	@echo
	@echo "The results lie in demo/superpod/design: open bom.xlsx and cables.csv."

test: $(TOOLS) debian promtool vtysh lint types floors unit

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TOOLS)
	$(BIN)/mypy

floors: $(TOOLS)
	$(BIN)/lint-imports

unit: $(TOOLS)
	$(BIN)/pytest -n auto --dist worksteal -m "not lab"
	$(BIN)/pytest -m "alone and not long" --durations=5
	$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target cluster labs

# The tests of labs in two halves that wait for hosts, mostly, and so run side by side.
cluster: $(TOOLS)
	$(BIN)/pytest -m "cluster and not long" --durations=20

labs: $(TOOLS)
	$(BIN)/pytest -m "lab and not cluster and not alone and not long" --durations=20

# What takes minutes each on a lab and shows again, in another way, what the tests above show.
long: $(TOOLS) debian
	$(BIN)/pytest -m long --durations=20

bench: $(TOOLS)
	$(BIN)/python tests/bench/startup.py
	$(BIN)/python tests/bench/solve.py
	$(BIN)/python tests/bench/judge.py
	$(BIN)/python tests/bench/detect.py
	PYTHONPATH=. $(BIN)/python tests/bench/fanout.py
	PYTHONPATH=. $(BIN)/python tests/bench/lab.py
	PYTHONPATH=. $(BIN)/python tests/bench/deploy.py

wheel: $(TOOLS)
	$(BIN)/python -m build --outdir dist

picture: $(TOOLS)
	$(BIN)/python docs/picture.py

# The reference, from the code: not kept in git, so that no page of it is older than the program.
docs: $(TOOLS)
	$(BIN)/python docs/reference.py

# Simulators that tests talk to, and what a lab is made of: installed when we may, named when not.
debian:
	@missing=""; for package in $(DEBIAN); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q "install ok installed" \
	    || missing="$$missing $$package"; done; \
	if [ -z "$$missing" ]; then exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "not installed, the tests that need them are skipped:$$missing"; fi

# What judges rules of Prometheus: taken out of Debian's package, since to install that starts a server.
promtool: $(TOOLS)
	@if [ -x $(PROMTOOL) ] || command -v promtool >/dev/null; then exit 0; fi; \
	into=$$(mktemp -d) && chmod 755 $$into && cd $$into && \
	{ apt-get download -qq prometheus 2>/dev/null || \
	  { apt-get update -qq && apt-get download -qq prometheus; } } && \
	dpkg -x prometheus_*.deb . && install -m 755 usr/bin/promtool $(abspath $(PROMTOOL)) \
	  || echo "no promtool: without it the tests of rules are skipped, and fail in CI"; \
	rm -rf "$$into"

# What reads configurations of routers: out of Debian's packages too, since to install them starts daemons.
vtysh: $(TOOLS)
	@if [ -x $(VTYSH) ]; then exit 0; fi; \
	from=$$(mktemp -d) && chmod 755 $$from && cd $$from && \
	{ apt-get download -qq frr libyang2 libjson-c5 libc-ares2 2>/dev/null || \
	  { apt-get update -qq && apt-get download -qq frr libyang2 libjson-c5 libc-ares2; } } && \
	for package in *.deb; do dpkg -x $$package $(abspath $(VENV))/frr || exit 1; done \
	  || echo "no vtysh: without it the tests of routes are skipped, and fail in CI"; \
	rm -rf "$$from"

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || { [ "$$(id -u)" = 0 ] && apt-get update -qq && \
	  apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(INSTALLED): $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(TOOLS): $(INSTALLED) pyproject.toml
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

clean:
	rm -rf $(VENV) demo dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
