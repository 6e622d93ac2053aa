# bash completes commands, options, choices, files, folders and models; every option of every command is known
# to the scripts of all three shells.
set -eu
. "$(dirname "$0")/helpers"

# completes 'WORDS' WORD...: completing the last word gives exactly these, in any order.
cat >ask <<'END_OF_ASK'
set -u
. "$SCRIPT"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_s2s
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
END_OF_ASK
completes()
{
    printf '%s\n' "$1" | tr ' ' '\n' | sed '/^$/d' | LC_ALL=C sort >wanted
    shift
    SCRIPT=$PWD/s2s.bash bash ask "$@" 2>complaints | LC_ALL=C sort >given
    [ ! -s complaints ] || { cat complaints >&2; fail "$*: bash complains"; }
    same wanted given "completion of \"$*\""
}

for shell in bash zsh fish; do
    expect 0 '' "$S2S" help --completion $shell
    cp out s2s.$shell
done
refuse 2 '^s2s: --completion: expected bash, zsh or fish, found "csh"$' "$S2S" help --completion csh
refuse 2 '^s2s: --completion: expected bash, zsh or fish, found ""$' "$S2S" help --completion

commands_of_overview >commands
names=$(tr '\n' ' ' <commands)
completes "$names help --help --version" s2s ''
completes 'train' s2s tr
completes "$names" s2s help ''
completes 'bash zsh fish' s2s help --completion ''
while read -r command; do
    options_of "$command" | LC_ALL=C sort >options
    completes "$(tr '\n' ' ' <options)" s2s "$command" -
    sed -n "/^        $command)\$/,/ ;;\$/p" s2s.zsh | sed -n \
        -e "s/^ *'\*'\(--[a-z0-9-]*\).*/\1/p" \
        -e "s/^ *'\*'{\(-.\)+\{0,1\},\(--[a-z0-9-]*\).*/\1\n\2/p" | LC_ALL=C sort >known
    same options known "options of $command and those in the script of zsh"
    grep "__s2s_in $command'" s2s.fish | sed -n \
        -e 's/.* -l \([a-z0-9-]*\) -s \(.\) .*/--\1\n-\2/p; t' \
        -e 's/.* -l \([a-z0-9-]*\) .*/--\1/p' | LC_ALL=C sort >known
    same options known "options of $command and those in the script of fish"
done <commands

mkdir -p runs/first texts
: >texts/a.txt
: >model.s2s
: >'two words.txt'
completes 'char space word bpe unigram' s2s train --src-tokens ''
completes 'char' s2s train --src-tokens = c
completes 'char space word bpe unigram' s2s train --src-tokens =
completes 'f32' s2s predict --precision f
completes 'texts' s2s train --src te
completes 'texts/a.txt' s2s train texts/
completes 'texts/a.txt' s2s train --valid = texts/
completes 'runs texts' s2s train -o ''
completes 'runs texts model.s2s' s2s predict -m ''
completes 'runs/first' s2s inspect runs/
completes '' s2s train --vocab-size ''
completes '--src --src-text --src-tokens --src-subwords' s2s train --overwrite --src
completes '--bidirectional' s2s train --bi
completes '--no-bidirectional' s2s train --no-bi
completes 'texts' s2s predict -m model.s2s -- te
completes '' s2s train -- --sr
completes 'all' s2s bench al
completes '' s2s trian ''
[ "$(SCRIPT=$PWD/s2s.bash bash ask s2s train --train two)" = 'two words.txt' ] || fail "a name with a blank was split"

build_odd
./odd bash >s2s.bash
completes '--file -f --on --no-on --choice --config -c --json --quiet -q --help -h' s2s odd --file x -
