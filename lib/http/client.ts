import { messageOf, OperationError } from "../errors.ts";
import { fromJson } from "../text/json.ts";
import { readShape, type Shape } from "../text/shape.ts";

/** Time limit for an answer. */
const TIMEOUT_MS = 5000;

/** Limit for the length of an answer; a status has under 20 kB. */
const MAX_ANSWER_BYTES = 2 ** 20;

/** The most that is told of a refusal, characters. */
const MAX_TOLD = 1000;

/** A client of a control port. */
export class ControlClient {
  readonly #url: string;
  readonly #headers: Record<string, string>;

  /**
   * @param url such as `http://127.0.0.1:8642`
   * @param token the token that the server requires, if any
   */
  constructor(url: string, token?: string) {
    this.#url = url;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /**
   * Sends a request, and reads the JSON answer by its shape.
   *
   * @param who the expected server in words, such as `an ssdaq daemon`
   * @throws {OperationError} if there is no answer, or an unexpected one
   */
  async call<T>(
    method: "GET" | "POST",
    path: string,
    who: string,
    shape: Shape<T>,
  ): Promise<T> {
    const response = await this.#fetch(method, path);
    const text = await this.#text(response).catch((error) => {
      if (error instanceof OperationError) throw error;
      throw new OperationError(`connection to ${this.#url} lost: ${messageOf(error)}`, {
        cause: error,
      });
    });
    if (!response.ok) {
      throw new OperationError(
        `${this.#url} refuses ${method} ${path}: ${shortened(text.trim() || response.statusText)}`,
        {
          code: response.status === 401 ? "http.token" : undefined,
          fields: { url: this.#url, status: response.status },
        },
      );
    }
    try {
      return readShape(fromJson(text), shape);
    } catch (error) {
      const reason = error instanceof SyntaxError ? "it is not JSON" : messageOf(error);
      throw new OperationError(
        `${this.#url} does not answer as ${who} does (${reason}); is it another program?`,
        { cause: error },
      );
    }
  }

  async #fetch(method: string, path: string): Promise<Response> {
    try {
      return await fetch(this.#url + path, {
        method,
        headers: this.#headers,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (error) {
      throw new OperationError(
        `no answer from ${this.#url} (${messageOf(error)}); is it running, and is its control ` +
          "port on?",
        { cause: error, code: "http.noAnswer", fields: { url: this.#url } },
      );
    }
  }

  async #text(response: Response): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_ANSWER_BYTES) {
        throw new OperationError(
          `${this.#url} sends an answer without end; is it another program?`,
        );
      }
    }
    return text;
  }
}

/** The start of a text that another program has sent. */
function shortened(text: string): string {
  return text.length <= MAX_TOLD ? text : `${text.slice(0, MAX_TOLD)}...`;
}
