// Two real clips become a montage through the generated client, over the real binary:
// client_journey.ts URL FOLDER CLIP CLIP [TOKEN]. The films are left in FOLDER.
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { connect, download, got, items, Problem } from "../client/index.ts";
import { happenings, parseEvents, type Happening } from "../client/events.ts";
import { upload } from "../client/upload.ts";
import { check, finish, same } from "./report.ts";

const [base = "", folder = "", first = "", second = "", token] = process.argv.slice(2);
const aiditor = connect(token ? { base, token } : { base });
const { api } = aiditor;

const { items: workspaces } = await got(api.GET("/api/v1/workspaces"));
const workspace_id = workspaces[0]?.id ?? "";
const inside = { params: { path: { workspace_id } } };

// Everything that happens, from the beginning on, until the end.
const story: Happening[] = [];
const end = new AbortController();
let news = () => {};
const listening = (async () => {
  for await (const one of happenings(aiditor, workspace_id, end.signal)) {
    story.push(one);
    news();
  }
})();

/** Waits for something in the story; no polling. */
function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    let busy = false, again = false;
    const timer = setTimeout(() => reject(new Error(`${what}: not within ten minutes`)), 600_000);
    const see = async () => {
      if (busy) { again = true; return; }
      busy = true;
      do {
        again = false;
        const found = await look();
        if (found === undefined) continue;
        clearTimeout(timer);
        resolve(found);
        return;
      } while (again);
      busy = false;
    };
    news = () => void see().catch(reject);
    news();
  });
}

const clips: string[] = [];
await check("the story begins", () => until("hello", () =>
  story.some((one) => one.name === "hello") ? "" : undefined));
await check("two clips go up by tus, in pieces", async () => {
  for (const path of [first, second]) {
    const seen: number[] = [];
    clips.push(await upload(aiditor, workspace_id, await readFile(path), basename(path),
      { chunkBytes: 300_000, onProgress: (sent) => seen.push(sent) }));
    if (seen.some((sent, i) => sent < (seen[i - 1] ?? 0))) return `progress fell: ${seen}`;
  }
  return same(clips.every((id) => id.startsWith("clip_")), true);
});
await check("clips are looked into", () => until("clips", async () => {
  const states = await Promise.all(clips.map(async (clip_id) => (await got(api.GET(
    "/api/v1/workspaces/{workspace_id}/clips/{clip_id}",
    { params: { path: { workspace_id, clip_id } } }))).state));
  if (states.includes("unusable")) throw new Error("a clip is unusable");
  return states.every((state) => state === "ready") ? "" : undefined;
}));
await check("lists come page by page", async () => {
  const found: string[] = [];
  for await (const clip of items((cursor) => got(api.GET(
    "/api/v1/workspaces/{workspace_id}/clips",
    { params: { path: { workspace_id }, query: { limit: 1, ...(cursor ? { cursor } : {}) } } }))))
    found.push(clip.id);
  return same(found.sort(), [...clips].sort());
});

const project = await got(api.POST("/api/v1/workspaces/{workspace_id}/projects", { ...inside,
  body: { name: "Friday night", clip_ids: clips, wishes: { length_s: 8, order: "time",
    formats: ["landscape", "portrait"], weights: {}, fill: true } } }));
const of_project = { params: { path: { workspace_id, project_id: project.id } } };
await check("the moments are found", async () => {
  const found = await got(api.GET(
    "/api/v1/workspaces/{workspace_id}/projects/{project_id}/highlights", of_project));
  const { clips: all } = found as { clips?: { highlights: unknown[] }[] };
  if (!all?.some((clip) => clip.highlights.length)) return JSON.stringify(found).slice(0, 300);
});
const montage = await got(api.POST(
  "/api/v1/workspaces/{workspace_id}/projects/{project_id}/montages", { ...of_project, body: {} }));
const of_montage = { params: { path: { workspace_id, montage_id: montage.id } } };
const read = () => got(api.GET("/api/v1/workspaces/{workspace_id}/montages/{montage_id}",
  of_montage));
await check("a montage is made", () => until("montage", async () => {
  const { state, problem } = await read();
  if (state === "rendering") return undefined;
  return state === "ready" ? "" : `${state}: ${problem}`;
}));
await check("its progress was told as it happened and never fell", () => {
  const told = story.filter((one) => one.name === "job.progress" &&
    one.data["job_id"] === montage.job_id && one.data["stage"] === "render");
  const parts = told.map((one) => Number(one.data["fraction"]));
  if (!parts.length) return `nothing in ${story.map((one) => one.name).join(" ")}`;
  return parts.some((part, i) => part < (parts[i - 1] ?? 0)) ? `it fell: ${parts}` : undefined;
});
await check("the films come down whole", async () => {
  for (const file of (await read()).files) {
    const film = await download(aiditor, file.url);
    if (film.size !== file.size) return `${film.size} bytes instead of ${file.size}`;
    const hash = Buffer.from(await crypto.subtle.digest("SHA-256", await film.arrayBuffer()));
    if (hash.toString("hex") !== file.sha256) return `${file.format}: other bytes than told`;
    await writeFile(`${folder}/${file.format}.mp4`, Buffer.from(await film.arrayBuffer()));
  }
});
await check("a failure is a problem with its code and place", async () => {
  const wrong = await got(api.POST("/api/v1/workspaces/{workspace_id}/projects", { ...inside,
    body: { name: 7 as unknown as string } })).catch((error: unknown) => error);
  if (!(wrong instanceof Problem)) return String(wrong);
  return same([wrong.code, wrong.status, wrong.at[0]?.pointer], ["bad_json", 400, "/name"]);
});
await check("events are read however they are cut", async () => {
  const bytes = new TextEncoder().encode(
    'id: 1\r\nevent: clip.ready\r\ndata: {"a":"ä"}\r\n\r\n: still here\n\nid: 2\ndata: {}\n\n');
  async function* cut() { for (const byte of bytes) yield Uint8Array.of(byte); }
  const found = [];
  for await (const one of parseEvents(cut())) found.push(one);
  return same(found, [{ id: "1", name: "clip.ready", data: { a: "ä" } },
    { id: "2", name: "message", data: {} }]);
});
end.abort();
await listening;
process.exitCode = finish("client");
