import { unixNowMs } from "../../../lib/time/wall_clock.ts";
import { assert, assertEquals } from "../../assert.ts";
import { hasProgram } from "../../has_program.ts";

Deno.test("unixNowMs() is the time of day, finer than a millisecond", () => {
  let fine = 0;
  for (let times = 0; times < 1000; times++) {
    const before = Date.now();
    const now = unixNowMs();
    const after = Date.now();
    assert(now > before - 0.01 && now < after + 1.01, `${before} ${now} ${after}`);
    if (now % 1 !== 0) fine++;
  }
  assert(fine > 500, `${fine} of 1000 have a fraction`);
});

/** Has the calls that read the wall clock an hour ahead, or an hour behind, while a file is there. */
const STEPPED_CLOCK = `
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long step(void) {
  if (access(getenv("CLOCK_AHEAD"), F_OK) == 0) return 3600;
  return access(getenv("CLOCK_BEHIND"), F_OK) == 0 ? -3600 : 0;
}
int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = syscall(SYS_clock_gettime, clock, time);
  if (clock == CLOCK_REALTIME) time->tv_sec += step();
  return result;
}
int gettimeofday(struct timeval *time, void *zone) {
  int result = syscall(SYS_gettimeofday, time, 0);
  time->tv_sec += step();
  return result;
}
`;

Deno.test({
  name: "unixNowMs() follows a clock that is set an hour forward and an hour back",
  ignore: Deno.build.os !== "linux" || !hasProgram("gcc"),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/clock.c`, STEPPED_CLOCK);
      const gcc = await new Deno.Command("gcc", {
        args: ["-shared", "-fPIC", "-o", `${folder}/clock.so`, `${folder}/clock.c`],
      }).output();
      assert(gcc.success, new TextDecoder().decode(gcc.stderr));
      const [ahead, behind] = [`${folder}/ahead`, `${folder}/behind`];
      const module = new URL("../../../lib/time/wall_clock.ts", import.meta.url).href;
      const program = `
        import { unixNowMs } from ${JSON.stringify(module)};
        const [ahead, behind] = ${JSON.stringify([ahead, behind])};
        const times = [unixNowMs()];
        for (const file of [ahead, behind]) {
          Deno.writeTextFileSync(file, "");
          times.push(unixNowMs());
          Deno.removeSync(file);
        }
        console.log(JSON.stringify([...times, unixNowMs()]));`;
      await Deno.writeTextFile(`${folder}/clock.ts`, program);
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-config", "--allow-read", "--allow-write", `${folder}/clock.ts`],
        env: { LD_PRELOAD: `${folder}/clock.so`, CLOCK_AHEAD: ahead, CLOCK_BEHIND: behind },
      }).output();
      const text = new TextDecoder();
      const [first, ...others] = JSON.parse(text.decode(stdout) || text.decode(stderr));
      const hours = others.map((time: number) => Math.round((time - first) / 3_600_000));
      assertEquals(hours, [1, -1, 0]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
