/** Whether this host has the address ::1. */
export const HAS_IPV6: boolean = (() => {
  try {
    Deno.listenDatagram({ transport: "udp", hostname: "::1", port: 0 }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrNotAvailable) return false;
    return !/address family/i.test(String(error));
  }
})();
