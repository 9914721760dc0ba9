// How a voice sounds: the recording of one of the bucket, a spoken sentence of one of an engine's own.

import { h, icon, toast } from "./dom.js";
import { baseLanguage, languageName } from "./voice_library.js";

/** A sentence that shows a voice, by language. */
const SENTENCES = {
  ar: "مرحبا، هكذا يبدو صوتي عندما أقرأ بضع كلمات.",
  cs: "Dobrý den, takhle zním, když čtu pár slov.",
  da: "Hej, sådan lyder jeg, når jeg læser et par ord.",
  de: "Hallo, so klinge ich, wenn ich ein paar Worte vorlese.",
  el: "Γεια σας, έτσι ακούγομαι όταν διαβάζω μερικές λέξεις.",
  en: "Hello, this is how I sound when I read a few words.",
  es: "Hola, así sueno cuando leo unas palabras.",
  fi: "Hei, tältä kuulostan, kun luen muutaman sanan.",
  fr: "Bonjour, voici ma voix quand je lis quelques mots.",
  hi: "नमस्ते, जब मैं कुछ शब्द पढ़ता हूँ तो ऐसा सुनाई देता है।",
  hu: "Jó napot, így szól a hangom, ha felolvasok néhány szót.",
  it: "Ciao, ecco come suono quando leggo qualche parola.",
  ja: "こんにちは。少し読むと、このような声です。",
  ko: "안녕하세요, 몇 마디를 읽으면 이런 목소리입니다.",
  nl: "Hallo, zo klink ik als ik een paar woorden lees.",
  no: "Hei, slik høres jeg ut når jeg leser noen ord.",
  pl: "Dzień dobry, tak brzmię, gdy czytam kilka słów.",
  pt: "Olá, é assim que soo quando leio algumas palavras.",
  ro: "Bună, așa sună vocea mea când citesc câteva cuvinte.",
  ru: "Здравствуйте, так звучит мой голос, когда я читаю.",
  sv: "Hej, så här låter jag när jag läser några ord.",
  tr: "Merhaba, birkaç kelime okuduğumda sesim böyle.",
  uk: "Добрий день, так звучить мій голос, коли я читаю.",
  zh: "你好，这就是我朗读时的声音。",
};

/** A short sentence in a voice's language; where we have none, the language says its own name, and counts. */
export function sampleSentence(voice) {
  const language = baseLanguage(voice) || "en";
  if (SENTENCES[language]) return SENTENCES[language];
  const own = new Intl.DisplayNames([voice.language], { type: "language" });
  return `${own.of(voice.language) ?? languageName(voice.language)}: 1, 2, 3.`;
}

/** The samples that were heard, by voice: making one anew takes the worker's time. */
const samples = new Map();
const KEPT = 100;

/** The sample of a voice as a Blob. Throws ApiError. */
export async function voiceSample({ api }, voice) {
  // A voice that was uploaded again has another recording under the same name.
  const key = `${voice.name} ${voice.sha256 ?? voice.last_modified ?? ""}`;
  const found = samples.get(key) ?? (voice.builtin ? spoken(api, voice) : api.voicePreview(voice.name));
  samples.set(key, found);
  if (samples.size > KEPT) samples.delete(samples.keys().next().value);
  found.catch(() => samples.delete(key));
  return found;
}

async function spoken(api, voice) {
  const reply = await api.call({ endpoint: "generate", text: sampleSentence(voice), voice: voice.name });
  return api.file(reply.job_id, "audio");
}

/** The sound that is heard now: one at a time on the whole page. */
let playing = null;

/** Play a Blob from `start` seconds on, instead of what is heard now: {stop()}. `onTime` hears where it is. */
export function play(blob, { start = 0, onTime = () => {}, onEnd = () => {}, onError = () => {} } = {}) {
  playing?.stop();
  const url = URL.createObjectURL(blob);
  const audio = new Audio(url);
  let frame = 0;
  const stop = () => {
    if (playing !== sound) return;
    playing = null;
    cancelAnimationFrame(frame);
    audio.pause();
    audio.removeAttribute("src");
    URL.revokeObjectURL(url);
    onEnd();
  };
  const sound = { stop };
  const follow = () => {
    onTime(audio.currentTime);
    frame = requestAnimationFrame(follow);
  };
  audio.addEventListener("ended", stop);
  audio.addEventListener("error", () => {
    if (playing !== sound) return;
    stop();
    onError();
  });
  audio.currentTime = start;
  playing = sound;
  // Where it fails, "error" says so.
  audio.play().then(() => playing === sound && follow(), () => {});
  return sound;
}

/** A button that plays the sample of a voice, and stops it. It says what went wrong in a message. */
export function sampleButton(studio, voice, { label = `Play a sample of ${voice.name}` } = {}) {
  const button = h("button", { type: "button", class: "sample", "aria-label": label, onclick: toggle }, icon("play"));
  let sound = null;
  const show = (state) => {
    button.dataset.state = state;
    button.toggleAttribute("aria-busy", false);
    if (state === "loading") button.setAttribute("aria-busy", "true");
    button.setAttribute("aria-label", state === "playing" ? `Stop the sample of ${voice.name}` : label);
    button.replaceChildren(icon(state === "playing" ? "stop" : "play"));
  };
  async function toggle() {
    if (button.dataset.state === "loading") return;
    if (sound) return sound.stop();
    show("loading");
    try {
      const blob = await voiceSample(studio, voice);
      if (!button.isConnected) return;
      sound = play(blob, {
        onEnd: () => {
          sound = null;
          show("idle");
        },
        onError: () => toast(`${voice.name} cannot be heard: its recording is not one that this browser plays.`),
      });
      show("playing");
    } catch (error) {
      show("idle");
      toast(`${voice.name} cannot be heard: ${error.message}`);
    }
  }
  return button;
}

/** Stop what is heard, such as when a view is left. */
export function stopPlaying() {
  playing?.stop();
}
