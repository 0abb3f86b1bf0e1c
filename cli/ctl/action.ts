import type { ControlClient } from "../../lib/control/control_client.ts";
import { ConfigurationError } from "../../lib/errors.ts";
import type { Outcome } from "../command.ts";
import { suggestion } from "../suggestion.ts";

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
  const names = Object.keys(actions);
  if (name === undefined) throw new ConfigurationError(`${called}: what? give ${names.join(", ")}`);
  if (Object.hasOwn(actions, name)) return actions[name](operands);
  const nearest = suggestion(name, names);
  throw new ConfigurationError(
    `${called} ${name}: there is no such action; ` +
      (nearest === undefined ? `give ${names.join(", ")}` : `did you mean ${nearest}?`),
  );
}

/** Whether an answer is the status of a command of ssdaq. */
export function isStatusOf(command: string, value: unknown): boolean {
  return typeof value === "object" && value !== null && "command" in value &&
    value.command === command;
}
