import { ConfigurationError } from "../../../lib/errors.ts";
import type { ControlClient } from "../../../lib/http/client.ts";
import type { Outcome } from "../../command.ts";
import { knownWord } from "../../options/known_word.ts";

/** An action of `ssdaq ctl`. */
export interface Action {
  /** Reads the operands, before a request is sent. */
  (operands: readonly string[]): (client: ControlClient) => Promise<Outcome>;
}

/** An action that takes no operand. */
export function plain(run: (client: ControlClient) => Promise<Outcome>): Action {
  return (operands) => {
    refuseMore(operands);
    return run;
  };
}

/** Refuses operands that no action reads. */
export function refuseMore([operand]: readonly string[]): void {
  if (operand !== undefined) {
    throw new ConfigurationError(`ctl: unexpected argument ${operand}; leave it out`);
  }
}

/** The action with this name, with its operands. */
export function findAction(
  called: string,
  actions: Readonly<Record<string, Action>>,
  [name, ...operands]: readonly string[],
): (client: ControlClient) => Promise<Outcome> {
  const action = actions[knownWord(called, name, Object.keys(actions))];
  if (action === undefined) throw new Error(`${called} has no ${name}`);
  return action(operands);
}
