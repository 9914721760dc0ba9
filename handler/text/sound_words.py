"""The words of sound descriptions and speaker labels, in the languages that transcripts are mostly written in.

`annotations` decides by them. All words are in the form that ``str.casefold`` gives.
"""

from __future__ import annotations

from handler.text.characters import word_set

SOUNDS = word_set(
    # English
    "music applause laughter cheering cheers clapping chatter silence noise static beep beeps sfx theme song jingle "
    "crosstalk inaudible unintelligible indistinct unclear blank_audio instrumental ambience gunshot gunshots "
    "explosion thunder footsteps knocking "
    # German, Dutch
    "musik applaus gelächter beifall lachen jubel geräusch stille unverständlich klatschen räuspern seufzen husten "
    "muziek gelach stilte onverstaanbaar gejuich geklap "
    # French, Spanish, Portuguese, Italian, Catalan, Romanian
    "musique applaudissements rires rire silence bruit inaudible acclamations toux soupir "
    "música aplausos risas risa silencio ruido inaudible suspiro tos vítores "
    "risos riso silêncio ruído inaudível "
    "musica applausi risate risata silenzio rumore incomprensibile sospiro "
    "aplaudiments rialles muzică aplauze râsete "
    # Nordic
    "applåder skratt tystnad ohörbart musikk applaus latter stillhet bifald musiikkia musiikki aplodeja naurua "
    # Slavic, Hungarian, Greek, Turkish
    "музыка аплодисменты смех тишина неразборчиво шум музика оплески сміх "
    "muzyka oklaski śmiech brawa cisza niezrozumiałe hudba potlesk smích smiech muzika glazba pljesak aplauz smeh "
    "zene taps nevetés μουσική χειροκροτήματα γέλια γέλιο müzik alkış alkışlar kahkaha gülüşmeler sessizlik "
    # Vietnamese, Indonesian, Arabic, Hebrew, Persian, Hindi
    "nhạc vỗ_tay tiếng_cười musik tepuk tawa موسيقى تصفيق ضحك موسیقی خنده תשואות מוזיקה מוסיקה צחוק "
    "संगीत तालियाँ तालियां हँसी हंसी"
)
"""Names of sounds: a description in parentheses may hold these and `QUALIFIERS`."""

SOUND_VERBS = word_set(
    "laughs laughing chuckles chuckling giggles giggling sighs sighing coughs coughing sneezes sniffs sniffles "
    "sniffling sobs sobbing cries crying gasps gasping groans groaning moans screams screaming shouts shouting yells "
    "yelling whispers whispering mumbles mumbling mutters muttering murmurs hums humming whistles whistling yawns "
    "yawning snores snoring pants panting grunts grunting growls barks barking howls howling meows chirping chirps "
    "rings ringing buzzes buzzing beeping knocks bangs slams creaks rumbles rumbling clicks clicking clears throat "
    "claps applauds applauding exhales inhales scoffs snorts gulps hiccups burps chanting sings singing speaks "
    "speaking vocalizing honks honking shatters whooshes crackles clatters revs stammers stutters "
    "lacht lachend seufzt hustet räuspert weint schreit flüstert singt klatscht stöhnt kichert spricht "
    "zucht hoest huilt fluistert rit soupire tousse pleure crie chuchote chante ríe suspira tose llora grita susurra "
    "canta ri suspira tosse chora ride sospira tossisce piange urla sussurra "
    "смеется смеётся вздыхает кашляет плачет кричит śmieje wzdycha kaszle płacze skrattar suckar hostar ler sukker"
)
"""Verbs of sounds: a description in parentheses may name who or what makes one (`(door slams)`)."""

QUALIFIERS = word_set(
    "soft softly loud loudly quiet quietly gentle light lively upbeat dramatic tense ominous eerie suspenseful solemn "
    "somber sad happy cheerful slow fast distant faint muffled heavy heavily nervously playing plays continues "
    "continuing fades fading stops starts ends swells in out up down and from audience crowd background offscreen "
    "off-screen end start piano guitar orchestral classical electronic rock jazz pop drum opening closing intro outro "
    "leise laute laut sanfte publikum im hintergrund doux douce du public suave de fondo del público tranquila "
    "ambiente di sottofondo no fundo sich się no speech"
)
"""Words that say how a sound is."""

