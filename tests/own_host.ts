/**
 * A loopback address for ports that a test gives up and comes back to: other tests, and connections
 * on their way out, take their ports of 127.0.0.1. Linux alone answers on all of 127.0.0.0/8.
 */
export const OWN_HOST = Deno.build.os === "linux" ? "127.0.0.77" : "127.0.0.1";
