# groff sets every manual page without a warning, and texts come out as they are.
set -eu
. "$(dirname "$0")/helpers"
command -v groff >found.txt || { echo "no groff"; exit 77; }

# sets PAGE: into ./page.txt, 80 columns wide.
sets()
{
    groff -ww -man -Tutf8 -P-cbou "$1" >page.txt 2>warnings || fail "$1: groff failed"
    [ ! -s warnings ] || { cat warnings >&2; fail "$1: groff warns"; }
    if command -v man >found.txt; then
        MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings=w -l "$1" >man.txt 2>warnings || fail "$1: man failed"
        [ ! -s warnings ] || { cat warnings >&2; fail "$1: man warns"; }
    fi
}

"$S2S" help --man >s2s.1
sets s2s.1
has page.txt '^ *s2s - train and use '
has page.txt '^ *s2s-train(1)$'
commands_of_overview >commands
while read -r command; do
    "$S2S" help --man "$command" >page
    sets page
    has page.txt "^ *s2s $command "
    has page.txt '^ *-c, --config FILE$'
    has page.txt '^ *--json '
done <commands

build_odd
./odd >odd.1
sets odd.1
tr -s ' \n' ' ' <page.txt >line
has line "s2s-odd - it's a command"
has line "-f, --file FILE .dot 'single' \"double\" \\\\n back\`tick ^hat ~tilde \[bracket\] a:b \$(x) café – end"
has line "--\[no-\]on 'on unless off (default yes)"
has line '"odd" too --choice NAME one of two (one, two; default one)'
has page.txt "^ *s2s odd 'a\\\\tb'$"
has page.txt '^ *\.\.\.$'
has line " .first line 'second .list end "
