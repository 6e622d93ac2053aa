#!/usr/bin/env python3
"""Writes text_steps.tsv: what sacremoses makes of some sentences, for test_text_steps.c to compare with.

    python3 tests/golden/make_text.py        (needs sacremoses; the tests do not)

A line is: text steps, a tab, what to do, a tab, text, a tab, expected text.  To do: learn (nothing is expected), apply,
invert; the lines of one list of steps follow one another, those to learn from first.
"""
import pathlib

from sacremoses import (MosesDetokenizer, MosesDetruecaser, MosesPunctNormalizer, MosesTokenizer, MosesTruecaser)

HERE = pathlib.Path(__file__).resolve().parent

SENTENCES = {
    "en": [
        "Hello, world!",
        "It's 5,000.50 dollars (about 10%), isn't it?",
        "Dr. Baker and Mrs. Hill met on Jan. 5 at No. 7, not at No. Seven.",
        "The dogs' bowls, the cat's basket and the Joneses' house are gone.",
        "He said: \"I don't know...\" and left.",
        "'No.'",
        "\"We can't,\" she said, \"not before the 1990's.\"",
        "rock'n'roll at 3 p.m. in the U.S. is fun.",
        "well-known e-mails; see http://example.org/a?b=c&d=e [1] <here>",
        "A, B,C ,5 and 1,2,3... or ..4?",
        "$5 is £4 or €4.50; #7 costs ~3 @ shop | bar",
        "This ends in etc. and goes on etc.",
        "He works for Smith Bros. now. Really.",
    ],
    "de": [
        "Am 3. Oktober kamen ca. 20 Leute, z.B. Dr. Maier und Prof. Weiß.",
        "Das ist's: „Nein“, sagte er, „niemals!“",
        "Es kostet 1.234,50 € bzw. 5 %, d.h. zu viel.",
        "Das war im Jahr 1990. Danach kam er am 12. Mai usw. zurück.",
        "Die Straße (Nr. 7) gehört Karl-Heinz' Bruder.",
    ],
    "fr": [
        "L'homme n'est pas là aujourd'hui, n'est-ce pas ?",
        "« C'est l'été ! », dit M. Dupont à 5 % : oui ; non.",
        "Qu'est-ce que c'est ? J'ai 3,5 kg d'oranges, etc. et du pain.",
        "Voir p. 5, t. 2 et l'art. 3 de la loi.",
        "'Tiens' d' accord 'quoi'",
    ],
    "es": [
        "¿Qué hora es? ¡Son las 3,5!",
        "El Sr. Pérez y la Sra. Ruiz viven en EE.UU. desde 1990.",
        "Véase la pág. 5, etc. y nada más. Es l'hora.",
    ],
    "it": [
        "L'uomo dell'anno è il Sig. Rossi, non l'Ing. Bianchi.",
        "C'è un po' di tutto: un'altra volta!",
        "Vedi l'Art. 5 e il No. Sette.",
    ],
    "nl": [
        "Het is 's avonds laat, zei dhr. De Vries.",
        "Zie nr. 5, nr. Vijf en bijv. Amsterdam.",
    ],
    "pt": [
        "O Sr. Silva e a Dra. Costa não foram a casa d'ouro.",
        "Ver No. 5 e a fig. 3.",
    ],
}

PUNCTUATION = [
    "“Yes”, he said – or was it ‘no’ — who knows…",
    "„So“, « oui », «non» and « no » ( in brackets ) , or not ;",
    "5 % of 1 000 is n° 50 : right ?",
    "``quoted'' and `single' with it´s accent",
    "The \"end\". And \"more\", then \"last.\"",
    "He said \"one.\" Then \"two,\" and <b>\"three.\"</b>",
    "12 345 678 people",
]

TRAINING = [
    "The man lives in Paris .",
    "We saw the man in Paris and the White House .",
    "\" the house is white \" , said the man .",
    "A white house ? The House of the Man !",
    "In Paris : the rain and the NATO .",
]
TRUECASE = [
    "The Man saw PARIS .",
    "White rain ? Paris is white . Unknown Things ( The House )",
    "\" In the House : A nato",
    "HOUSE Man MAN man WHITE",
]
LOWERED = [
    "the man . \" the house ? ( was 'white : éclair",
    "( [ ' ma ) the end",
]


def moses(rows, language, lines):
    tokenizer, detokenizer = MosesTokenizer(language), MosesDetokenizer(language)
    for name, escape in (("moses", False), ("moses-escape", True)):
        steps = f"{name}:{language}"
        tokens = [tokenizer.tokenize(line, escape=escape) for line in lines]
        rows += [(steps, "apply", line, " ".join(words)) for line, words in zip(lines, tokens)]
        rows += [(steps, "invert", " ".join(words), detokenizer.detokenize(words, unescape=escape)) for words in tokens]


def truecase(rows):
    truecaser, detruecaser = MosesTruecaser(), MosesDetruecaser()
    truecaser.train([line.split() for line in TRAINING])
    rows += [("truecase", "learn", line, "") for line in TRAINING]
    rows += [("truecase", "apply", line, " ".join(truecaser.truecase(line, use_known=True))) for line in TRUECASE]
    rows += [("truecase", "invert", line, " ".join(detruecaser.detruecase(line))) for line in LOWERED]


def main():
    rows = []
    for language, lines in SENTENCES.items():
        moses(rows, language, lines)
        normalizer = MosesPunctNormalizer(language)
        rows += [(f"punctuation:{language}", "apply", line, normalizer.normalize(line)) for line in PUNCTUATION]
    truecase(rows)
    text = "".join("\t".join(row) + "\n" for row in rows)
    (HERE / "text_steps.tsv").write_text(text, encoding="utf8")


if __name__ == "__main__":
    main()
