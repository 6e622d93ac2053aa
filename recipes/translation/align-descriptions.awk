# Debian's package descriptions, Translation-en and then Translation-it -> train.tsv, dev.tsv and test.tsv in
# the folder `out`.
#
#   in    Package: sl                                             out   English title<TAB>Italian title
#         Description-md5: 9d19...                                      English sentence<TAB>Italian sentence
#         Description-en: Correct you if you type `sl' by mistake
#          A line of a paragraph.
#          .
#           * an item
#
# A description is a title and paragraphs, a paragraph its text and its items.  They are paired in order, then
# their sentences, wherever both languages have as many; indented text that is no item, mostly commands and
# tables, is left out.
#
# Sentences are compared by their letters.  No source and no target of one file is in another: a sentence that
# two files might have stays in the first of train, test and dev.  Descriptions that share a sentence, if few
# others have it, are a family (foo, foo-dev, foo-doc), which goes to one file as a whole, the one that a digest
# of its descriptions names.
BEGIN {
    few = 20        # a sentence of more descriptions than this is a set phrase and makes no family
    too_many = 100  # a family of more descriptions than this is training data, whatever its digest
    share = 1 / 64  # of the other families, to test and to dev each
    # A sentence begins with, among others, À to Þ, « and a left double quotation mark, byte by byte.
    upper = "^[\"'(]*([A-Z0-9]|\303[\200-\236]|\302\253|\342\200\234)"
    abbreviation = "(^|[ (])([A-Z]|e\\.g|i\\.e|vs|cf|es)\\. $"
    # Characters of one to four bytes: no overlong forms, no surrogates, none above U+10FFFF.
    utf8 = "^([\001-\177]|[\302-\337][\200-\277]|\340[\240-\277][\200-\277]|" \
        "[\341-\354\356\357][\200-\277][\200-\277]|\355[\200-\237][\200-\277]|" \
        "\360[\220-\277][\200-\277][\200-\277]|[\361-\363][\200-\277][\200-\277][\200-\277]|" \
        "\364[\200-\217][\200-\277][\200-\277])*$"
    n_pairs = n_descriptions = 0
}

# Half as long as the other side, with some play for short ones, is not its translation.
function same_length(a, b) {
    return length(a) <= 2 * length(b) + 20 && length(b) <= 2 * length(a) + 20
}

function letters(text) {
    text = tolower(text)
    gsub(/[^a-z\200-\377]+/, "", text)
    return text
}

function add_pair(en, it,    source, target) {
    source = letters(en)
    target = letters(it)
    if (source == "" || target == "" || source == target || !same_length(en, it) || en !~ utf8 || it !~ utf8)
        return
    n_pairs++
    text[n_pairs] = en "\t" it
    key["source", n_pairs] = source
    key["target", n_pairs] = target
    description[n_pairs] = n_descriptions
}

function single_blanks(text) {
    gsub(/[ \t]+/, " ", text)
    gsub(/^ | $/, "", text)
    return text
}

