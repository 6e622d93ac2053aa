/* Frequent words that say little: articles, pronouns, prepositions, conjunctions, auxiliaries. */
#include <stddef.h>
#include <string.h>

#include "text/step.h"

static const char german[] =
    "aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch auf "
    "aus bei bin "
    "bis bist da dadurch daher damit dann daran darauf darin darum das dass da\u00df dazu dein deine deinem "
    "deinen "
    "deiner dem den denen denn der deren des deshalb dessen dich die dies diese diesem diesen dieser dieses "
    "dir doch "
    "dort du durch ein eine einem einen einer eines einige einigem einigen einiger einiges einmal er es etwas "
    "euch euer "
    "eure eurem euren eurer f\u00fcr gegen gewesen hab habe haben hast hat hatte hatten hattest hattet hier "
    "hin hinter "
    "ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja jede jedem jeden jeder jedes jene "
    "jenem jenen "
    "jener jenes jetzt kann kein keine keinem keinen keiner keines k\u00f6nnen k\u00f6nnte machen man manche "
    "manchem "
    "manchen mancher manches mehr mein meine meinem meinen meiner mich mir mit muss musste m\u00fcssen nach "
    "nicht "
    "nichts noch nun nur ob oder ohne schon sehr sein seine seinem seinen seiner selbst sich sie sind so "
    "solche "
    "solchem solchen solcher soll sollen sollte sondern sonst um und uns unser unsere unserem unseren unserer "
    "unter vom "
    "von vor war waren warst was weg weil weiter welche welchem welchen welcher wenn werde werden wie wieder "
    "will wir "
    "wird wirst wo wollen wollte w\u00e4hrend w\u00fcrde w\u00fcrden zu zum zur zwar zwischen \u00fcber";

static const char english[] = "a about above after again against all am an and any are aren't as at be because "
                              "been before being below between "
                              "both but by can can't cannot could couldn't did didn't do does doesn't doing "
                              "don't down during each few for from "
                              "further had hadn't has hasn't have haven't having he he'd he'll he's her here "
                              "here's hers herself him himself his "
                              "how i i'd i'll i'm i've if in into is isn't it it's its itself just me more "
                              "most my myself no nor not now of off "
                              "on once only or other our ours ourselves out over own same she she'd she'll "
                              "she's should shouldn't so some such "
                              "than that that's the their theirs them themselves then there there's these they "
                              "they'd they'll they're they've "
                              "this those through to too under until up very was wasn't we we'd we'll we're "
                              "we've were weren't what what's when "
                              "where which while who whom why will with won't would wouldn't you you'd you'll "
                              "you're you've your yours yourself "
                              "yourselves";

static const char spanish[] = "a al algo algunas algunos ante antes aquel aquella aquellas aquellos aqu\u00ed "
                              "as\u00ed aun aunque cada como con "
                              "contra cual cuales cuando de del desde donde dos durante e el ella ellas ellos "
                              "en entre era eran eras eres es esa "
                              "esas ese eso esos esta estaba estaban estamos estar estas este esto estos estoy "
                              "est\u00e1 est\u00e1n est\u00e1s "
                              "fue fueron fui ha haber hab\u00eda hab\u00edan hac\u00eda hace hacia han has "
                              "hasta hay he la las le les lo los m\u00e1s "
                              "me mi mis mucho muchos muy m\u00ed m\u00eda m\u00edas m\u00edo m\u00edos nada "
                              "ni no nos nosotras nosotros nuestra "
                              "nuestras nuestro nuestros o os otra otras otro otros para pero poco por porque "
                              "pues que quien quienes qu\u00e9 se "
                              "sea sean ser si sido siempre sin sino sobre sois somos son soy su sus suya "
                              "suyas suyo suyos s\u00ed tambi\u00e9n "
                              "tanto te ten\u00eda tengo ti tiene tienen todo todos tu tus tuya tuyas tuyo "
                              "tuyos t\u00fa un una unas uno unos "
                              "vosotras vosotros vuestra vuestras vuestro vuestros y ya yo \u00e9l";

static const char french[] = "a ai aie aient ainsi alors apr\u00e8s as au aucun aucune aussi autre autres aux "
                             "avait avaient avais avant avec avez "
                             "avoir avons c' \u00e7a car ce ceci cela celle celles celui ces cet cette ceux "
                             "chaque chez comme d' dans de depuis des "
                             "donc dont du d\u00e8s elle elles en encore entre es est et eu eux eut fait faut "
                             "furent fut ici il ils j' je jusque l' la "
                             "le les leur leurs lors lui l\u00e0 m' ma mais me mes moi moins mon m\u00eame "
                             "m\u00eames n' ne ni nos notre nous on ont "
                             "ou o\u00f9 par parce pas pendant peu peut plus pour pourquoi qu' quand que quel "
                             "quelle quelles quels qui quoi s' "
                             "sa sans se sera seront ses si sien soi soit sommes son sont sous suis sur t' ta "
                             "tandis te tes toi ton tous tout "
                             "toute toutes tr\u00e8s tu un une vers vos votre vous y \u00e0 \u00e9taient "
                             "\u00e9tais \u00e9tait \u00e9t\u00e9 "
                             "\u00eates \u00eatre";

static const char chinese[] =
    "\u7684 \u4e86 \u548c \u662f \u5728 \u4e5f \u90fd \u800c \u53ca \u4e0e \u7740 \u6216 \u4e00 \u4e2a "
    "\u4e00\u4e2a "
    "\u6211 \u4f60 \u60a8 \u4ed6 \u5979 \u5b83 \u6211\u4eec \u4f60\u4eec \u4ed6\u4eec \u5979\u4eec "
    "\u5b83\u4eec "
    "\u8fd9 \u90a3 \u8fd9\u4e2a \u90a3\u4e2a \u8fd9\u4e9b \u90a3\u4e9b \u8fd9\u91cc \u90a3\u91cc \u54ea "
    "\u54ea\u4e2a "
    "\u4ec0\u4e48 \u600e\u4e48 \u4e0d \u6ca1 \u6ca1\u6709 \u6709 \u5c31 \u4eba \u5f88 \u4f1a \u80fd \u8981 "
    "\u8ba9 "
    "\u628a \u88ab \u5bf9 \u4ece \u5230 \u5411 \u4ee5 \u4e3a \u4e3a\u4e86 \u56e0\u4e3a \u6240\u4ee5 \u4f46 "
    "\u4f46\u662f "
    "\u5982\u679c \u867d\u7136 \u4e0d\u8fc7 \u5e76 \u5e76\u4e14 \u800c\u4e14 \u8fd8 \u8fd8\u662f \u6216\u8005 "
    "\u4e4b "
    "\u4e8e \u7531 \u7b49 \u5730 \u5f97 \u5427 \u5417 \u5462 \u554a \u54e6 \u5440 \u561b \u4e0a \u4e0b \u91cc "
    "\u4e2d "
    "\u53ea \u53ef \u53ef\u4ee5 \u518d \u53c8 \u66f4 \u6700 \u81ea\u5df1 \u5df2\u7ecf \u8fc7 \u5c06";

static const struct {
    const char *language, *words;
} lists[] = {
    {"de", german}, {"en", english}, {"es", spanish}, {"fr", french}, {"zh", chinese},
};

const char s2s_stopwords_languages_text[] = "de, en, es, fr, zh";

const char *s2s_stopwords_find(const char *language)
{
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(language, lists[i].language) == 0)
            return lists[i].words;
    return NULL;
}
