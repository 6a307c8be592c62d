// @ts-check
// Draws the pages of the API from /openapi.json: operations, types, problems, and a search over
// them. Everything is made of elements and text, never of HTML in a string: what the file says is
// shown and not run.
import { curlOf, exampleOf, fieldsOf, refName, typeOf } from "/docs/schema.js";

/** @typedef {import("./schema.js").Api} Api */
/** @typedef {import("./schema.js").Operation} Operation */
/** @typedef {import("./schema.js").Schema} Schema */
/** @typedef {Node | string | null | undefined} Part */

/**
 * An element with attributes and children; what is null is left out.
 * @param {string} name @param {Record<string, string>} attributes @param {Part[]} children
 * @returns {HTMLElement}
 */
function make(name, attributes, ...children) {
  const out = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) out.setAttribute(key, value);
  for (const child of children) if (child != null) out.append(child);
  return out;
}

/** @param {string} id @returns {HTMLElement} */
function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** Paragraphs and `code` of Markdown; nothing more is used. @param {string} text */
function prose(text) {
  const out = document.createDocumentFragment();
  for (const paragraph of text.split(/\n\n+/)) {
    const parts = paragraph.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));
    out.append(make("p", {}, ...parts));
  }
  return out;
}

/** @param {string} text @param {string} label */
function code(text, label) {
  const button = make("button", { class: "copy", type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text).then(
      () => (button.textContent = "Copied"),
      () => (button.textContent = "Not allowed"),
    );
  });
  return make("div", { class: "code" },
    make("pre", { tabindex: "0", "aria-label": label }, text), button);
}

/** The name of a type, with links to what it is made of. @param {Schema} schema */
function typeLink(schema) {
  const inner = schema.items ?? schema.additionalProperties;
  const name = refName(schema) ?? (typeof inner === "object" ? refName(inner) : null);
  if (!name) return make("code", {}, typeOf(schema));
  const [before, after] = typeOf(schema).split(name);
  return make("code", {}, before, make("a", { href: `/docs#type-${name}` }, name), after);
}

/** @param {Schema} schema */
function rules(schema) {
  const said = [];
  const range = (/** @type {unknown} */ low, /** @type {unknown} */ high, /** @type {string} */ unit) => {
    if (low != null && high != null) said.push(`${low} to ${high}${unit}`);
    else if (low != null) said.push(`at least ${low}${unit}`);
    else if (high != null) said.push(`at most ${high}${unit}`);
  };
  const whole = Number(schema.maximum) >= 2 ** 31 - 1;
  range(whole && Number(schema.minimum) < 0 ? null : schema.minimum,
    whole ? null : schema.maximum, "");
  range(schema.minLength, schema.maxLength, " characters");
  range(schema.minItems, schema.maxItems, " items");
  if (schema.format && !/^int/.test(schema.format)) said.push(schema.format);
  if (schema.enum) said.push(`one of ${schema.enum.join(", ")}`);
  return said.join("; ");
}

/** @param {{name: string, schema: Schema, required: boolean, about: string}[]} rows */
function fieldTable(rows) {
  const body = rows.map((row) => make("tr", {},
    make("td", {}, make("code", {}, row.name), row.required ? "" : " ",
      row.required ? null : make("span", { class: "rule" }, "optional")),
    make("td", {}, typeLink(row.schema)),
    make("td", {}, row.about ? make("span", { class: "about" }, ...inline(row.about)) : null,
      rules(row.schema) ? make("span", { class: "rule" }, rules(row.schema)) : null)));
  return make("table", {},
    make("thead", {}, make("tr", {},
      make("th", { scope: "col" }, "Name"), make("th", { scope: "col" }, "Type"),
      make("th", { scope: "col" }, "Meaning"))),
    make("tbody", {}, ...body));
}

/** @param {string} text @returns {Part[]} */
function inline(text) {
  return text.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));
}

/** Who may ask. @param {Operation} operation */
function access(operation) {
  const schemes = operation.security.flatMap((one) => Object.entries(one));
  if (!schemes.length) return "Open to everybody.";
  const names = schemes.map(([name, scopes]) =>
    name === "api_key" ? `an API key with the scope ${scopes.join(", ")}`
      : name === "share_link" ? "the link itself" : "a session");
  return `Asked with ${names.join(" or ")}.`;
}