# Cuts a text behind full stops that an upper-case letter or a digit follows; returns how many sentences.
function split_sentences(text, sentences,    n, i, pieces, n_sentences) {
    text = single_blanks(text)
    gsub(/[.!?]["')]* /, "&\n", text)
    n = split(text, pieces, "\n")
    n_sentences = 0
    for (i = 1; i <= n; i++) {
        if (n_sentences > 0 && (pieces[i] !~ upper || sentences[n_sentences] ~ abbreviation))
            sentences[n_sentences] = sentences[n_sentences] pieces[i]
        else
            sentences[++n_sentences] = pieces[i]
    }
    for (i = 1; i <= n_sentences; i++)
        sub(/ $/, "", sentences[i])
    return n_sentences
}

function align_part(en, it,    en_sentences, it_sentences, n, i) {
    n = split_sentences(en, en_sentences)
    if (split_sentences(it, it_sentences) == n)
        for (i = 1; i <= n; i++)
            add_pair(en_sentences[i], it_sentences[i])
}

function align_paragraph(en, it,    en_parts, it_parts, n, i) {
    n = split(en, en_parts, "\n")
    if (split(it, it_parts, "\n") == n)
        for (i = 1; i <= n; i++)
            align_part(en_parts[i], it_parts[i])
}

function align_body(en, it,    en_paragraphs, it_paragraphs, n, i) {
    n = split(en, en_paragraphs, "\f")
    if (split(it, it_paragraphs, "\f") == n)
        for (i = 1; i <= n; i++)
            align_paragraph(en_paragraphs[i], it_paragraphs[i])
}

function end_description() {
    if (md5 == "")
        language = "" # one without a digest belongs to nothing
    if (language == "en" && !(md5 in en_title)) {
        en_title[md5] = title
        en_body[md5] = body
    } else if (language == "it" && (md5 in en_title) && !(md5 in aligned)) {
        aligned[md5]
        digest[++n_descriptions] = md5
        add_pair(en_title[md5], title)
        align_body(en_body[md5], body)
    }
    language = ""
}

# Paragraphs of `body` are separated by form feeds, their parts by line feeds; a part goes on where lines are
# indented as they are.
function add_line(line,    indent) {
    match(line, /^ +/)
    indent = RLENGTH
    line = substr(line, indent + 1)
    if (indent == 1 && line == ".") {
        body = body "\f"
        part = ""
    } else if (line ~ /^([-*+]|\342\200\242) /) {
        sub(/^[^ ]+ +/, "", line)
        body = body "\n" line
        part = "item"
        item_indent = indent
    } else if (part == "item" ? indent >= item_indent : part == "text" && indent == 1) {
        body = body " " line
    } else if (indent == 1) {
        body = body "\n" line
        part = "text"
    } else {
        part = ""
    }
}

{ sub(/\r$/, "") }
/^Package: / {
    end_description()
    md5 = ""
}
/^Description-md5: / { md5 = length($2) == 32 && $2 !~ /[^0-9a-f]/ ? $2 : "" }
/^Description-(en|it): / {
    language = substr($1, 13, 2)
    title = single_blanks(substr($0, length($1) + 1))
    body = part = ""
}
/^ / { add_line($0) }

function family_of(i) {
    while (family[i] != i)
        i = family[i] = family[family[i]]
    return i
}

# A family is named by its least digest, whose last digits are as good as random.
function unite(a, b,    other) {
    a = family_of(a)
    b = family_of(b)
    if (digest[b] < digest[a]) {
        other = a
        a = b
        b = other
    }
    family[b] = a
}

function find_families(side,    i, k, n_having, last, first) {
    for (i = 1; i <= n_pairs; i++) {
        k = key[side, i]
        if (last[k] != description[i])
            n_having[k]++
        last[k] = description[i]
    }
    for (i = 1; i <= n_pairs; i++) {
        k = key[side, i]
        if (k in first && n_having[k] <= few)
            unite(first[k], description[i])
        else
            first[k] = description[i]
    }
}

function file_of(root,    i, digits, part) {
    if (size[root] > too_many)
        return "train"
    digits = substr(digest[root], length(digest[root]) - 3)
    part = 0
    for (i = 1; i <= 4; i++)
        part = 16 * part + index("0123456789abcdef", substr(digits, i, 1)) - 1
    part /= 65536
    return part < share ? "test" : part < 2 * share ? "dev" : "train"
}

function write_file(name,    i, source, target) {
    for (i = 1; i <= n_pairs; i++) {
        source = "source " key["source", i]
        target = "target " key["target", i]
        if (file_of(family_of(description[i])) != name || source in owner ||
            (target in owner && owner[target] != name))
            continue
        owner[source] = owner[target] = name
        print text[i] > (out "/" name ".tsv")
    }
    close(out "/" name ".tsv")
}

END {
    end_description()
    for (i = 1; i <= n_descriptions; i++)
        family[i] = i
    find_families("source")
    find_families("target")
    for (i = 1; i <= n_descriptions; i++)
        size[family_of(i)]++
    write_file("train")
    write_file("test")
    write_file("dev")
}
