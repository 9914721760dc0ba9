// A request whose body is a file, with word of how much of it is sent: fetch does not tell.

/** As `fetch`; `onProgress(share)` hears of the part that is sent, from 0 to 1. Rejects as fetch does. */
export function sending(onProgress) {
  return (path, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const stopped = () => reject(new DOMException("The upload was cancelled.", "AbortError"));
      if (signal?.aborted) return stopped();
      request.open(method, path);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", (event) => event.total && onProgress(event.loaded / event.total));
      request.addEventListener("load", () => resolve(new Response(request.responseText, { status: request.status })));
      request.addEventListener("error", () => reject(new TypeError("The server does not answer.")));
      request.addEventListener("abort", stopped);
      signal?.addEventListener("abort", () => request.abort(), { once: true });
      return request.send(body);
    });
}
