import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";
import type { Route } from "../../http/server.ts";

/** A module imported as text. */
interface TextModule {
  default: unknown;
}

/** How the page's files are loaded, when they are first asked for; paths are as in this project. */
const FILES: Readonly<Record<string, () => Promise<TextModule>>> = {
  "lib/statistics/amplitudes.ts": () =>
    import("../../statistics/amplitudes.ts", { with: { type: "text" } }),
  "lib/wire/camera.ts": () => import("../../wire/camera.ts", { with: { type: "text" } }),
  "lib/wire/event.ts": () => import("../../wire/event.ts", { with: { type: "text" } }),
  "lib/text/json.ts": () => import("../../text/json.ts", { with: { type: "text" } }),
  "lib/ledger/ledger.ts": () => import("../../ledger/ledger.ts", { with: { type: "text" } }),
  "lib/wire/packet.ts": () => import("../../wire/packet.ts", { with: { type: "text" } }),
  "lib/replay/replay_range_shape.ts": () =>
    import("../../replay/replay_range_shape.ts", { with: { type: "text" } }),
  "lib/text/shape.ts": () => import("../../text/shape.ts", { with: { type: "text" } }),
  "lib/wire/tack.ts": () => import("../../wire/tack.ts", { with: { type: "text" } }),
  "lib/picture/colour_map.ts": () =>
    import("../../picture/colour_map.ts", { with: { type: "text" } }),
  "lib/picture/scale.ts": () => import("../../picture/scale.ts", { with: { type: "text" } }),
  "lib/view/protocol/frame.ts": () => import("../protocol/frame.ts", { with: { type: "text" } }),
  "lib/view/client/recent.ts": () => import("../client/recent.ts", { with: { type: "text" } }),
  "lib/view/client/recent_status.ts": () =>
    import("../client/recent_status.ts", { with: { type: "text" } }),
  "lib/view/client/state.ts": () => import("../client/state.ts", { with: { type: "text" } }),
  "lib/view/page/camera_canvas.ts": () =>
    import("../page/camera_canvas.ts", { with: { type: "text" } }),
  "lib/view/page/camera_layout.ts": () =>
    import("../page/camera_layout.ts", { with: { type: "text" } }),
  "lib/view/page/charts.ts": () => import("../page/charts.ts", { with: { type: "text" } }),
  "lib/view/page/controls.ts": () => import("../page/controls.ts", { with: { type: "text" } }),
  "lib/view/page/downloads.ts": () => import("../page/downloads.ts", { with: { type: "text" } }),
  "lib/view/page/elements.ts": () => import("../page/elements.ts", { with: { type: "text" } }),
  "lib/view/page/main.ts": () => import("../page/main.ts", { with: { type: "text" } }),
  "lib/view/client/live_client.ts": () =>
    import("../client/live_client.ts", { with: { type: "text" } }),
  "lib/view/protocol/live_status_shape.ts": () =>
    import("../protocol/live_status_shape.ts", { with: { type: "text" } }),
  "lib/ledger/losses.ts": () => import("../../ledger/losses.ts", { with: { type: "text" } }),
  "lib/view/page/tables.ts": () => import("../page/tables.ts", { with: { type: "text" } }),
  "style.css": () => import("../page/style.css", { with: { type: "text" } }),
  "uplot.css": () => import("uplot/dist/uPlot.min.css", { with: { type: "text" } }),
  "uplot.js": () => import("uplot/dist/uPlot.esm.js", { with: { type: "text" } }),
};

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  ts: "text/javascript; charset=utf-8",
};

/** Nothing from elsewhere, nothing to elsewhere; of what stands in the page, the import map alone. */
function policyOf(html: string): string {
  const [, importMap] = /<script type="importmap">(.*?)<\/script>/s.exec(html) ?? [];
  const hash = createHash("sha256").update(importMap).digest("base64");
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self' 'unsafe-inline'",
    "connect-src 'self'",
    "img-src 'self' blob: data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** The page at `/`, and its files below `/page/`: open, for they have no data. */
export function pageRoutes(): Route[] {
  return [
    { method: "GET", path: "/", open: true, handle: html },
    ...Object.entries(FILES).map(([path, load]): Route => {
      const type = TYPES[path.replace(/^.*\./, "")];
      let text: string | undefined;
      return {
        method: "GET",
        path: `/page/${path}`,
        open: true,
        handle: async () => answer(text ??= await textOf(path, load), type),
      };
    }),
  ];
}

async function html(): Promise<Response> {
  const page = await import("../page/index.html", { with: { type: "text" } });
  const text = String(page.default);
  return answer(text, "text/html; charset=utf-8", { "content-security-policy": policyOf(text) });
}

/** What the browser is given of a file: it knows no types. */
async function textOf(path: string, load: () => Promise<TextModule>): Promise<string> {
  const text = String((await load()).default);
  return path.endsWith(".ts") ? stripTypeScriptTypes(text) : text;
}

function answer(text: string, type: string, headers: Record<string, string> = {}): Response {
  return new Response(text, {
    headers: {
      "content-type": type,
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      ...headers,
    },
  });
}