/** @param {Api} api @param {Operation} operation */
function problemChips(api, operation) {
  const statuses = new Set(Object.keys(operation.responses).map(Number));
  const items = api["x-problems"].filter((p) => statuses.has(p.status)).map((p) =>
    make("li", {}, make("a", { href: `/docs/problems#${p.code}`, title: p.title },
      `${p.status} ${p.code}`)));
  return items.length ? [make("h4", {}, "Problems"), make("ul", { class: "codes" }, ...items)] : [];
}

/** @param {Api} api @param {Operation} operation */
function answerPart(api, operation) {
  const [status, answer] = Object.entries(operation.responses).find(([s]) => s < "400") ?? ["", {}];
  const out = [make("h4", {}, `Answer ${status}`)];
  const content = Object.entries(answer.content ?? {})[0];
  if (!content) return [...out, make("p", {}, "Without a body.")];
  const [type, media] = content;
  const schema = media.schema;
  if (!schema) return [...out, make("p", {}, make("code", {}, type))];
  out.push(make("p", {}, typeLink(schema), ` as ${type}`));
  const example = media.example ?? exampleOf(api, schema);
  out.push(code(JSON.stringify(example, null, 2), "Example of the answer"));
  return out;
}

/** @param {Api} api @param {Operation} operation */
function bodyPart(api, operation) {
  const content = Object.entries(operation.requestBody?.content ?? {})[0];
  if (!content) return [];
  const [type, media] = content;
  const out = [make("h4", {}, `Body, ${type}`)];
  if (media.schema) {
    out.push(make("p", {}, typeLink(media.schema)));
    const fields = fieldsOf(api, media.schema);
    if (fields.length) out.push(fieldTable(fields));
  }
  return out;
}

/** @param {Api} api @param {Operation} operation */
function operationPart(api, operation) {
  const parameters = operation.parameters.map((p) => ({
    name: p.name, schema: p.schema, required: Boolean(p.required),
    about: [p.in === "query" ? "" : `In the ${p.in}.`, p.description ?? ""].join(" ").trim(),
  }));
  return make("section", { class: "operation", id: operation.id },
    make("h3", {}, make("a", { class: "anchor", href: `/docs#${operation.id}` },
      operation.summary)),
    make("p", { class: "route" },
      make("span", { class: `method ${operation.method}` }, operation.method.toUpperCase()),
      make("span", { class: "path" }, operation.path)),
    operation.description ? prose(operation.description) : null,
    make("p", { class: "needs" }, access(operation)),
    ...(parameters.length ? [make("h4", {}, "Parameters"), fieldTable(parameters)] : []),
    ...bodyPart(api, operation),
    make("h4", {}, "With curl"), code(curlOf(api, operation, location.origin), "curl command"),
    ...answerPart(api, operation),
    ...problemChips(api, operation));
}

/** @param {Api} api @param {string} name */
function typePart(api, name) {
  const schema = api.components.schemas[name] ?? {};
  const fields = fieldsOf(api, schema);
  return make("section", { class: "type", id: `type-${name}` },
    make("h3", {}, make("a", { class: "anchor", href: `/docs#type-${name}` }, name)),
    fields.length ? fieldTable(fields) : make("p", { class: "rule" }, rules(schema)));
}

/** @param {Api["x-problems"][number]} problem */
function problemPart(problem) {
  return make("section", { class: "problem", id: problem.code },
    make("h3", {}, make("a", { class: "anchor", href: `/docs/problems#${problem.code}` },
      make("code", {}, problem.code))),
    make("p", {}, `${problem.title}. Status ${problem.status}.`),
    make("p", {}, problem.remedy));
}

/** The operations by feature. @param {Api} api @returns {Map<string, Operation[]>} */
function byTag(api) {
  const out = new Map(api.tags.map((tag) => [tag.name, /** @type {Operation[]} */ ([])]));
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, op] of Object.entries(methods))
      out.get(op.tags[0] ?? "")?.push({ ...op, path, method, id: op.operationId,
        parameters: op.parameters ?? [] });
  return out;
}

