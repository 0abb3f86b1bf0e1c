import { simulatedTicks } from "../../sim/simulated_packets.ts";
import { simulationSettings } from "../../sim/simulation_options.ts";

for (const byteOrder of ["big", "little"] as const) {
  const ticks = simulatedTicks(simulationSettings({ byteOrder }));
  Deno.bench(`simulate 32 packets of 10 readouts, ${byteOrder}-endian`, () => {
    ticks.next();
  });
}
