#!/usr/bin/env python3
"""Writes tests/golden/metrics/: texts, and what sacreBLEU says of them.

    python3 tests/golden/make_metrics.py        (needs sacrebleu 2; the tests do not)

NAME.hyp.txt are outputs, NAME.ref1.txt ... references.  A line of scores.tsv:
    NAME  number of references  metric  options ("name=value", spaces between)  score  signature without version
A line of chance.tsv: metric, and of systems.hyp.txt and systems.hyp2.txt, with RESAMPLES samples or trials:
    score  mean  interval, of both; p-values of the paired bootstrap and of approximate randomisation
Other than sacreBLEU's, these p-values count samples that differ exactly as much as the systems do.
"""
import itertools
import pathlib
import random

from sacrebleu import significance
from sacrebleu.metrics import BLEU, CHRF, TER

HERE = pathlib.Path(__file__).resolve().parent / "metrics"
RESAMPLES = 4000

# (output, reference, another reference)
HOSTILE = [
    ("", "", ""),
    ("", "The reference alone.", ""),
    ("The output alone.", "", "The output."),
    ("yes", "yes", "no"),
    ("Yes.", "yes", "yes ."),
    ("The cat sat on the mat.", "The cat sat on the mat.", "A cat was sitting on the mat."),
    ("the the the the the the the", "The cat is on the mat.", "There is a cat on the mat."),
    ("on the mat sat the cat, it's said", "It's said the cat sat on the mat.", "they say: the cat sat on the mat"),
    ("&quot;Tom &amp; Jerry&quot; &lt;3 &amp;lt; &amp;quot;", "\"Tom & Jerry\" <3 &lt; &quot;", "'Tom & Jerry'"),
    ("It costs 1,234.56 dollars, or .5 of 10,000", "It costs $1,234.56; or 0.5 of 10.000!", ",.2 .,5 5., 1-2-3 a-b"),
    ("In 1999. And 2000-2010, 3-D; e.g. 5.", "In 1999, and 2000 - 2010: 3-D, e.g., 5.", "1999.2000,. ..,,"),
    ("(hello) [world] {x} ~y ^z `a` |b| \\c/ d_e @f #g %h *i +j =k <l>", "(hello) [world] {x} ~y ^z", "(hi) !"),
    ("<skipped>word <skipped> -dash", "word - dash", "<skip ped>"),
    ("猫坐在垫子上。今天天气很好，对吧？", "猫坐在垫子上。今天天气真好，是吧？", "今天 天气 很好。"),
    ("我有3.14个iPhone，和１２３！", "我有 3.14 个 iPhone， 和 １２３ ！", ".5个 中 文 abc"),
    ("ひらがな カタカナ ー 漢字「引用」・です。", "ひらがなカタカナー漢字「引用」・でした。", "かな、（丸）"),
    ("한국어 문장입니다.", "한국어 문장이다.", "한국어."),
    ("👍🏽 great 👩‍👩‍👧 job 😀😀", "👍 great 👩‍👩‍👧 job 😀", "😀"),
    ("«Ça va?» — “Très bien…” ‘ok’ €5 ½ Ⅷ ₂ ±1", "« Ça va ? » – “Bien.” €5 ½ VIII", "Ça va"),
    ("ÉCOLE STRASSE ΟΔΟΣ ΣΑΣ Σ ΑΣ.Β ΑΣ' İSTANBUL ǅ Ⅻ Ⓐ", "école straße οδος σας σ ας.β ας' istanbul ǆ ⅻ ⓐ", "ὈΔΥΣΣΕΎΣ Å"),
    ("مرحبا بالعالم، كيف حالك؟ ١٢٣٫٤", "مرحبا يا عالم، كيف الحال؟ ١٢٣٫٥", "مرحبا"),
    ("नमस्ते दुनिया। यह १२३ है।", "नमस्ते संसार। यह १२३ था।", "नमस्ते।"),
    ("  leading and\u00a0odd\u2009white\u3000space\u2028here \u001f end", "leading and odd white space here end", " x"),
    (" .5 first", ".5 first", "\u3000.5 first"),
    ("㐀𠀀⼀⾡﹏︰☃✂㋿㌀\u2001⩭⪀꩜", "㐀 𠀀⼀ ⾡﹏ ︰☃✂㋿ ㌀ ⩭⪀", "㼢㼣㆐㇀"),
    ("\u200bzero\u200dwidth\ufeff cafe\u0301", "zero width café", "\u0301 \u0301\u0301"),
    ("a b c d e f g h i j k l m n o p", "p o n m l k j i h g f e d c b a", "i j k l m n o p a b c d e f g h"),
    ("Tom's dog's bone's", "Tom 's dog 's bone 's", "Toms's 's's  's"),
]
ONE = [("A single line is a corpus, too.", "A single line is also a corpus.", "One line is a corpus too.")]
NOTHING = [("", "Nothing was put out.", "Nothing."), ("", "Nothing at all.", "")]
SHORT = [("a b", "a b", "b"), ("c", "c", "c d"), ("b a", "a c", "b a")]


