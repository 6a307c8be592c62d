// What happens in a workspace, as it happens.
import { Problem, type Aiditor } from "./index.ts";

export interface Happening {
  /** Number of the last event of the log; progress carries it too and has none of its own. */
  id: string;
  /** "job.progress", "hello", "reset" (read the state anew), or the kind of an event. */
  name: string;
  data: Record<string, unknown>;
}

/** Between two tries to connect again; doubled up to the longest. */
const SHORTEST_PAUSE_MS = 250, LONGEST_PAUSE_MS = 8000;

/** Events out of a stream of server-sent events (HTML standard, 9.2.6), as far as they are used. */
export async function* parseEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Happening> {
  const decoder = new TextDecoder();
  let text = "", id = "", name = "message", data: string[] = [];
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines.map((one) => one.replace(/\r$/, ""))) {
      const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (field === "id") id = value;
      else if (field === "event") name = value;
      else if (field === "data") data.push(value);
      if (line || !data.length) continue;
      yield { id, name, data: JSON.parse(data.join("\n")) as Record<string, unknown> };
      name = "message";
      data = [];
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

/**
 * Goes on until `signal` is aborted, over breaks of the connection: what came meanwhile is told
 * then. `after` is the number of the last event that was seen; without it the story begins now.
 * Throws a Problem when the service refuses.
 */
export async function* happenings(aiditor: Aiditor, workspace: string, signal: AbortSignal,
                                  after?: string): AsyncGenerator<Happening> {
  let last = after, wait_ms = SHORTEST_PAUSE_MS;
  const url = `${aiditor.base}/api/v1/workspaces/${workspace}/events/stream`;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { ...aiditor.headers, Accept: "text/event-stream" };
      if (last !== undefined) headers["Last-Event-ID"] = last;
      const response = await aiditor.fetch(url, { headers, signal });
      if (!response.ok) throw new Problem(await response.json());
      wait_ms = SHORTEST_PAUSE_MS;
      for await (const one of parseEvents(response.body as unknown as AsyncIterable<Uint8Array>)) {
        last = one.id;
        yield one;
      }
    } catch (error) {
      if (error instanceof Problem && error.status < 500) throw error;
    }
    await pause(wait_ms, signal);
    wait_ms = Math.min(2 * wait_ms, LONGEST_PAUSE_MS);
  }
}
