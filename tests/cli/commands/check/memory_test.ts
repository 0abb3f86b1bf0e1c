import { assert } from "../../../assert.ts";

/** Events of the first night: 33 min of a camera. */
const EVENTS = 4000;

/** By how much the peak may grow from it to a night of four times as many events. */
const GROWTH_KIB = 16 * 1024;

Deno.test("check needs no more memory for a night of four times as many events", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", "--no-check"],
      new URL("memory_of_check.ts", import.meta.url).pathname,
      `${EVENTS}`,
    ],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const [one = NaN, four = NaN] = JSON.parse(new TextDecoder().decode(stdout));
  assert(four - one < GROWTH_KIB, `${one} KiB for one, ${four} KiB for four`);
});
