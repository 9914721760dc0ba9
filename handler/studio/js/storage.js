// What this browser keeps of the page. One that keeps nothing, or refuses to, has the page work all the same.

/** The parts of the storage: for every visit, and for this tab until it is closed. */
export const [VISITS, TAB] = ["localStorage", "sessionStorage"];

/**
 * The value that is kept under a name; null where there is none, or one that does not fit: another version of the page
 * may have left it. `fits(value)` tells; the functions below make such a check of a value's parts.
 */
export function kept(name, fits, part = VISITS) {
  try {
    return parsed(window[part].getItem(name), fits);
  } catch {
    return null;
  }
}

export const isText = (value) => typeof value === "string";
export const isNumber = (value) => Number.isFinite(value);
export const isOneOf = (...values) => (value) => values.includes(value);
export const isList = (fits) => (value) => Array.isArray(value) && value.every(fits);
export const isEither = (one, other) => (value) => one(value) || other(value);
export const isMaybe = (fits) => (value) => value === undefined || value === null || fits(value);
/** An object whose fields fit, by their names; it may have others. */
export const isObject = (fields = {}) => (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) &&
  Object.entries(fields).every(([name, fits]) => fits(value[name]));

/** Keep a value; tells whether there was room for it. */
export function keep(name, value, part = VISITS) {
  try {
    window[part].setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forget(name, part = VISITS) {
  try {
    window[part].removeItem(name);
  } catch {
    // What keeps nothing has nothing to forget.
  }
}

/** All names that begin with `prefix`. */
export function keptNames(prefix, part = VISITS) {
  try {
    return Object.keys(window[part]).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}

/** A value as it is kept; null for what is none, or does not fit. */
export function parsed(text, fits) {
  try {
    const value = JSON.parse(text);
    return fits(value) ? value : null;
  } catch {
    return null;
  }
}
