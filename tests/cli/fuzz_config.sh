# Hostile configuration files: an error in one line, soon, and never a crash.  The data is missing, so that a
# file which happens to be good ends in an error too.
set -eu
. "$(dirname "$0")/helpers"
export LC_ALL=C

n_files=0

# hostile NAME: the file hostile.yaml is refused.
hostile()
{
    n_files=$((n_files + 1))
    status=0
    timeout 10 "$S2S" train none.tsv -o run --threads 1 -q -c hostile.yaml > out 2> err || status=$?
    case $status in
    3 | 4) ;;
    *) cat err >&2; fail "$1: expected exit status 3 or 4, found $status" ;;
    esac
    [ "$(wc -l < err)" -eq 1 ] || { cat err >&2; fail "$1: expected one line of message"; }
    [ "$(wc -c < err)" -le 400 ] || fail "$1: a message of $(wc -c < err) bytes"
    ! tr -d '\n' < err | grep -q '[[:cntrl:]]' || fail "$1: control characters in the message"
    [ ! -e run ] || fail "$1: a run folder was made"
}

text()
{
    printf "$1" > hostile.yaml
    hostile "$1"
}

repeat() { awk -v n="$1" -v what="$2" 'BEGIN { while (n-- > 0) printf "%s", what }'; }

# ---- by hand ----

text 'a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n'
text '&a a: *a\n'
text '*a : 1\n'
text 'seed: *none\n'
text 'seed: &a [*a]\n'
text '<<: {seed: 1}\n'
text '? [seed]\n: 1\n'
text '? seed\n? seed\n'
text '"seed\\0": 1\n'
text '"seed\\0": 1\nseed: 1\n'
text 'seed: "1\\0"\n'
text '"\\x1b[2Jseed": 1\n'
text 'seed: "\\x1b[2J"\n'
text 'seed: "\\ud800"\n'
text 'seed: !!python/object/apply:os.system ["true"]\n'
text 'seed: !!binary "////"\n'
text '!!map {seed: 1x}\n'
text '%%YAML 9.9\n---\nseed: 1\n'
text '%%TAG ! tag:%%%%%%\n---\nseed: 1\n'
text 'seed: 1\n...\nseed: 2\n'
text '\tseed: 1\n'
text 'seed: 1\n  dropout: 2\n'
text 'seed: |\n  1\n 2\n'
text 'seed: 99999999999999999999\n'
text 'learn-rate: nan\n'
text 'learn-rate: 1e400\n'
text 'dropout: -inf\n'
text 'after: 1e308e\n'
text 'after: -1u\n'
text '{seed: 1, seed: 2}\n'
text '{seed: 1'
text '[[[[[['
text '}'
text '\0\0\0\0'
text 'seed: 1\0\n'
text '\377\376s\0e\0e\0d\0'
text '\376\377\0s\0e'
text '\357\273\277\357\273\277seed: 1\n'
text 'seed: \300\200\n'
text 'threads: 257\n'
text 'output: ""\nseed: x\n'
text '%%s%%n%%s%%n: %%s%%n\n'

{ repeat 1000000 x; echo ": 1"; } > hostile.yaml
hostile 'a key of 1 MB'
{ printf 'seed: '; repeat 1000000 9; echo; } > hostile.yaml
hostile 'a number of 1 MB'
{ printf 'seed: "'; repeat 250000 '\x1b'; echo '"'; } > hostile.yaml
hostile 'a text of 250,000 escapes'
{ echo 'seed: >'; repeat 100000 '
 x'; echo; } > hostile.yaml
hostile 'a folded text of 100,000 lines'
repeat 100000 '- ' > hostile.yaml
hostile 'lists in lists'
repeat 100000 '? ' > hostile.yaml
hostile 'keys in keys'
{ printf 'seed: '; repeat 100000 '['; } > hostile.yaml
hostile 'brackets in brackets'
repeat 100000 'seed: 1
' > hostile.yaml
hostile 'one key 100,000 times'
repeat 100000 '# nothing
' > hostile.yaml
hostile 'nothing but comments'
repeat 100000 '---
' > hostile.yaml
hostile '100,000 documents'
head -c 100000 /dev/zero > hostile.yaml
hostile 'nothing but NUL'
head -c 100000 "$S2S" > hostile.yaml
hostile 'a program'

# ---- by chance ----

cat > good.yaml <<'END'
# a file with one of everything
seed: 11
dim-emb: 8
learn_rate: 0.5
bidirectional: no
enc-cell: "lstm"
attention: 'additive'
after: 20e
optimizer: >-
  adam
...
END
seed=${SEED:-$$}
for mutant in $(seq 40); do
    od -An -v -tu1 good.yaml | awk -v seed="$((seed * 100 + mutant))" '
        { for (i = 1; i <= NF; i++) byte[n++] = $i }
        END {
            srand(seed)
            n_special = split("9 10 33 34 35 37 38 39 42 44 45 58 62 63 64 91 92 93 96 123 124 125", special, " ")
            for (edits = 1 + int(rand() * 4); edits > 0; edits--) {
                at = int(rand() * n)
                if (rand() < 0.3)
                    byte[at] = int(rand() * 256)
                else if (rand() < 0.5)
                    byte[at] = byte[int(rand() * n)]
                else
                    byte[at] = special[1 + int(rand() * n_special)]
            }
            for (i = 0; i < n; i++)
                printf "\\%03o", byte[i]
        }' > octal
    printf "$(cat octal)" > hostile.yaml
    hostile "seed $seed, mutant $mutant"
done
echo "seed $seed: $n_files files refused"
