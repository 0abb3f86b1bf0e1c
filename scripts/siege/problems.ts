import { formatByteSize } from "../../lib/text/byte_size.ts";
import { SLOTS } from "../../lib/wire/camera.ts";
import type { AttackEnd } from "./attackers.ts";
import type { Result, Seen, Watched } from "./good_camera.ts";

/** The longest time in which a page may get no frame, ms. */
const MAX_SILENCE_MS = 5000;

/** The share of requests that must be answered in time. */
const MIN_ANSWERED = 0.99;

/** How many wrong tokens from one address may be answered in a second, on average. */
const MAX_GUESSES_PER_SECOND = 20;

/** Everything that was not as it should be. */
export function problemsOf(
  { sent, daemon, recorder }: Result,
  seen: Seen,
  watched: readonly Omit<Watched, "process">[],
  attacks: readonly AttackEnd[],
  durationMs: number,
): string[] {
  const problems: string[] = [];
  const expect = (is: boolean, problem: string) => is || problems.push(problem);
  const { built, complete, published } = daemon.events;
  const events = sent.readoutsSent / SLOTS;
  expect(daemon.packets.accepted === sent.packetsSent, "packets of the camera were not accepted");
  expect(complete === events && built === events, `${complete} of ${events} events are complete`);
  expect(published === events, `${published} of ${events} events were published`);
  expect(recorder.recorder.stored === events, `${recorder.recorder.stored} events were stored`);
  expect(recorder.recorder.missed === 0, `the recorder missed ${recorder.recorder.missed}`);
  expect(seen.heard === events && seen.gaps === 0, `a subscriber heard ${seen.heard} events`);
  expect(
    seen.answered >= MIN_ANSWERED * seen.asked,
    `${seen.answered} of ${seen.asked} requests were answered in time`,
  );
  expect(
    seen.frames > 0 && seen.longestSilenceMs < MAX_SILENCE_MS,
    `a page got no frame for ${Math.round(seen.longestSilenceMs)} ms`,
  );
  for (const { name, budgetBytes, peakBytes } of watched) {
    const sizes = `${formatByteSize(peakBytes)} of ${formatByteSize(budgetBytes)}`;
    expect(peakBytes > 0 && peakBytes <= budgetBytes, `${name} took ${sizes}`);
  }
  for (const { name, tally, failure } of attacks) {
    expect(failure === undefined, `the attack "${name}" failed: ${failure}`);
    expect(Object.values(tally).some((times) => times > 0), `the attack "${name}" did nothing`);
    expect(tally["GRANTED"] === undefined, "a wrong token was accepted");
    const denied = tally["denied"] ?? 0;
    expect(
      denied <= MAX_GUESSES_PER_SECOND * durationMs / 1000,
      `${denied} wrong tokens were answered: there is no brake`,
    );
  }
  return problems;
}
