# What the scripts beside this file share: finding a JDK, Debian's packages, and building. Sourced, not run:
#
#   . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
#   need_jdk                    sets JAVA_HOME to a JDK 25 or newer, or says how to get one
#   need_packages $BUILD_PACKAGES $TEST_PACKAGES
#   build                       makes agent/target/netflight.jar and the samples
#
# Whatever is said goes to stderr; stdout belongs to the script.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
NETFLIGHT_JAR=$ROOT/agent/target/netflight.jar
SAMPLES_JAR=$ROOT/samples/target/netflight-samples.jar

# Debian's names of what a build needs, and of the readers that tests and the demo check the results with
BUILD_PACKAGES="clang llvm make gcc libc6-dev binutils libbpf-dev libelf-dev zlib1g-dev libpcap-dev"
TEST_PACKAGES="bpftool tshark tcpdump iproute2 procps util-linux"

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "$*"
    exit 1
}

# Prints the comment at the head of the script that runs: its help.
usage() {
    sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"
}

is_jdk() {
    [[ -x $1/bin/javac && -r $1/release ]] || return 1
    local version
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    [[ ${version:-0} -ge 25 ]]
}

# Sets and exports JAVA_HOME: that of the environment if it is a JDK 25 or newer, else the first one in the usual folders.
need_jdk() {
    local candidate
    for candidate in "${JAVA_HOME:-}" \
        "$(dirname "$(dirname "$(readlink -f "$(command -v javac || echo /none/none)")")")" \
        /usr/lib/jvm/* /opt/* /opt/java/* /usr/local/* /usr/java/* \
        "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.local/share/mise/installs/java/* "$HOME"/.asdf/installs/java/*; do
        if [[ -n $candidate ]] && is_jdk "$candidate"; then
            export JAVA_HOME=$candidate
            return
        fi
    done
    say "No JDK 25 or newer was found: JAVA_HOME is '${JAVA_HOME:-}', and there is none in /usr/lib/jvm, /opt, /usr/local, ~/.sdkman or ~/.jdks."
    say "Get one, for example Temurin, as an archive or as Debian package temurin-25-jdk, from"
    say "    https://adoptium.net/temurin/releases/?version=25"
    say "and unpack it below /usr/lib/jvm, or set JAVA_HOME to where it lies."
    exit 1
}

# Installs those of the given Debian packages that are missing, if this is root; otherwise says the command that does.
need_packages() {
    if ! command -v dpkg-query >/dev/null; then
        need_commands
        return
    fi
    local package missing=()
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    if [[ $EUID -ne 0 ]]; then
        say "These Debian packages are missing. As root:"
        say "    apt-get update && apt-get install --no-install-recommends --yes ${missing[*]}"
        exit 1
    fi
    say "Installing ${missing[*]}"
    local log
    log=$(mktemp)
    # with the package lists as they are, and only if that fails with new ones
    if ! apt_install "${missing[@]}" >"$log" 2>&1; then
        if ! { apt-get update --quiet && apt_install "${missing[@]}"; } >"$log" 2>&1; then
            cat "$log" >&2
            rm -f "$log"
            die "apt-get could not install ${missing[*]}"
        fi
    fi
    rm -f "$log"
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends "$@" </dev/null
}

# Where there is no dpkg, packages have other names: name the commands instead.
need_commands() {
    local command missing=()
    for command in clang llvm-strip make cc ar objcopy bpftool tshark tcpdump ip; do
        command -v "$command" >/dev/null || missing+=("$command")
    done
    [[ ${#missing[@]} -eq 0 ]] || die "This is not Debian, and these commands are missing: ${missing[*]}. Install them," \
        "and libbpf, libelf, zlib and libpcap with headers and static archives (ARCHIVES=folder in bpf/Makefile)."
}

# Runs Maven: the installed one, or else the wrapper, which fetches its own from Maven Central.
maven() {
    local command=mvn
    if ! command -v mvn >/dev/null; then
        command=$ROOT/mvnw
        need_packages ca-certificates curl unzip
    fi
    (cd "$ROOT" && "$command" --batch-mode --no-transfer-progress "$@")
}

# Builds all without running tests; says nothing unless it fails.
build() {
    say "Building (the first time Maven fetches what it needs, which takes some minutes)"
    local log
    log=$(mktemp)
    if ! maven --quiet -DskipTests package >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        die "The build failed."
    fi
    rm -f "$log"
}
