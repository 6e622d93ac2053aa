# Festival's CMUdict -> train.tsv, dev.tsv, test.tsv in the folder `out`.
#
#   in    ("adverse" nil (((ae d) 0) ((v er s) 1)))
#   out   adverse<TAB>AE0 D V ER1 S        vowels carry the stress of their syllable
#
# A word goes to one file with all its pronunciations, and with its possessive: the choice hangs on a hash of
# the word without 's.  test and dev, about 2 % and 1 % of the words, have one line a word, further
# pronunciations behind further tabs; train has one line a pronunciation.
BEGIN {
    for (i = 1; i < 256; i++)
        code[sprintf("%c", i)] = i
    vowel = "^(aa|ae|ah|ao|aw|ax|ay|eh|er|ey|ih|iy|ow|oy|uh|uw)$"
}

function hash(text,    i, h) {
    h = 7
    for (i = 1; i <= length(text); i++)
        h = (h * 31 + code[substr(text, i, 1)] + i) % 1000003
    return h
}

# "((ae d) 0) ((v er s) 1)" -> "AE0 D V ER1 S"
function phones(syllables,    n, parts, i, words, m, j, stress, result) {
    n = split(syllables, parts, /\) *\)* *\(*/)
    result = ""
    for (i = 1; i + 1 <= n; i += 2) {
        stress = parts[i + 1]
        gsub(/[^0-9]/, "", stress)
        m = split(parts[i], words, " ")
        for (j = 1; j <= m; j++) {
            gsub(/[()]/, "", words[j])
            result = result (result == "" ? "" : " ") toupper(words[j]) (words[j] ~ vowel ? stress : "")
        }
    }
    return result
}

function file_of(word,    stem, h) {
    stem = word
    sub(/'s$/, "", stem)
    h = hash(stem) % 100
    return h < 2 ? "test" : h < 3 ? "dev" : "train"
}

/^\("[^"]+" / {
    word = substr($1, 3, length($1) - 3)
    line = $0
    sub(/^[^ ]+ [^ ]+ /, "", line)
    spoken = phones(line)
    if (spoken == "" || seen[word, spoken]++)
        next
    if (!(word in all))
        order[++n_words] = word
    all[word] = all[word] "\t" spoken
}

END {
    for (i = 1; i <= n_words; i++) {
        word = order[i]
        file = file_of(word)
        if (file == "train") {
            n = split(substr(all[word], 2), variants, "\t")
            for (j = 1; j <= n; j++)
                print word "\t" variants[j] > (out "/train.tsv")
        } else {
            print word all[word] > (out "/" file ".tsv")
        }
    }
}
