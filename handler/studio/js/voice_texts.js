// Texts to read aloud for a recording, each of about ten seconds, and the sentence of a consent.

export const READING = {
  de: "Hinter unserem Haus liegt ein kleiner Garten, in dem Tomaten, Bohnen und ein paar wilde Rosen wachsen. Wenn es still ist, hört man von dort den Fluss.",
  en: "There is a small garden behind our house, where tomatoes, beans and a few wild roses grow. On quiet days you can hear the river from there.",
  es: "Detrás de nuestra casa hay un jardín pequeño, donde crecen tomates, judías y unas rosas silvestres. En los días tranquilos se oye el río.",
  fr: "Derrière notre maison, il y a un petit jardin où poussent des tomates, des haricots et quelques roses sauvages. Quand tout est calme, on entend la rivière.",
  it: "Dietro la nostra casa c'è un piccolo giardino, dove crescono pomodori, fagioli e qualche rosa selvatica. Nei giorni tranquilli si sente il fiume.",
  nl: "Achter ons huis ligt een kleine tuin, waar tomaten, bonen en een paar wilde rozen groeien. Op stille dagen hoor je daar de rivier.",
  pl: "Za naszym domem jest mały ogród, w którym rosną pomidory, fasola i kilka dzikich róż. W spokojne dni słychać stamtąd rzekę.",
  pt: "Atrás da nossa casa há um pequeno jardim, onde crescem tomates, feijões e algumas rosas bravas. Nos dias calmos ouve-se o rio.",
};

/** What a speaker says, or writes, to allow the use of their voice. */
export const CONSENT = "I am the speaker of this voice, and I allow that speech is made in my voice by a computer.";

/** The language of the browser where it is among `languages`, else English. */
export function ownLanguage(languages) {
  const own = navigator.languages.map((tag) => tag.split("-")[0]);
  return own.find((language) => languages.includes(language)) ?? "en";
}
