// Controls for the properties of a JSON Schema, as pydantic writes it. What is left empty stays unset.

import { field, h } from "../dom.js";

/**
 * A form for `schema`: {element, values(), set(values), showIssues(issues), showDefaults(defaults)}.
 * `omit` names properties without a control, `values` are those set at first; `onChange(values)` hears of each change.
 * `showIssues` shows {field, message} at the controls, and returns those that belong to none.
 */
export function schemaForm(schema, { values = {}, omit = [], defaults = {}, onChange = () => {} } = {}) {
  const rows = Object.entries(schema.properties ?? {})
    .filter(([name]) => !omit.includes(name))
    .map(([name, property]) => ({ name, ...control(name, resolve(property, schema)) }));
  const read = () => {
    const set = rows.map(({ name, get }) => [name, get()]).filter(([, value]) => value !== undefined);
    return Object.fromEntries(set);
  };
  const element = h("div", { class: "columns" }, rows.map((row) => row.element));
  element.addEventListener("input", () => onChange(read()));
  element.addEventListener("change", () => onChange(read()));
  const form = {
    element,
    values: read,
    set(given) {
      for (const row of rows) row.set(given[row.name]);
    },
    showIssues(issues) {
      const shown = new Set();
      for (const row of rows) {
        const issue = issues.find((one) => one.field === row.name || one.field.endsWith(`.${row.name}`));
        row.showProblem(issue?.message);
        if (issue) shown.add(issue);
      }
      return issues.filter((issue) => !shown.has(issue));
    },
    /** Show what is in force where nothing is set, such as the values of a preset. */
    showDefaults(given) {
      for (const row of rows) row.showDefault(given[row.name]);
    },
  };
  form.set(values);
  form.showDefaults({ ...defaultsOf(rows), ...defaults });
  return form;
}

function defaultsOf(rows) {
  return Object.fromEntries(rows.map(({ name, initial }) => [name, initial]));
}

/** A property without its references, and without the null that pydantic adds for a field that may be left out. */
function resolve(property, schema) {
  const { $ref, anyOf = [], allOf = [], ...own } = property;
  const parts = [...($ref ? [lookUp($ref, schema)] : []), ...allOf, ...anyOf].map((part) => resolve(part, schema));
  const [first = {}] = parts.filter((part) => part.type !== "null");
  return { ...first, ...own };
}

function lookUp(reference, schema) {
  return schema.$defs?.[reference.split("/").pop()] ?? {};
}

const MAX_LINE = 10_000; // characters
const COLOUR = /#\[0-9A-Fa-f\]/;

/** The kinds of controls, the first that fits a property is taken. */
const KINDS = [
  { fits: (property) => property.enum || property.const, make: choice },
  { fits: (property) => property.type === "boolean", make: flag },
  { fits: (property) => ["number", "integer"].includes(property.type), make: number },
  { fits: (property) => COLOUR.test(property.pattern ?? ""), make: colour },
  { fits: (property) => ["array", "object"].includes(property.type), make: json },
  { fits: () => true, make: text },
];

function control(name, property) {
  const made = KINDS.find(({ fits }) => fits(property)).make(property);
  const label = name.replaceAll("_", " ");
  const { element, showProblem } = field(label, made.control, { hint: marked(property.description ?? ""), name });
  if (made.wrap) {
    const { parentNode, nextSibling } = made.control;
    parentNode.insertBefore(made.wrap(made.control), nextSibling);
  }
  return { element, showProblem, initial: property.default ?? undefined, ...made };
}

/** A description, whose `names` are code. */
function marked(text) {
  return text && text.split("`").map((part, at) => (at % 2 ? h("code", {}, part) : part));
}

function choice(property) {
  const values = property.enum ?? [property.const];
  const first = h("option", { value: "" }, "default");
  const control = h("select", {}, first, values.map((value) => h("option", { value }, String(value))));
  return {
    control,
    get: () => (control.value === "" ? undefined : values.find((value) => String(value) === control.value)),
    set: (value) => (control.value = value ?? ""),
    showDefault: (value) => (first.textContent = value === undefined || value === null ? "default" : `default (${value})`),
  };
}

function flag() {
  const first = h("option", { value: "" }, "default");
  const control = h("select", {}, first, h("option", { value: "true" }, "yes"), h("option", { value: "false" }, "no"));
  return {
    control,
    get: () => ({ true: true, false: false })[control.value],
    set: (value) => (control.value = value ?? ""),
    showDefault: (value) => (first.textContent = value === undefined ? "default" : `default (${value ? "yes" : "no"})`),
  };
}

function number(property) {
  const { minimum = property.exclusiveMinimum, maximum = property.exclusiveMaximum, type } = property;
  const control = h("input", {
    type: "number", min: minimum, max: maximum, step: type === "integer" ? 1 : "any", inputmode: "decimal",
  });
  return {
    control,
    get: () => (control.value === "" ? undefined : Number(control.value)),
    set: (value) => (control.value = value ?? ""),
    showDefault: (value) => (control.placeholder = value ?? ""),
  };
}

/** A text with the browser's own chooser beside it, which cannot be empty. */
function colour() {
  const control = h("input", { type: "text", placeholder: "#RRGGBB", spellcheck: "false" });
  const chooser = h("input", { type: "color", "aria-label": "Choose the colour", oninput: () => (control.value = chooser.value) });
  control.addEventListener("input", () => /^#[0-9a-f]{6}$/i.test(control.value) && (chooser.value = control.value));
  return {
    control,
    // A row of the grid of `field`: the two belong together.
    wrap: (inner) => h("div", { class: "row colour" }, chooser, inner),
    get: () => control.value.trim() || undefined,
    set: (value) => {
      control.value = value ?? "";
      if (value) chooser.value = value;
    },
    showDefault: (value) => {
      control.placeholder = value ?? "#RRGGBB";
      if (value && !control.value) chooser.value = value;
    },
  };
}

function text(property) {
  // What may be as long as a file has lines.
  const control = h(property.maxLength > MAX_LINE ? "textarea" : "input", { maxlength: property.maxLength });
  return {
    control,
    get: () => control.value || undefined,
    set: (value) => (control.value = value ?? ""),
    showDefault: (value) => (control.placeholder = value ?? ""),
  };
}

/** What has no control of its own is written as JSON. */
function json() {
  const control = h("input", { type: "text", spellcheck: "false", placeholder: "JSON" });
  const parse = () => {
    try {
      return JSON.parse(control.value);
    } catch {
      return control.value;
    }
  };
  return {
    control,
    get: () => (control.value.trim() ? parse() : undefined),
    set: (value) => (control.value = value === undefined || value === null ? "" : JSON.stringify(value)),
    showDefault: (value) => (control.placeholder = value === undefined || value === null ? "JSON" : JSON.stringify(value)),
  };
}
