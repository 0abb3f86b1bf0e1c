import type { Compression } from "../../lib/recording/table/compression.ts";
import { EventWriter } from "../../lib/recording/write/event_writer.ts";
import { simulatedEvents } from "./simulated_events.ts";

const EVENTS = 512;
const events = simulatedEvents(EVENTS);

async function write(compression: Compression): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".h5" });
  const destination = { file, force: true };
  {
    await using writer = await EventWriter.open({ destination, compression, provenance: {} });
    writer.write(events, 0);
  }
  await Deno.remove(file);
}

for (const compression of ["none", "gzip:1", "gzip:6"] as const) {
  Deno.bench(
    `write ${EVENTS} events, ${compression}`,
    { group: "write" },
    async () => {
      await write(compression);
    },
  );
}
