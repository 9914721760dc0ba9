// What a voice may be called: the rules of `voice_name`, said before anything is sent.

const MAX_CHARS = 64;

export const NAME_RULES = `Letters from A to Z, digits, ".", "_" and "-", at most ${MAX_CHARS}. It begins with a letter or a digit.`;

/** The name as the worker takes it: one that ends in ".wav" is that of the file. */
export function bareName(name) {
  return name.trim().replace(/\.wav$/i, "");
}

/** The first thing that is wrong with a name, null for a good one. */
export function nameProblem(name) {
  const bare = bareName(name);
  if (!bare) return "Give the voice a name.";
  const [odd] = bare.match(/[^A-Za-z0-9._-]/u) ?? [];
  if (odd) return `${odd === " " ? "A space" : `“${odd}”`} is not allowed in a name.`;
  if (!/^[A-Za-z0-9]/.test(bare)) return `A name cannot begin with “${bare[0]}”.`;
  if (bare.length > MAX_CHARS) return `The name has ${bare.length} characters, at most ${MAX_CHARS} are allowed.`;
  return null;
}

/** The nearest name that is allowed, "" where nothing is left of it. */
export function nearestName(name) {
  const plain = bareName(name).normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("ß", "ss");
  return plain.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+|-+$/g, "").slice(0, MAX_CHARS);
}
