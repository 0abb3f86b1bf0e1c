import type { Route } from "../../http/server.ts";

/** A file of the page, imported as text: its HTML, or what `deno task page` made of `lib/view/page`. */
interface PageFile {
  type: string;
  load(): Promise<{ default: unknown }>;
}

/** The page's files by path. Each is loaded at its first request. */
const FILES: Readonly<Record<string, PageFile>> = {
  "/": {
    type: "text/html; charset=utf-8",
    load: () => import("../page/index.html", { with: { type: "text" } }),
  },
  "/page/main.js": {
    type: "text/javascript; charset=utf-8",
    load: () => import("./bundle/main.js", { with: { type: "text" } }),
  },
  "/page/style.css": {
    type: "text/css; charset=utf-8",
    load: () => import("./bundle/style.css", { with: { type: "text" } }),
  },
};

/** Nothing is loaded from or sent to other servers. Inline scripts are forbidden. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * The page at `/`, and its files below `/page/`. They need no token, because they contain no data.
 */
export function pageRoutes(): Route[] {
  return Object.entries(FILES).map(([path, { type, load }]) => ({
    method: "GET",
    path,
    open: true,
    handle: async () => answer(String((await load()).default), type),
  }));
}

function answer(text: string, type: string): Response {
  return new Response(text, {
    headers: {
      "content-type": type,
      "content-security-policy": POLICY,
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    },
  });
}
