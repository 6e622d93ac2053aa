# fish completes commands, options with their help, choices, files, folders and models.
set -eu
. "$(dirname "$0")/helpers"
command -v fish >found.txt || { echo "no fish"; exit 77; }
HOME=$PWD
export HOME

# completes LINE: into ./given, "word<TAB>description" one a line.
completes() { fish -c 'source script.fish; complete -C $argv[1]' "$1" >given || fail "fish does not complete \"$1\""; }

"$S2S" help --completion fish >script.fish
fish --no-execute script.fish
mkdir runs texts
: >texts/a.txt
: >model.s2s
completes 's2s '
has given '^train	learn a model '
has given '^help$'
completes 's2s train --src-tok'
has given '^--src-tokens	what a token of the source is'
completes 's2s train --no-bi'
has given '^--no-bidirectional	off: the encoder reads both ways'
completes 's2s train --src-tokens '
[ "$(cut -f 1 given | tr '\n' ' ')" = 'bpe char space unigram word ' ] || fail "choices: $(cat given)"
completes 's2s train --src texts/'
has given '^texts/a.txt'
completes 's2s train -o '
has given '^runs/'
! grep -q model.s2s given || fail "a file where a folder is meant"
completes 's2s predict -m '
has given '^model.s2s'
has given '^runs/'
completes 's2s help --completion '
[ "$(cut -f 1 given | tr '\n' ' ')" = 'bash fish zsh ' ] || fail "shells: $(cat given)"

build_odd
./odd fish >script.fish
fish --no-execute script.fish
completes 's2s odd --fi'
has given "^--file	\.dot 'single' \"double\" \\\\n back\`tick .* \$(x) café – end"
completes 's2s '
has given "^odd	it's a command"
