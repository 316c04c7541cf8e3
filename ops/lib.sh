# Sourced by ./holdfast and by the programs in this folder, which set: root, the checkout; program, what
# messages are led by.

# How a program ends that could not be started: there is no JDK or Maven, or its build failed. No program
# that was started ends so.
# shellcheck disable=SC2034 # who sources this reads it
NOT_STARTED=4

is_25() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -f "$1/release" ] &&
    grep -q '^JAVA_VERSION="25[".]' "$1/release"
}

# A JDK 25: JAVA_HOME, then the java on the PATH, then where Debian and others put them.
find_java() {
  if [ -n "${JAVA_HOME:-}" ] && is_25 "$JAVA_HOME"; then
    echo "$JAVA_HOME/bin/java"
    return 0
  fi
  if onpath=$(command -v java 2> /dev/null); then
    home=$(dirname "$(dirname "$(readlink -f "$onpath")")")
    if is_25 "$home"; then
      echo "$home/bin/java"
      return 0
    fi
  fi
  for home in /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
    if is_25 "$home"; then
      echo "$home/bin/java"
      return 0
    fi
  done
  cat >&2 << END
$program: no JDK 25 was found: not in JAVA_HOME, not as java on the PATH, not under /usr/lib/jvm.
Install one, for example from https://adoptium.net (on Debian: temurin-25-jdk), or set JAVA_HOME to it.
END
  return 1
}

# Whether a module's stamp is older than the sources that it is built from, or not there at all.
stale() {
  [ ! -f "$1" ] || [ -n "$(
    # shellcheck disable=SC2086 # words are meant
    cd "$root" && find $2 -name target -prune -o \
      \( -path '*/src/main/*' -o -name pom.xml \) -type f -newer "$1" -print | head -n 1
  )" ]
}

# Builds module $1 where one of its sources $2 (folders and files, in words) is newer than it is. Its
# class path is then $1/target/lib.
build_if_stale() {
  # HOLDFAST_BUILD=no: run what is there, such as what a build under way has just made.
  if [ "${HOLDFAST_BUILD:-yes}" = no ]; then
    return 0
  fi
  stamp=$root/$1/target/holdfast.stamp
  if ! stale "$stamp" "$2"; then
    return 0
  fi
  if ! command -v mvn > /dev/null 2>&1; then
    echo "$program: Maven is needed to build. Install it (on Debian: apt-get install maven)." >&2
    return 2
  fi
  echo "$program: building $1; the first time takes a few minutes ..." >&2
  mkdir -p "$root/$1/target"
  began=$root/$1/target/holdfast.began
  : > "$began"
  log=$root/$1/target/holdfast.log
  # The benchmarks measure with fixtures of the tests; nothing else needs them built.
  tests=-Dmaven.test.skip=true
  if [ "$1" = tests/bench ]; then
    tests=-DskipTests
  fi
  if ! (cd "$root" && mvn -q -B -ntp -Dquick "$tests" -pl "$1${3:-}" -am package) > "$log" 2>&1; then
    grep ERROR "$log" | head -n 20 >&2 || true
    echo "$program: the build failed; all of what it said is in $log" >&2
    return 1
  fi
  # The time before the build: what was changed meanwhile is built the next time.
  mv "$began" "$stamp"
}

# The demo's programs leave archives of their classes as they end (JEP 350), by which they start faster
# the next time. Only those of a story told to its end are worth it: removes what a build, a story cut
# short or a killed program has left.
forget_poor_archives() {
  told=$root/ops/quickstart/target/told
  poor=
  if [ ! -f "$told" ] || [ -n "$(
    cd "$root" && find ops/quickstart/target/lib enclave-agent/enclave/target/lib \
      enclave-agent/infrastructure/target/lib -newer "$told" -print | head -n 1
  )" ]; then
    poor=yes
  fi
  for one in "$root"/ops/quickstart/target/*.jsa "$root"/enclave-agent/*/target/*.jsa; do
    # A whole one begins with this number; it is written last.
    if [ -f "$one" ] && [ "$(od -An -N4 -tx4 "$one")" != " f00baba8" ]; then
      poor=yes
    fi
  done
  if [ -n "$poor" ]; then
    rm -f "$told" "$root"/ops/quickstart/target/*.jsa "$root"/enclave-agent/*/target/*.jsa
  fi
}
