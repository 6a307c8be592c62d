// A file on its way to a clip, by tus 1.0.0: it goes on where it was after a break.
import { Upload } from "tus-js-client";
import type { Aiditor } from "./index.ts";

type Source = ConstructorParameters<typeof Upload>[0];

export interface UploadOptions {
  /** Bytes of one request; the last of them that were answered are safe. */
  chunkBytes?: number;
  onProgress?: (sent: number, total: number) => void;
  signal?: AbortSignal;
}

/** The clip's id. An older clip's when the content is the same. */
export function upload(aiditor: Aiditor, workspace: string, file: Source, name: string,
                       options: UploadOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    let clip: string | undefined;
    const going = new Upload(file, {
      endpoint: `${aiditor.base}/api/v1/workspaces/${workspace}/uploads`,
      headers: { ...aiditor.headers },
      metadata: { filename: name },
      retryDelays: [0, 500, 1000, 3000, 5000, 10_000],
      chunkSize: options.chunkBytes ?? 64 * 1024 * 1024,
      onProgress: (sent, total) => options.onProgress?.(sent, total ?? 0),
      onAfterResponse: (_, response) => {
        clip = response.getHeader("Aiditor-Clip-Id") ?? clip;
      },
      onError: reject,
      onSuccess: () => clip ? resolve(clip) : reject(new Error("the upload ended without a clip")),
    });
    options.signal?.addEventListener("abort", () => {
      void going.abort();
      reject(options.signal?.reason);
    }, { once: true });
    going.start();
  });
}
