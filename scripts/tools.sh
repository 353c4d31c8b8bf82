#!/bin/sh
# Installs what the tests run against, when it is missing: a Redis server, PostgreSQL, pgbouncer, a
# proxy and a browser. Nothing is started here: the tests start their own and stop them.
set -u

missing=""
command -v redis-server >/dev/null || missing="$missing redis-server"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing="$missing postgresql"
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="$missing chromium"
[ -z "$missing" ] && exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
	as_root="sudo -n"
	[ -t 0 ] && as_root="sudo" # someone is there to type a password
fi
if command -v apt-get >/dev/null && { [ -z "$as_root" ] || $as_root true 2>/dev/null; }; then
	echo "installing:$missing"
	if $as_root apt-get update -qq >/dev/null &&
		$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
		exit 0
	fi
	echo "apt-get could not install:$missing" >&2
fi
cat >&2 <<END
Some tests will be skipped, since these are missing:$missing
  Debian, Ubuntu   sudo apt-get install$missing
  Fedora           sudo dnf install redis postgresql-server pgbouncer nginx chromium
  macOS            brew install redis postgresql pgbouncer nginx; brew install --cask chromium
END
exit 0
