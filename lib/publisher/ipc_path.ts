import { OperationError, reasonOf, UnavailableError } from "../errors.ts";

/** Why an endpoint cannot be bound that is in use, and what to do. */
export const IN_USE = "address in use; is another ssdaq daemon running? stop it, or use another";

/**
 * Refuses the path of an `ipc://` endpoint that another process listens on, or that is no socket.
 *
 * ZeroMQ removes whatever is at the path before it binds, so the first daemon would lose its
 * subscribers to come without a word. The socket of a process that was killed is left to ZeroMQ.
 * Abstract names (`ipc://@name`) are left to it too: there the system refuses a second user. Two
 * daemons that start at the same moment are not kept apart.
 *
 * @throws {UnavailableError} if the path is in use, or is not a socket
 */
export async function refuseUsedPath(endpoint: string): Promise<void> {
  const [, path] = /^ipc:\/\/([^@*].*)$/s.exec(endpoint) ?? [];
  if (path === undefined || Deno.build.os === "windows") return;
  try {
    const { isSocket } = Deno.lstatSync(path);
    if (isSocket === false) throw notSocket(endpoint);
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (error instanceof OperationError) throw error;
    if (error instanceof Deno.errors.NotFound) return;
    // Nobody has it open.
    if (error instanceof Deno.errors.ConnectionRefused) return;
    // It is there, and cannot be tried out: a socket of another user, or one with a full queue.
    throw new UnavailableError(`cannot publish on ${endpoint}: ${reasonOf(error)}; ${IN_USE}`, {
      code: "publisher.inUse",
      fields: { endpoint },
    });
  }
  throw new UnavailableError(`cannot publish on ${endpoint}: ${IN_USE}`, {
    code: "publisher.inUse",
    fields: { endpoint },
  });
}

function notSocket(endpoint: string): UnavailableError {
  return new UnavailableError(
    `cannot publish on ${endpoint}: what is at this path is not a socket; remove it, or use another`,
    { code: "publisher.inUse", fields: { endpoint } },
  );
}
