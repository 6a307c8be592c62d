// The client of Aiditor's API, for browsers and for Node.js.
//
//   const aiditor = connect({ base: "http://127.0.0.1:8080" });
//   const { items } = await got(aiditor.api.GET("/api/v1/workspaces"));
//
// Paths, bodies and answers have the types of schema.d.ts, which is made of docs/api/openapi.json.
import createClient, { type Client } from "openapi-fetch";
import type { paths, Problem as ProblemBody } from "./schema.d.ts";

export type * from "./schema.d.ts";

export interface Settings {
  /** Where the service is; a page of its own leaves it out. */
  base?: string;
  /** An access token or an API key. Browsers that are signed in by a cookie have none. */
  token?: string;
  fetch?: typeof globalThis.fetch;
}

/** A failure that the service explains; `code` never changes its meaning. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly requestId: string;
  /** Where the JSON that was sent is wrong, as JSON pointers. */
  readonly at: readonly { pointer: string; detail: string }[];

  constructor(body: ProblemBody) {
    super(body.detail);
    this.name = "Problem";
    this.code = body.code;
    this.status = body.status;
    this.requestId = body.request_id;
    this.at = body.errors ?? [];
  }
}

export interface Aiditor {
  readonly api: Client<paths>;
  readonly base: string;
  /** What every request carries, for requests that go past `api`: uploads, events, downloads. */
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof globalThis.fetch;
}

export function connect(settings: Settings = {}): Aiditor {
  const base = (settings.base ?? "").replace(/\/$/, "");
  // A browser sets Sec-Fetch-Site itself and lets no script do so.
  const outside = typeof document === "undefined";
  const headers: Record<string, string> = outside ? { "Sec-Fetch-Site": "same-origin" } : {};
  if (settings.token) headers["Authorization"] = `Bearer ${settings.token}`;
  const fetch = settings.fetch ?? globalThis.fetch;
  return { api: createClient<paths>({ baseUrl: base, headers, fetch }), base, headers, fetch };
}

function problemOf(body: unknown, response: Response): Problem {
  if (typeof body === "object" && body !== null && "code" in body)
    return new Problem(body as ProblemBody);
  return new Problem({ type: "about:blank", title: response.statusText, status: response.status,
    detail: `The service answered with ${response.status}.`, code: "unknown",
    request_id: response.headers.get("X-Request-Id") ?? "" });
}

/** The value of an answer; throws a Problem for a failure. */
export async function got<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw problemOf(error, response);
  return data as T;
}

/** All items of a list, page after page. `page` asks for one. */
export async function* items<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; next_cursor?: string }>) {
  let cursor: string | undefined;
  do {
    const found = await page(cursor);
    yield* found.items;
    cursor = found.next_cursor;
  } while (cursor !== undefined);
}

/** The bytes behind a link of the API, e.g. a file of a montage. */
export async function download(aiditor: Aiditor, url: string): Promise<Blob> {
  const response = await aiditor.fetch(new URL(url, aiditor.base || location.href),
    { headers: aiditor.headers });
  if (!response.ok) throw problemOf(await response.json().catch(() => null), response);
  return response.blob();
}
