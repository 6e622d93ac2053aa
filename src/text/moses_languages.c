/* What Moses' rules need to know of a language.  Abbreviations are written without the full stop that they
 * keep.  Those with a full stop inside, and those before a word in lower case, keep it without being listed. */
#include <stdlib.h>
#include <string.h>

#include "text/step.h"

#define CAPITALS "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z "
#define SMALL "b c d e f g h i j k l m n o p q r s t u v w x y z "
#define TITLES "Dr Mr Mrs Ms Prof Sr St "
#define RANKS "Adm Brig Capt Cmdr Col Cpl Gen Gov Insp Lt Maj Pvt Rep Rev Sen Sgt Supt "

static const s2s_moses_language languages[] = {
    {.name = "de",
     .quoted = S2S_QUOTED_OUTSIDE,
     .digit_mark = ',',
     .ordinals = true,
     .abbreviations =
         CAPITALS SMALL "a " TITLES RANKS "Art Chr Mio Mrd Nr Std Zt bzw ca dgl etc evtl ggf usw vgl vs "
                        "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX"},
    {.name = "en",
     .apostrophe = S2S_APOSTROPHE_RIGHT,
     .quoted = S2S_QUOTED_INSIDE,
     .digit_mark = '.',
     .abbreviations = CAPITALS TITLES RANKS "Bros Corp Drs Hon Messrs Mlle Mme Nos Ph Sens vs v "
                                            "Jan Feb Mar Apr Jun Jul Aug Sep Oct Nov Dec",
     .before_digits = "Art No pp"},
    {.name = "es",
     .quoted = S2S_QUOTED_OUTSIDE,
     .digit_mark = ',',
     .abbreviations = CAPITALS "Av Da Dr Dra Excmo Gral Lic Prof Sr Sra Srta Sta Sto Tel Ud Uds Vd Vds "
                               "av cap dcha ej esq etc izq n\u00fam p\u00e1g p\u00e1gs vol"},
    {.name = "fr",
     .apostrophe = S2S_APOSTROPHE_LEFT,
     .quoted = S2S_QUOTED_OUTSIDE,
     .digit_mark = ',',
     .spaced_marks = true,
     .abbreviations = CAPITALS SMALL "M MM ann art av cf chap env etc ex fasc fig hab ibid inf sec sup suppl "
                                     "t\u00e9l vol vs"},
    {.name = "it",
     .apostrophe = S2S_APOSTROPHE_LEFT,
     .digit_mark = '.',
     .abbreviations = CAPITALS TITLES RANKS
     "Arch Avv Dott Egr Geom Ing Mons Rag Rif Sig Sigg Soc Spett corr dott ecc lett pp tel vol",
     .before_digits = "Art No"},
    {.name = "nl",
     .digit_mark = '.',
     .abbreviations = CAPITALS "Mej Mme Mw bijv dhr dr drs gen ing ir jhr kol lt maj mevr mr prof",
     .before_digits = "nr"},
    {.name = "pt",
     .digit_mark = '.',
     .abbreviations =
         CAPITALS SMALL "a " TITLES "Dra Drs Eng Exmo Fig Sra Sras Srs Sto art dr dra drs eng fig prof sr "
                        "sra srs vs",
     .before_digits = "No p pp"},
};

static const s2s_moses_language *language_find(const char *name)
{
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        if (strcmp(name, languages[i].name) == 0)
            return &languages[i];
    return NULL;
}

s2s_status s2s_moses_open(s2s_text_step *step, bool stored, s2s_error *err)
{
    (void)stored;
    step->own = (void *)(uintptr_t)language_find(step->argument); /* never written to */
    if (!step->own)
        return s2s_fail(err, S2S_BAD_CONFIG, "%s: expected one of de, en, es, fr, it, nl, pt, found \"%.60s\"",
                        step->where, step->argument);
    return S2S_OK;
}
