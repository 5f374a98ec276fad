# shellcheck shell=bash
# What the scripts beside it share; sourced by them, from the root of the workspace.
# What is installed is under target/tools (.ci/venv, .ci/npm), what is built under target/e2e.

shopt -s inherit_errexit
e2e=$PWD/target/e2e
build=$e2e/build  # Not .aws-sam/build, which may hold somebody's build for arm64.
export SAM_CLI_TELEMETRY=0 PYTHONDONTWRITEBYTECODE=1

step() { printf '\n==> %s  [%d s]\n' "$*" "$SECONDS"; }

# Ends the script where something that it cannot install is missing: an error in CI, elsewhere not.
missing() {
    if [ "${CI:-}" = true ]; then
        echo "error: $*" >&2
        exit 1
    fi
    echo "skipped: $*"
    exit 0
}

needs() {
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || missing "there is no \`$command\` here"
    done
}

needs_python() {
    needs python3
    python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
        missing 'Python 3.10 or later, with its venv module, is not here'
}

# Functions are Linux programs for one of Lambda's two processors.
architecture() {
    case "$(uname -sm)" in
        'Linux x86_64') echo x86_64 ;;
        'Linux aarch64') echo arm64 ;;
        *) return 1 ;;
    esac
}

# Runs a command in a process group of its own. Whatever ends this script ends that group, and waits for it.
group=
in_group() {
    local status=0
    set -m
    "$@" </dev/null &
    group=$!
    set +m
    wait "$group" || status=$?
    group=
    return "$status"
}

end_group() {
    [ -n "$group" ] || return 0
    kill -TERM -- "-$group" 2>/dev/null || true
    wait "$group" || true
}
trap end_group EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Builds the five functions as `sam deploy` and `sam local invoke` take them, with the tools of a virtual environment.
sam_build() {
    local venv=$1 architecture=$2 lambda=(cargo lambda build --release)
    [ "$architecture" = x86_64 ] || lambda+=("--$architecture")
    # All five at once, as each is linked on one processor; `sam build`, one after the other, finds them built.
    in_group env PATH="$venv/bin:$PATH" "${lambda[@]}"
    in_group env PATH="$venv/bin:$PATH" \
        sam build --build-dir "$build" --parameter-overrides "Architecture=$architecture"
}

is_built() {
    [ -e "$build/template.yaml" ] || { echo 'error: nothing was built yet, so nothing to skip' >&2; exit 1; }
}

# Unpacks the archive of a release with its functions; TEMPLATE is its template then.
unpack() {
    local function
    rm -rf "$e2e/archive"
    python3 -m zipfile -e "$1" "$e2e/archive"
    TEMPLATE=$(ls "$e2e"/archive/*/template.yaml)
    for function in "${TEMPLATE%/*}"/functions/*.zip; do
        python3 -m zipfile -e "$function" "${function%.zip}"
    done
}
