# What quickstart and check share. Sourced by bash from the top folder of the repository, with
# `program` set to the caller's name. Everything fails with one line that says why.

die() {
  echo "$program: $*" >&2
  exit 1
}

step() { printf '\n== %s\n' "$*"; }

parse_arguments() {
  install=yes
  while [ $# -gt 0 ]; do
    case $1 in
      --no-install) install=no ;;
      -h | --help)
        usage
        exit 0
        ;;
      *) die "unknown argument '$1'; see ./$program --help" ;;
    esac
    shift
  done
}

is_debian() {
  [ -r /etc/os-release ] && [ -n "$(command -v dpkg-query)" ] &&
    [ "$(. /etc/os-release && echo "${ID:-}")" = debian ]
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Prints, for each line of scripts/packages that nothing installed satisfies, one package to install.
missing_packages() {
  local line name choice
  while read -r line; do
    choice=
    for name in ${line//|/ }; do
      if installed "$name"; then continue 2; fi
      if [ -z "$choice" ] && apt-cache show "$name" >/dev/null 2>&1; then choice=$name; fi
    done
    echo "${choice:-${line%% *}}"
  done < <(grep -v '^ *\(#\|$\)' scripts/packages)
}

install_packages() {
  if ! is_debian; then
    [ "$install" = no ] && return  # whoever says so brings the libraries otherwise; cmake checks
    die "needs Debian 12 (this is $(. /etc/os-release 2>/dev/null; echo "${PRETTY_NAME:-another system}")); with the libraries of scripts/packages in place, use --no-install"
  fi
  local missing
  missing=$(missing_packages | tr '\n' ' ')
  [ -z "$missing" ] && return
  if [ "$install" = no ]; then
    die "missing packages: ${missing% }; run without --no-install, or: apt-get install $missing"
  fi
  local sudo=
  if [ "$(id -u)" -ne 0 ]; then
    [ -n "$(command -v sudo)" ] || die "needs root to install packages: $missing"
    sudo=sudo
  fi
  step "Installing Debian packages: $missing"
  mkdir -p build
  $sudo apt-get update >build/apt.log 2>&1 ||
    die "apt-get update failed: $(tail -n 1 build/apt.log) (all of it: build/apt.log)"
  missing=$(missing_packages | tr '\n' ' ')  # the lists are fresh now
  # shellcheck disable=SC2086
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing \
    >>build/apt.log 2>&1 ||
    die "apt-get install failed: $(grep '^E:' build/apt.log | head -n 1) (all of it: build/apt.log)"
}

# build_release [TARGET...]: configures where needed and builds.
build_release() {
  step "Building build/release (a few minutes the first time)"
  if [ ! -f build/release/build.ninja ]; then
    mkdir -p build
    cmake --preset release >build/configure.log 2>&1 ||
      die "cmake failed: $(grep -A 3 'CMake Error' build/configure.log | tr '\n' ' ') (all of it: build/configure.log)"
  fi
  cmake --build --preset release ${1:+--target "$@"} || die "the build failed; see above"
}
