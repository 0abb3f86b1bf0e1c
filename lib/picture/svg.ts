/** Attributes of an element; undefined ones are skipped. */
export type Attributes = Record<string, string | number | undefined>;

/** Number of decimals: as many as a screen can show. */
const DECIMALS = 2;

/** An SVG element around its content. */
export function element(name: string, attributes: Attributes, ...inner: string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(numberText(value))}"`).join("");
  return inner.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${inner.join("")}</${name}>`;
}

/** Escapes text for XML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`)
    // XML does not allow control characters.
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, "?");
}

/** A line of text. */
export function textAt(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeXml(text));
}

/** A complete picture on a white background. */
export function picture(width: number, height: number, ...inner: string[]): string {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": "DejaVu Sans, sans-serif",
      "font-size": 13,
      fill: "#222",
    },
    element("rect", { width, height, fill: "#fff" }),
    ...inner,
  ) + "\n";
}

function numberText(value: string | number | undefined): string {
  return typeof value === "number" ? String(Number(value.toFixed(DECIMALS))) : String(value);
}
