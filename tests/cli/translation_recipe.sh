# The recipe for descriptions of packages, without a network: what becomes pairs, in which file; what is refused.
set -eu
. "$(dirname "$0")/helpers"
export S2S
recipe=$source/recipes/translation

# package NUMBER DIGITS: begins a description, whose digest has the number and ends with the digits, which choose
# the file: test below 0400, dev below 0800, else train.
train=0800
package()
{
    printf 'Package: some\nDescription-md5: %028d%s\n' "$1" "$2"
}

# en TITLE, it TITLE: go on with the title, and with lines of text from standard input.
en() { printf 'Description-en: %s\n' "$1"; sed 's/^/ /'; }
it() { printf 'Description-it: %s\n' "$1"; sed 's/^/ /'; }

# align: from ./descriptions to the files of the folder ./made.
align()
{
    rm -rf made
    mkdir made
    LC_ALL=C awk -v out=made -f "$recipe/align-descriptions.awk" descriptions || fail "awk: exit status $?"
    touch made/train.tsv made/dev.tsv made/test.tsv
}

# becomes FILE WHAT: the file has the pairs of standard input, "source = target", and no others.
becomes()
{
    sed 's/ = /\t/' > expected
    same expected "$1" "$2"
}

# ---- titles, paragraphs, sentences, items ----
{
    package 1 $train
    en 'Useful  tools' <<'END'
This package has tools.  They need Perl, e.g. Version 5, of
E. Xample.  See the manual (if any).
.
It has:
 * a hammer. A heavy one,
   of steel
 * a saw
.
One sentence here.
.
   $ some command
END
    package 1 $train
    it 'Attrezzi utili' <<'END'
Questo pacchetto ha attrezzi. Richiedono Perl, per es. Versione 5, di E.
Xample. Si veda il manuale (se esiste).
.
Contiene:
 - un martello. Uno
   pesante, di acciaio
 - una sega
.
Qui ci sono. Due frasi.
.
   $ un comando
END
} > descriptions
align
becomes made/train.tsv "sentences and items" <<'END'
Useful tools = Attrezzi utili
This package has tools. = Questo pacchetto ha attrezzi.
They need Perl, e.g. Version 5, of E. Xample. = Richiedono Perl, per es. Versione 5, di E. Xample.
See the manual (if any). = Si veda il manuale (se esiste).
It has: = Contiene:
a hammer. = un martello.
A heavy one, of steel = Uno pesante, di acciaio
a saw = una sega
END

# ---- files ----
# both NUMBER DIGITS TITLE SENTENCE ITALIAN: a description, to the files ./english and ./italian.
both()
{
    { package "$1" "$2"; echo "$4" | en "English $3"; } >> english
    { package "$1" "$2"; echo "$5" | it "Italiano $3"; } >> italian
}
both 1 0000 'first' 'This library sings.' 'Questa libreria canta.'
both 2 ffff 'second' 'This library sings.' 'Questa libreria canta bene.'
both 3 fffe 'third' 'This one is another.' 'Questa libreria canta bene.'
both 4 03ff 'fourth' 'Alone in the test.' 'Sola nel test.'
both 5 0400 'fifth' 'First of dev.' 'Prima di dev.'
both 6 07ff 'sixth' 'Last of dev.' 'Ultima di dev.'
both 7 0800 'seventh' 'First of train.' 'Prima di train.'
cat english italian > descriptions
align
becomes made/test.tsv "a family that is named by its least digest, and one alone" <<'END'
English first = Italiano first
This library sings. = Questa libreria canta.
English second = Italiano second
English third = Italiano third
This one is another. = Questa libreria canta bene.
English fourth = Italiano fourth
Alone in the test. = Sola nel test.
END
becomes made/dev.tsv "digests of dev" <<'END'
English fifth = Italiano fifth
First of dev. = Prima di dev.
English sixth = Italiano sixth
Last of dev. = Ultima di dev.
END
becomes made/train.tsv "a digest of train" <<'END'
English seventh = Italiano seventh
First of train. = Prima di train.
END