def shifts(rng):
    """Long and repetitive sentences whose parts changed places: what the limits of TER's search are for."""
    rows = []
    for length, vocabulary in [(30, 5), (60, 30), (90, 4), (120, 60), (150, 3), (25, 25), (40, 2), (200, 150)]:
        words = [f"w{rng.randrange(vocabulary)}" for _ in range(length)]
        rows.append((" ".join(moved(rng, words, 5)), " ".join(words), " ".join(moved(rng, words, 2))))
    long = " ".join(f"v{i}" for i in range(180))
    return rows + [("v5 v90 v170", long, long[::-1]), (long, "v170 v90 v5", "v3"), (long[20:], long, "")]


def moved(rng, words, times):
    words = list(words)
    for _ in range(times):
        begin, length = rng.randrange(len(words)), rng.randint(1, 12)
        part = words[begin:begin + length]
        del words[begin:begin + length]
        at = rng.randint(0, len(words))
        words[at:at] = part
        words[rng.randrange(len(words))] = "new"
    return words


def systems(rng, n):
    """Two systems, the second a little better."""
    vocabulary = [f"{a}{b}{c}" for a in "bdfgkl" for b in "aeiou" for c in ("n", "r", "st", "")]
    rows = []
    for _ in range(n):
        words = [rng.choice(vocabulary) for _ in range(rng.randint(4, 14))]
        rows.append(tuple(" ".join(rng.choice(vocabulary) if rng.random() < rate else w for w in words)
                          for rate in (0.26, 0, 0.225)))
    return rows


def configurations():
    """(metric, options, its instance)"""
    yes = {True: "yes", False: "no"}
    for tokenizer in ("13a", "intl", "zh", "char", "none"):
        for lower in (False, True):
            yield ("bleu", {"tokenize": tokenizer, "lowercase": yes[lower]}, BLEU(tokenize=tokenizer, lowercase=lower))
    for method, value in (("exp", None), ("floor", None), ("floor", 0.37), ("add-k", None), ("add-k", 2.5), ("none", None)):
        for effective in (False, True):
            options = {"smooth-method": method, "effective-order": yes[effective]}
            if value:
                options["smooth-value"] = value
            yield ("bleu", options, BLEU(smooth_method=method, smooth_value=value, effective_order=effective))
    for words, (lower, space, eps) in itertools.product((0, 2), itertools.product((False, True), repeat=3)):
        options = {"lowercase": yes[lower], "chrf-whitespace": yes[space], "chrf-eps-smoothing": yes[eps]}
        yield ("chrf++" if words else "chrf", options,
               CHRF(word_order=words, lowercase=lower, whitespace=space, eps_smoothing=eps))
    yield ("chrf", {"chrf-char-order": 3, "chrf-beta": 1}, CHRF(char_order=3, beta=1))
    for normalized, no_punct, asian, case in itertools.product((False, True), repeat=4):
        options = {"ter-normalized": yes[normalized], "ter-no-punct": yes[no_punct], "ter-asian-support": yes[asian],
                   "ter-case-sensitive": yes[case]}
        yield ("ter", options, TER(normalized=normalized, no_punct=no_punct, asian_support=asian, case_sensitive=case))


def write_lines(name, lines):
    with open(HERE / name, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(line + "\n" for line in lines)


def signature(metric):
    return str(metric.get_signature()).rpartition("version:")[0]


def p_value(differences, difference):
    return (sum(d >= difference for d in differences) + 1) / (len(differences) + 1)


def main():
    HERE.mkdir(exist_ok=True)
    rng = random.Random(1)
    with open(HERE / "scores.tsv", "w", encoding="utf-8") as out:
        for name, rows in (("hostile", HOSTILE), ("one", ONE), ("nothing", NOTHING), ("short", SHORT),
                           ("shifts", shifts(rng))):
            columns = list(zip(*rows))
            for suffix, column in zip(("hyp", "ref1", "ref2"), columns):
                write_lines(f"{name}.{suffix}.txt", column)
            hyp, *refs = [[line.rstrip() for line in column] for column in columns]  # as sacreBLEU's program reads
            every = list(configurations())
            if name == "shifts":  # which take sacreBLEU long
                every = [every[0], every[-17], every[-16]]
            for n_refs, (kind, options, metric) in itertools.product((1, 2), every):
                score = metric.corpus_score(hyp, refs[:n_refs]).score
                options = " ".join(f"{key}={value}" for key, value in options.items())
                print(name, n_refs, kind, options, repr(score), signature(metric), sep="\t", file=out)
    significance._compute_p_value = p_value
    rows = systems(rng, 120)
    for suffix, column in zip(("hyp", "ref1", "hyp2"), zip(*rows)):
        write_lines(f"systems.{suffix}.txt", column)
    first, reference, second = map(list, zip(*rows))
    metrics = {"bleu": BLEU(), "chrf": CHRF(), "chrf++": CHRF(word_order=2), "ter": TER()}
    with open(HERE / "chance.tsv", "w", encoding="utf-8") as out:
        for name, metric in metrics.items():
            named = [("first", first), ("second", second)]
            results = [list(significance.PairedTest(named, {name: metric}, [reference], test, RESAMPLES)()[1].values())[1]
                       for test in ("bs", "ar")]
            (a, b), (_, randomised) = results
            print(name, a.score, a.mean, a.ci, b.score, b.mean, b.ci, b.p_value, randomised.p_value, sep="\t", file=out)


if __name__ == "__main__":
    main()
