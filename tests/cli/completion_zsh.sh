# zsh reads its completion, and takes the options of every command for ones of _arguments.
set -eu
. "$(dirname "$0")/helpers"
command -v zsh >found.txt || { echo "no zsh"; exit 77; }
HOME=$PWD
export HOME

# accepts COMMAND: calls the completion with functions of the system that print what they are given.
cat >ask <<'END_OF_ASK'
compdef() { : }
source $PWD/script.zsh
_describe() { print -rl -- $commands }
_arguments() {
    if [[ $1 == -C ]]; then state=$asked; words=($command); else print -rl -- "$@"; fi
}
asked=$1 command=$2
_s2s
END_OF_ASK

"$S2S" help --completion zsh >script.zsh
zsh -n script.zsh
zsh -f ask command '' >given
has given '^train:learn a model '
zsh -f ask arguments train >given
has given '^\*--src-tokens=\[what a token of the source is\\: a character, .*\]:NAME:(char space word '
has given '^\*-o+\[run folder .*\]:FOLDER:_files -/$'
has given '^\*--output=\[run folder .*\]:FOLDER:_files -/$'
has given '^\*--no-bidirectional\[off\\: the encoder reads both ways.*\]$'
has given '^\*:FILE:_files$'

build_odd
./odd zsh >script.zsh
zsh -n script.zsh
zsh -f ask arguments odd >given
has given "^\*--file=\[\.dot 'single' \"double\" \\\\\\\\n back\`tick .* \\\\\[bracket\\\\\] a\\\\:b \$(x) café – end\]:FILE:_files\$"
zsh -f ask command '' >given
has given "^odd:it's a command\$"
