import { type Browser, chromium, type Page } from "playwright-core";
import { hasProgram } from "../has_program.ts";

/** Whether a page can be looked at here. */
export const HAS_BROWSER = hasProgram("chromium");

/** A page, and what it did that it should not. */
export interface OpenPage extends AsyncDisposable {
  page: Page;
  /** What it complained of: errors and warnings in the console, exceptions, and failed requests. */
  complaints: string[];
  /** Where it asked. */
  requests: string[];
}

/** How a page is looked at. */
export interface Look {
  /** @default 1300 */
  width?: number;
  /** @default 1000 */
  height?: number;
  /** @default "light" */
  colorScheme?: "light" | "dark";
}

/** Debian's chromium. */
export async function startBrowser(): Promise<Browser & AsyncDisposable> {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    // In a container, root has no sandbox to give.
    args: ["--no-sandbox"],
  });
  return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() });
}

/** Opens a page in a window of its own. */
export async function openPage(
  browser: Browser,
  url: string,
  { width = 1300, height = 1000, colorScheme = "light" }: Look = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
  page.on("request", (request) => requests.push(request.url()));
  page.on("websocket", (socket) => requests.push(socket.url()));
  await page.goto(url);
  return { page, complaints, requests, [Symbol.asyncDispose]: () => context.close() };
}
