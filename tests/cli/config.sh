# Where options come from: command line, environment, files.
set -eu
. "$(dirname "$0")/helpers"

pairs 60 > pairs.tsv
base="pairs.tsv -o run --overwrite --after 1u --valid-every 0u --dim-emb 4 --dim-hidden 4 -q"

# stored NAME VALUE: what the run was made with.
stored()
{
    has run/config.yaml "^$1: $2\$"
}

printf 'seed: 11\nlearn_rate: 0.5\n' > first.yaml
printf '# a comment\n---\nseed: 12\nbidirectional: false\n...\n' > second.yaml

"$S2S" train $base -c first.yaml
stored seed 11
stored learn-rate 0.5
"$S2S" train $base -c first.yaml --config=second.yaml
stored seed 12
stored learn-rate 0.5
stored bidirectional no
S2S_SEED=13 "$S2S" train $base -c second.yaml
stored seed 13
S2S_SEED=13 "$S2S" train $base --seed 14 -c second.yaml --bidirectional
stored seed 14
stored bidirectional yes
"$S2S" train $base --layer-norm
stored layer-norm yes
refuse 3 '--layer-norm: expected cells rnn, gru or lstm, found --enc-cell lstm-article' \
    "$S2S" train $base --layer-norm --enc-cell lstm-article
"$S2S" train $base --seed=15 --seed 16 --learn_rate 0.25 --no-bidirectional
stored seed 16
stored learn-rate 0.25
stored bidirectional no
S2S_SEED='' "$S2S" train $base
stored seed 1
expect 0 '' env S2S_BEAM_SIZE=3 S2S_ISA=ref "$S2S" train $base
for variable in S2S_SEEED S2S_CONFIG; do
    expect 0 "^s2s train: warning: environment variable $variable: no command has such an option\$" \
        env $variable=3 "$S2S" train $base
    [ "$(wc -l < err)" -eq 1 ] || fail "expected one warning of $variable"
done

# A value that does not win is checked all the same.
printf 'seed: 11\ndropout: 7\n' > range.yaml
refuse 3 '^s2s train: range\.yaml:2: dropout: expected' "$S2S" train $base -c range.yaml
refuse 3 '^s2s train: range\.yaml:2: dropout: expected' "$S2S" train $base -c range.yaml --dropout 0
refuse 2 '^s2s train: --dropout: expected' "$S2S" train $base --dropout 7
refuse 3 'S2S_DROPOUT' env S2S_DROPOUT=7 "$S2S" train $base
refuse 3 'S2S_DROPOUT' env S2S_DROPOUT=7 "$S2S" train $base --dropout 0

# What is not one flat mapping from names to values.
wrong()
{
    printf "$2" > wrong.yaml
    refuse 3 "$1" timeout 10 "$S2S" train $base -c wrong.yaml
}
wrong '^s2s train: wrong\.yaml:3: unknown key lern-rate; did you mean learn-rate?$' '\nseed: 1\nlern-rate: 1\n'
wrong '^s2s train: wrong\.yaml:2: seed was already set on line 1$' 'seed: 1\nseed: 2\n'
wrong '^s2s train: wrong\.yaml:1: seed: expected one value, found a list$' 'seed: [1, 2]\n'
wrong '^s2s train: wrong\.yaml:2: seed: expected one value, found a list$' 'seed:\n  - 1\n'
wrong '^s2s train: wrong\.yaml:1: seed: expected one value, found a map$' 'seed: {a: 1}\n'
wrong '^s2s train: wrong\.yaml:2: dropout: expected one value, found an alias$' 'seed: &a 1\ndropout: *a\n'
wrong 'wrong\.yaml:1: expected "option: value" lines' '[seed]\n'
wrong 'wrong\.yaml:1: expected "option: value" lines' 'seed\n'
wrong 'wrong\.yaml:[0-9]*: ' 'seed: "1\n'
wrong 'wrong\.yaml:1: unknown key config' 'config: other.yaml\n'
wrong 'wrong\.yaml:1: unknown key help' 'help: yes\n'
wrong 'wrong\.yaml:2: expected one document' 'seed: 1\n---\nseed: 2\n'
wrong 'wrong\.yaml: byte 0: ' '\377\377\n'

# Neither deep nesting nor aliases of aliases take time or memory.
awk 'BEGIN { for (i = 0; i < 200000; i++) printf "["; print "" }' > deep.yaml
refuse 3 'deep\.yaml:1: ' timeout 10 "$S2S" train $base -c deep.yaml
awk 'BEGIN { printf "seed: "; for (i = 0; i < 200000; i++) printf "{a: "; print "" }' > deeper.yaml
refuse 3 'deeper\.yaml:1: ' timeout 10 "$S2S" train $base -c deeper.yaml
awk 'BEGIN { print "a: &a0 [x, x]"; for (i = 1; i < 60; i++) printf "b%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1 }' > bomb.yaml
refuse 3 'bomb\.yaml:1: ' timeout 10 "$S2S" train $base -c bomb.yaml

refuse 3 '^s2s train: none\.yaml: No such file or directory$' "$S2S" train $base -c none.yaml
refuse 3 '^s2s train: \.: Is a directory$' "$S2S" train $base -c .
: > empty.yaml
expect 0 '' "$S2S" train $base -c empty.yaml
printf 'seed: ~\nlearn-rate:\n' > unset.yaml
expect 0 '' "$S2S" train $base -c unset.yaml
stored seed 1

# The configuration that a run stores makes the same run again, quotes, line breaks of YAML and all.
odd=$(printf 'odd "name" \\\t\033\177\302\205\302\233\342\200\250\342\200\251\357\273\277\357\277\277.tsv')
cp pairs.tsv "$odd"
"$S2S" train "$odd" -o run --overwrite --after 3u --valid-every 0u --dim-emb 4 --dim-hidden 6 -q \
    --enc-cell gru --learn-rate 0.0123 --seed 77 --tgt-tokens word --target-metric 0.001
cp run/config.yaml kept.yaml
"$S2S" train -c run/config.yaml -o again -q
sed 's/^output: .*/output: "again"/' kept.yaml > wanted.yaml
same again/config.yaml wanted.yaml "config.yaml does not survive its own reading"
same again/model.s2s run/model.s2s "the same configuration gave another model"
expect 0 '' "$S2S" train -c again/config.yaml --after 4u -q
refuse 3 '^s2s train: --output: expected UTF-8, found byte 0xff at byte offset 1$' \
    "$S2S" train pairs.tsv -q -o "$(printf 'x\377y')"

# Options of one command are unknown to another.
printf 'beam-size: 3\n' > search.yaml
expect 0 '' "$S2S" predict -m run -c search.yaml
refuse 3 'search\.yaml:1: unknown key beam-size' "$S2S" train $base -c search.yaml
