import type { Command } from "../command.ts";
import { bench } from "./bench/bench.ts";
import { check } from "./check/check.ts";
import { completions } from "./completions/completions.ts";
import { config } from "./config/config.ts";
import { ctl } from "./ctl/ctl.ts";
import { daemon } from "./daemon/daemon.ts";
import { doctor } from "./doctor/doctor.ts";
import { exportCommand } from "./export.ts";
import { geometry } from "./geometry.ts";
import { info } from "./info.ts";
import { install, uninstall } from "./install/install.ts";
import { listen } from "./listen.ts";
import { plot } from "./plot/plot.ts";
import { record } from "./record/record.ts";
import { repair } from "./repair.ts";
import { run } from "./run/run.ts";
import { sim } from "./sim/sim.ts";
import { top } from "./top/top.ts";
import { view } from "./view.ts";

/** Every command, in the order of the data flow. */
export const COMMANDS: readonly Command[] = [
  sim,
  daemon,
  run,
  ctl,
  record,
  listen,
  view,
  top,
  info,
  plot,
  exportCommand,
  check,
  repair,
  config,
  doctor,
  install,
  uninstall,
  geometry,
  completions,
  bench,
];