SPEECH_WORDS = word_set(
    "i you he she it we they me him us them my your his her our their this that these those the a an is are was were "
    "be been am not no but or if because which who what when where how have has had will would can could to of for "
    "with by as at ich du er wir ihr das der die ein eine ist war nicht je tu il nous vous le la les un une est "
    "yo él es una ele ela é são io lui è"
)
"""Words that make a parenthesis in a sentence a remark (`(the music was loud)`) rather than a description."""

UNSPACED_SOUNDS = word_set(
    "笑 拍手 音楽 音乐 音樂 掌声 掌聲 鼓掌 歓声 欢呼 歡呼 泣 ため息 叹气 嘆氣 咳 沈黙 沉默 聞き取れ 听不清 聽不清 "
    "効果音 노래 음악 박수 웃음 환호 한숨 침묵 เพลง ดนตรี เสียง หัวเราะ ปรบมือ"
)
"""Parts of the names of sounds in languages that join words or write them without blanks."""

ROLES = word_set(
    "speaker spk interviewer interviewee narrator host cohost co-host moderator announcer presenter commentator voice "
    "voiceover man woman boy girl male female caller operator reporter anchor guest participant audience crowd both "
    "sprecher sprecherin erzähler erzählerin interviewerin moderatorin mann frau spreker verteller presentator "
    "locuteur locutrice narrateur narratrice animateur homme femme intervenant orateur hablante narrador narradora "
    "entrevistador entrevistadora presentador locutor hombre mujer ponente falante apresentador homem mulher "
    "entrevistado relatore narratore intervistatore conduttore uomo donna parlante talare berättare taler puhuja "
    "говорящий спикер ведущий ведущая диктор рассказчик мовець mówca lektor narrator prowadzący mluvčí hovorca "
    "konuşmacı sunucu anlatıcı beszélő ομιλητής 发言人 說話人 说话人 主持人 旁白 話者 司会 ナレーション ナレーター "
    "화자 진행자 내레이션 المتحدث דובר वक्ता"
)
"""What a label calls a speaker without a name; a number or a letter may follow."""

NOT_NAMES = word_set(
    "note notes warning warnings attention caution important tip tips hint remember example examples question answer "
    "questions answers ps p.s. p.p.s. faq todo fyi btw update updates step part chapter section figure table rule "
    "rules lesson episode scene act verse number day week year first second third fourth fifth next then finally "
    "summary conclusion introduction disclaimer reminder announcement result results reason reasons problem solution "
    "pro pros con cons fact facts myth quote source sources link links date time place title subject re price total "
    "ingredients directions instructions method breakfast lunch dinner monday tuesday wednesday thursday friday "
    "saturday sunday january february march april may june july august september october november december today "
    "tomorrow yesterday morning afternoon evening one two three four five option case point key goal hello hi hinweis "
    "achtung warnung wichtig beispiel frage antwort tipp schritt teil kapitel zutaten fazit merke regel remarque "
    "attention exemple étape chapitre conseil rappel nota atención ejemplo paso parte capítulo consejo aviso exemplo "
    "passo dica attenzione esempio passaggio capitolo примечание внимание важно пример вопрос ответ шаг глава совет "
    "uwaga przykład krok rozdział 注意 注 例 例えば 第一 第二 备注 提示 問題 回答 참고 주의 예"
)
"""Words before a colon that announce what is said rather than who says it."""

NOT_FIRST_NAMES = word_set(
    "so well and but also however the a an in on at to for from with this that these those here there now dear good "
    "my your our der die das ein eine mein unser le la les un une mon el los las una mi o os il lo gli"
)
"""Words that no name of several words begins with: "The Hobbit: a journey" is a title."""
