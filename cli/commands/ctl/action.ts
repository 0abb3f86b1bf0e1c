import type { ControlClient } from "../../../lib/http/client.ts";
import { ConfigurationError } from "../../../lib/errors.ts";
import type { Outcome } from "../../command.ts";
import { knownWord } from "../../options/known_word.ts";

/** Something that `ssdaq ctl` can do. */
export interface Action {
  /** Reads what follows its name, before anybody is asked. */
  (operands: readonly string[]): (client: ControlClient) => Promise<Outcome>;
}

/** An action that takes no operand. */
export function plain(run: (client: ControlClient) => Promise<Outcome>): Action {
  return (operands) => {
    refuseMore(operands);
    return run;
  };
}

/** Refuses operands that nobody reads. */
export function refuseMore([operand]: readonly string[]): void {
  if (operand !== undefined) throw new ConfigurationError(`ctl: what is ${operand} for? leave it`);
}

/** The action of a name, told what follows it. */
export function findAction(
  called: string,
  actions: Readonly<Record<string, Action>>,
  [name, ...operands]: readonly string[],
): (client: ControlClient) => Promise<Outcome> {
  const action = actions[knownWord(called, name, Object.keys(actions))];
  if (action === undefined) throw new Error(`${called} has no ${name}`);
  return action(operands);
}