/** @param {Api} api */
function apiPage(api) {
  const groups = [...byTag(api)].map(([tag, operations]) =>
    make("section", { class: "group" }, make("h2", {}, tag),
      ...operations.map((operation) => operationPart(api, operation))));
  const types = Object.keys(api.components.schemas).sort();
  return [
    make("h1", {}, "The API of Aiditor"),
    prose(api.info.description),
    make("p", {}, "Programs read all of this from ", make("a", { href: "/openapi.json" },
      "/openapi.json"), ". Every failure has a code; ",
      make("a", { href: "/docs/problems" }, "what each code means"), "."),
    ...groups,
    make("section", { class: "group" }, make("h2", {}, "Types"),
      ...types.map((name) => typePart(api, name))),
  ];
}

/** @param {Api} api */
function problemsPage(api) {
  return [
    make("h1", {}, "Problems"),
    make("p", {}, "A failure is answered as ", make("code", {}, "application/problem+json"),
      " (RFC 9457). Programs decide by ", make("code", {}, "code"),
      "; its meaning never changes. ", make("code", {}, "request_id"),
      " finds the request in the log of the service."),
    make("section", { class: "group" }, ...api["x-problems"].map(problemPart)),
  ];
}

/** @param {Api} api */
function drawIndex(api) {
  const nav = byId("index");
  nav.append(make("ul", {},
    make("li", {}, make("a", { class: "plain", href: "/docs" }, "Overview")),
    make("li", {}, make("a", { class: "plain", href: "/docs/problems" }, "Problems")),
    make("li", {}, make("a", { class: "plain", href: "/openapi.json" }, "openapi.json"))));
  for (const [tag, operations] of byTag(api)) {
    const links = operations.map((op) => make("li", { "data-for": op.id },
      make("a", { href: `/docs#${op.id}` },
        make("span", { class: `method ${op.method}` }, op.method.toUpperCase()), op.summary)));
    nav.append(make("section", {}, make("h2", {}, tag), make("ul", {}, ...links)));
  }
}

/** Shows the sections that have every word of the search, and says how many. */
function search() {
  const field = /** @type {HTMLInputElement} */ (byId("search"));
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (/** @type {Element} */ part) => {
    const text = (part.textContent ?? "").toLowerCase();
    return words.every((word) => text.includes(word));
  };
  let found = 0;
  for (const part of document.querySelectorAll(".operation, .type, .problem")) {
    const shown = has(part);
    found += Number(shown);
    part.toggleAttribute("hidden", !shown);
    byId("index").querySelector(`[data-for="${part.id}"]`)?.toggleAttribute("hidden", !shown);
  }
  for (const group of document.querySelectorAll(".group, nav section"))
    group.toggleAttribute("hidden", !group.querySelector(
      ".operation:not([hidden]), .type:not([hidden]), .problem:not([hidden]), li:not([hidden])"));
  const state = byId("state");
  state.hidden = words.length === 0;
  state.textContent = found ? `${found} found.` : "Nothing found. Fewer or other words may help.";
}

function listen() {
  const field = /** @type {HTMLInputElement} */ (byId("search"));
  field.addEventListener("input", search);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target === field || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    field.focus();
  });
  const menu = byId("menu"), nav = byId("index");
  const open = (/** @type {boolean} */ is) => {
    nav.classList.toggle("open", is);
    menu.setAttribute("aria-expanded", String(is));
  };
  menu.addEventListener("click", () => open(!nav.classList.contains("open")));
  nav.addEventListener("click", () => open(false));
  const root = document.documentElement;
  byId("theme").addEventListener("click", () => {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("docs-theme", root.dataset.theme);
  });
  const kept = localStorage.getItem("docs-theme");
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;
}

async function start() {
  listen();
  const state = byId("state");
  const answer = await fetch("/openapi.json").catch(() => null);
  if (!answer?.ok) {
    state.textContent = "The description of the API cannot be read right now. Load the page again.";
    return;
  }
  const api = /** @type {Api} */ (await answer.json());
  const problems = location.pathname.endsWith("/problems");
  if (problems) document.title = "Problems of the Aiditor API";
  drawIndex(api);
  byId("content").append(...(problems ? problemsPage(api) : apiPage(api)));
  search();
  // The target exists only now.
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  document.documentElement.dataset.drawn = "true";
}

await start();
