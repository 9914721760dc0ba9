// A list of voices with its search and filters; how one voice looks is said by who shows the list.

import { announce, field, h } from "../dom.js";
import { baseLanguage, languageName, searchable, speaks, voiceLibrary } from "../voice_library.js";

const PAGE = 40;

/**
 * `row(voice)` makes the `<li>` of a voice. `engine` is chosen at first, `engines` is that of v1/options, `only(voice)` says
 * which voices there are at all, `empty` is shown where there is none. Call `connect()`, and `disconnect()` at the end.
 */
export function voiceList(studio, row, { engine = "", engines = {}, only = () => true, empty = null } = {}) {
  const library = voiceLibrary(studio);
  const controls = makeControls(() => render(PAGE));
  const list = h("ul", { class: "cards voices" });
  const count = h("p", { class: "muted small", role: "status" });
  const more = h("button", { type: "button", onclick: showMore }, "Show more");
  const problem = h("div", { class: "notice bad row between", role: "alert", hidden: true });
  const nothing = h("div", { class: "notice", hidden: true });
  const element = h("div", { class: "stack" }, controls.element, problem, count, list, nothing, more);
  let texts = new Map();
  let shown = PAGE;

  function render(upTo = shown) {
    const voices = library.voices.filter(only);
    controls.offer(voices, engines);
    const found = voices.filter((voice) => controls.matches(voice, textOf(voice), engines));
    shown = upTo;
    const known = new Map([...list.children].map((item) => [item.dataset.voice, item]));
    const items = found.slice(0, shown).map((voice) => item(voice, known.get(voice.name)));
    if (items.length !== list.children.length || items.some((one, index) => one !== list.children[index])) {
      const focused = list.contains(document.activeElement) ? document.activeElement : null;
      list.replaceChildren(...items);
      if (list.contains(focused)) focused.focus({ preventScroll: true });
    }
    more.hidden = found.length <= shown;
    more.textContent = `Show ${Math.min(PAGE, found.length - shown)} more`;
    count.textContent = summary(found.length, voices.length);
    nothing.hidden = found.length > 0 || library.isLoading;
    nothing.replaceChildren(...[voices.length ? "No voice is like that. Change the search or the filters." : empty].filter(Boolean));
  }

  /** The row that is there already stays, with its focus and what is open in it, unless the voice is another now. */
  function item(voice, old) {
    if (old?.voice === voice) return old;
    const made = row(voice);
    made.dataset.voice = voice.name;
    made.voice = voice;
    return made;
  }

  function textOf(voice) {
    if (!texts.has(voice)) texts.set(voice, searchable(voice));
    return texts.get(voice);
  }

  function summary(found, all) {
    if (library.isLoading && !all) return "Loading the voices…";
    const voices = found === 1 ? "1 voice" : `${found.toLocaleString()} voices`;
    return found === all ? voices : `${voices} of ${all.toLocaleString()}`;
  }

  function showMore() {
    const first = list.children.length;
    render(shown + PAGE);
    // The button may be gone: whoever pressed it goes on at the first new voice.
    list.children[first]?.querySelector("button")?.focus();
    announce(`${list.children.length} voices are shown`);
  }

  async function refresh() {
    problem.hidden = true;
    const loaded = library.load();
    render();
    try {
      await loaded;
    } catch (error) {
      const again = h("button", { type: "button", onclick: refresh }, "Try again");
      problem.replaceChildren(h("span", {}, `The voices cannot be listed: ${error.message}`), again);
      problem.hidden = false;
    }
  }

  const changed = () => {
    texts = new Map();
    render();
  };
  controls.choose({ engine });
  return {
    element,
    list,
    refresh,
    /** Put what v1/options says about the engines in force. */
    setEngines(known) {
      engines = known;
      render();
    },
    connect() {
      library.addEventListener("change", changed);
      return refresh();
    },
    disconnect: () => library.removeEventListener("change", changed),
  };
}

const ORIGINS = { "": "All voices", bucket: "Your own", builtin: "Built in" };

/** The search and the filters: each select offers what there is. */
function makeControls(onChange) {
  const search = h("input", { type: "search", placeholder: "Name, language, tag, words…", autocomplete: "off" });
  const origin = h("select", {}, Object.entries(ORIGINS).map(([value, label]) => h("option", { value }, label)));
  const [engine, language, tag] = ["", "", ""].map(() => h("select"));
  const fields = [
    field("Search", search), field("Kind", origin), field("Engine", engine), field("Language", language), field("Tag", tag),
  ];
  const element = h("div", { class: "filters", role: "search", "aria-label": "Voices" }, fields.map((one) => one.element));
  element.addEventListener("input", onChange);
  const chosen = { engine: "" };
  engine.addEventListener("input", () => (chosen.engine = engine.value));

  return {
    element,
    choose: (given) => Object.assign(chosen, given),
    offer(voices, engines) {
      const own = voices.map((voice) => voice.engine).filter(Boolean);
      options(engine, "Any engine", [...new Set([...Object.keys(engines), ...own])].map((name) => [name, name]), chosen.engine);
      options(language, "Any language", counted(voices.map(baseLanguage), languageName));
      options(tag, "Any tag", counted(voices.flatMap((voice) => voice.tags ?? []), (name) => name));
      fields[4].element.hidden = tag.options.length < 2;
    },
    matches(voice, text, engines) {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      return (
        words.every((word) => text.includes(word)) &&
        (!origin.value || voice.builtin === (origin.value === "builtin")) &&
        (!engine.value || speaks(engine.value, voice, engines)) &&
        (!language.value || baseLanguage(voice) === language.value) &&
        (!tag.value || (voice.tags ?? []).includes(tag.value))
      );
    },
  };
}

/** Each value with its name and how often it is there, in the order of the names. */
function counted(values, nameOf) {
  const counts = new Map();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  const rows = [...counts].map(([value, count]) => [value, `${nameOf(value)} (${count})`]);
  return rows.sort(([, one], [, other]) => one.localeCompare(other));
}

/** Offer rows of [value, label] after one for all; what is chosen stays so, if it is still there. */
function options(select, all, rows, wanted = select.value) {
  const key = JSON.stringify(rows);
  if (select.dataset.rows === key) return;
  select.dataset.rows = key;
  select.replaceChildren(h("option", { value: "" }, all), ...rows.map(([value, label]) => h("option", { value }, label)));
  select.value = rows.some(([value]) => value === wanted) ? wanted : "";
}