# Set phrases make no family, and stay in one file: a source of 22 descriptions, and a target of 22 others.
rm -f english italian
i=10
for letter in {a..v}; do
    digits=$(printf '%04x' $(((i - 9) * 96)))
    both $i "$digits" "$letter$letter" 'Homepage: on the web.' "Pagina $letter: sul web."
    both $((i + 50)) "$digits" "$letter-$letter" "Number $letter of a set." 'Uno della serie.'
    i=$((i + 1))
done
cat english italian > descriptions
align
for part in train dev test; do
    [ -s made/$part.tsv ] || fail "expected set phrases not to unite all descriptions in one file"
    for side in 1 2; do
        cut -f $side made/$part.tsv | tr -dc 'a-zA-Z\n' | tr '[:upper:]' '[:lower:]' | sort -u > $part.$side
    done
done
for side in 1 2; do
    sort train.$side dev.$side test.$side | uniq -d > twice
    [ ! -s twice ] || fail "sentences that are in two files: $(cat twice)"
done
has made/train.tsv '^Homepage: on the web\.'
has made/train.tsv 'Uno della serie\.$'

# ---- what is left out ----
{
    package 1 $train
    en 'Good' < /dev/null
    package 2 $train
    printf 'Description-en: A\ttab\n CR at its end.\r\n .\r\n Latin \351 here.\n .\n Overlong \300\257 here.\n .\n'
    printf ' Same in both.\n .\n Two.\n .\n -- 12 --\n .\n Caf\303\251 open.\n'
    printf 'Package: some\n'
    en 'No digest' < /dev/null
    printf 'Package: some\nDescription-md5: zz\n'
    en 'No such digest' < /dev/null
    package 1 $train
    it 'Buono' < /dev/null
    package 2 $train
    printf 'Description-it: Un\ttab\n CR in fondo.\r\n .\r\n Latino e qui.\n .\n Di troppo qui.\n .\n'
    printf ' Same in both.\n .\n Un testo che non pu\303\262 essere la traduzione, tanto lungo.\n .\n -- 12 --\n .\n'
    printf ' Caff\303\250 aperto.\n'
    printf 'Package: some\n'
    it 'Senza' < /dev/null
    printf 'Package: some\nDescription-md5: zz\n'
    it 'Nessuno' < /dev/null
    package 3 $train
    it 'Sconosciuto' < /dev/null
    package 1 $train
    it 'Ancora' < /dev/null
    printf 'Description-fr: Bon\n no language of ours.\n'
} > descriptions
align
becomes made/train.tsv "hostile lines" <<END
Good = Buono
A tab = Un tab
CR at its end. = CR in fondo.
Caf$(printf '\303\251') open. = Caff$(printf '\303\250') aperto.
END
[ ! -s made/dev.tsv ] || fail "expected nothing for dev"
head -c 100000 "$S2S" > descriptions
align
[ ! -s made/train.tsv ] || fail "expected no pairs in a program"

# ---- the scripts ----
refuse 1 '^get-descriptions: expected a folder: ' "$recipe/get-descriptions"
refuse 1 '^get-descriptions: expected a folder: ' "$recipe/get-descriptions" one two
refuse 1 '^descriptions: expected two folders: ' "$recipe/descriptions" data
refuse 1 '^pairs: expected a file and two folders: ' "$recipe/pairs" "$recipe/tatoeba.yaml" data
mkdir bin
ln -s "$(command -v dirname)" bin/dirname
refuse 1 '^get-descriptions: expected apt-get, found none$' env PATH="$PWD/bin" "$recipe/get-descriptions" data
[ ! -e data ] || fail "expected nothing of a script that failed"

mkdir data
for part in train dev test; do
    pairs 100 > data/$part.tsv
done
expect 0 '' "$recipe/descriptions" data run --vocab-size 270 --after 1u --dim-emb 8 --dim-hidden 16 --threads 1 --quiet
has out '^BLEU'
[ "$(grep -c '^[=>] ' out)" -eq 2 ] || fail "expected a reference and an output: $(cat out)"
