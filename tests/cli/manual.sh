# Manual pages say what --help says, word for word; manual_roff.sh looks at how they are set.
set -eu
. "$(dirname "$0")/helpers"

# words FILE: one a line.
words() { tr -s ' \n' '\n' <"$1" | sed '/^$/d'; }

# text_of FILE: a manual page without requests and escapes.
text_of()
{
    sed -e '/^\.SS/s/^\.SS "\(.*\)"$/\1/' -e '/^\.TP$/d; /^\.nf$/d; /^\.fi$/d; /^\.br$/d; /^\.ti /d; /^\.R[SE]/d; /^\.PP$/d; /^\.SH/d' -e 's/\\f[BIR]//g' \
        -e "s/\\\\(aq/'/g; s/\\\\(dq/\"/g; s/\\\\(ga/\`/g; s/\\\\(ha/^/g; s/\\\\(ti/~/g" -e 's/\\-/-/g; s/\\&//g; s/\\e/\\/g' "$1"
}

commands_of_overview >commands
[ "$(wc -l <commands)" -ge 7 ] || fail "s2s help names too few commands"
expect 0 '' "$S2S" help --man
cp out s2s.1
has s2s.1 '^\.TH "S2S" 1 '
has s2s.1 '^\.SH "EXIT STATUS"$'
has s2s.1 '^\.SH ENVIRONMENT$'
has s2s.1 '^\.B TMPDIR$'
while read -r command; do
    has s2s.1 "^\.BR s2s\\\\-$command (1)\$"
    expect 0 '' "$S2S" help --man "$command"
    cp out page
    has page "^\.TH \"S2S\\\\-$(echo "$command" | tr '[:lower:]' '[:upper:]')\" 1 "
    "$S2S" "$command" --help >help
    sed -n '/^Examples$/,$p' help | sed '/^Examples$/d; /^Output$/d' >expected
    sed -n '/^\.SH EXAMPLES$/,/^\.SH SEE ALSO$/p' page >body
    text_of body >found
    words expected >expected.words
    words found >found.words
    same expected.words found.words "s2s-$command.1 and s2s $command --help differ"
    [ "$(grep -c '^\.TP$' page)" -eq "$(grep -c '^  \(-., \|    \)--' help)" ] || fail "s2s-$command.1: not a paragraph an option"
done <commands

refuse 2 '^s2s: unknown command trian; did you mean train?$' "$S2S" help --man trian
