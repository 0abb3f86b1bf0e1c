import { CameraEvent } from "../../lib/wire/event.ts";

/** An event with one value a pixel that tells slot, line and number apart. */
export function makeEvent(number: number, run = 1): CameraEvent {
  const event = new CameraEvent();
  event.number = BigInt(number);
  event.run = BigInt(run);
  event.timestampNs = 1_790_000_000_000_000_001n + BigInt(number);
  event.mask = 0xffffffff;
  event.flags = 1;
  event.setReceiveTime(1_790_000_000, number % 1_000_000_000);
  for (let pixel = 0; pixel < 2048; pixel++) event.millivolts[pixel] = pixel + number / 1024;
  return event;
}
