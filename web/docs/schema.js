// @ts-check
// What the pages of the API say about a JSON Schema: its name, its members, an example of it, and
// the curl command of an operation.

/**
 * The part of JSON Schema 2020-12 that the service writes.
 * @typedef {{
 *   $ref?: string, type?: string, description?: string, format?: string, enum?: string[],
 *   const?: string, items?: Schema, additionalProperties?: Schema | boolean,
 *   properties?: Record<string, Schema>, required?: string[], minimum?: number, maximum?: number,
 *   minLength?: number, maxLength?: number, minItems?: number, maxItems?: number,
 * }} Schema
 * @typedef {{schema?: Schema, example?: unknown}} Media
 * @typedef {{name: string, in: string, required?: boolean, description?: string, schema: Schema}}
 *   Parameter
 * @typedef {{
 *   id: string, path: string, method: string, operationId: string, tags: string[],
 *   summary: string, description?: string, security: Record<string, string[]>[],
 *   parameters: Parameter[], requestBody?: {content: Record<string, Media>},
 *   responses: Record<string, {content?: Record<string, Media>}>,
 * }} Operation
 * @typedef {{
 *   info: {description: string}, tags: {name: string}[],
 *   paths: Record<string, Record<string, Operation>>,
 *   components: {schemas: Record<string, Schema>},
 *   "x-problems": {code: string, status: number, title: string, remedy: string}[],
 * }} Api
 */

/** How deep an example goes: types may hold themselves. */
const DEEPEST = 6;
const AN_INSTANT_US = 1700000000000000;

/** @param {Schema} schema @returns {string | null} */
export function refName(schema) {
  return schema.$ref?.split("/").pop() ?? null;
}

/** What a reference means. @param {Api} api @param {Schema} schema @returns {Schema} */
export function resolve(api, schema) {
  const name = refName(schema);
  return name ? api.components.schemas[name] ?? {} : schema;
}

/** @param {Schema} schema @returns {string} */
export function typeOf(schema) {
  const name = refName(schema);
  if (name) return name;
  if (schema.const) return JSON.stringify(schema.const);
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object")
    return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.type ?? "any JSON";
}

/** @param {Api} api @param {Schema} schema */
export function fieldsOf(api, schema) {
  const { properties = {}, required = [] } = resolve(api, schema);
  return Object.entries(properties).map(([name, field]) => ({
    name, schema: field, required: required.includes(name), about: field.description ?? "",
  }));
}

/** @param {string} name @param {Schema} schema @returns {unknown} */
function textLike(name, schema) {
  if (schema.format === "email") return "ann@example.org";
  if (schema.format === "uri" || name.endsWith("url")) return "https://example.org/";
  if (name === "id") return "01a206b7b8af7000b9c723268bf4cf34";
  if (name.endsWith("_id")) return `${name.slice(0, -3)}_01a206b7b8af7000b9c723268bf4cf34`;
  return name === "name" ? "Friday night" : "text".padEnd(schema.minLength ?? 0, "t");
}

/**
 * A value that the schema allows.
 * @param {Api} api @param {Schema} schema @param {string} name @param {number} depth
 * @returns {unknown}
 */
export function exampleOf(api, schema, name = "", depth = 0) {
  const real = resolve(api, schema);
  if (real.const) return real.const;
  if (real.enum) return real.enum[0];
  switch (real.type) {
    case "boolean": return true;
    case "integer": return name.endsWith("_us") ? AN_INSTANT_US : Math.max(1, real.minimum ?? 1);
    case "number": return 1.5;
    case "string": return textLike(name, real);
    case "array":
      return depth > DEEPEST ? [] : [exampleOf(api, real.items ?? {}, name, depth + 1)];
    case "object": break;
    default: return {};
  }
  if (typeof real.additionalProperties === "object")
    return { audio: exampleOf(api, real.additionalProperties, "", depth + 1) };
  /** @type {Record<string, unknown>} */
  const out = {};
  if (depth > DEEPEST) return out;
  for (const field of fieldsOf(api, real))
    out[field.name] = exampleOf(api, field.schema, field.name, depth + 1);
  return out;
}

/** For a POSIX shell. @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** @param {string} type @param {unknown} example @returns {string[]} */
function bodyOptions(type, example) {
  if (type === "multipart/form-data") return ["-F file=@match.mp4"];
  if (type === "application/json") return [`--json ${quoted(JSON.stringify(example))}`];
  return [`-H ${quoted(`Content-Type: ${type}`)}`, "--data-binary @match.mp4"];
}

/**
 * The command for one operation. Parameters of the path are variables of the shell.
 * @param {Api} api @param {Operation} operation @param {string} origin
 */
export function curlOf(api, operation, origin) {
  const path = operation.path.replace(/\{(\w+)\}/g, "$$$1");
  const query = operation.parameters.filter((p) => p.in === "query" && p.required)
    .map((p) => `${p.name}=${exampleOf(api, p.schema, p.name)}`).join("&");
  const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? ["", {}];
  const options = [];
  if (operation.method === "head") options.push("--head");
  else if (operation.method !== "get" && !(operation.method === "post" && type))
    options.push(`-X ${operation.method.toUpperCase()}`);
  if (operation.security.length && !operation.security.some((s) => "share_link" in s))
    options.push('-H "Authorization: Bearer $TOKEN"');
  if (type) options.push(...bodyOptions(type, media.example ?? exampleOf(api, media.schema ?? {})));
  if (operation.path.endsWith("/stream")) options.push("--no-buffer");
  const url = `"${origin}${path}${query ? `?${query}` : ""}"`;
  return ["curl", ...options, url].join(" \\\n  ");
}
