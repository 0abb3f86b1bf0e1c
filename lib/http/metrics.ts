import { COUNTERS, type Ledger } from "../ledger/ledger.ts";
import type { ConnectionCounts } from "./connection_counts.ts";
import type { MemoryStatus } from "../memory_budget.ts";

/** A value of a metric. */
export interface MetricSample {
  value: number;
  labels?: Record<string, string>;
  /** Text after the metric's name: `_bucket`, `_sum` or `_count` of a histogram. */
  suffix?: string;
}

/** A Prometheus metric. */
export interface Metric {
  /** Contains the unit; a counter's name ends with `_total`. */
  name: string;
  help: string;
  type: "counter" | "gauge" | "histogram";
  samples: readonly MetricSample[];
}

/** Every counter of the ledger: `ssdaq_packets_unknown_source_total`. */
export function ledgerMetrics(ledger: Partial<Ledger>): Metric[] {
  const words: Record<string, Record<string, string>> = COUNTERS;
  return Object.entries(ledger).flatMap(([section, counts]) =>
    Object.entries(counts).map(([name, value]): Metric => {
      const help = words[section]?.[name];
      if (help === undefined) {
        throw new Error(`the ledger does not define the counter ${section}.${name}`);
      }
      return {
        name: `ssdaq_${section}_${snake(name)}_total`,
        help,
        type: "counter",
        samples: [{ value }],
      };
    })
  );
}

/** The memory of a program, and the most that it may take. */
export function memoryMetrics({ budgetBytes, residentBytes }: MemoryStatus): Metric[] {
  return [
    gauge("ssdaq_memory_budget_bytes", "the most memory that the program takes in any state", [
      { value: budgetBytes },
    ]),
    gauge("ssdaq_memory_resident_bytes", "memory of the program that is resident now", [
      { value: residentBytes },
    ]),
  ];
}

/** The connections of a control port, and what became of others. */
export function connectionMetrics({ open, max, cuts, wrongTokens }: ConnectionCounts): Metric[] {
  return [
    gauge("ssdaq_http_connections", "open connections of the control port", [{ value: open }]),
    gauge("ssdaq_http_connections_max", "the most that may be open", [{ value: max }]),
    {
      name: "ssdaq_http_connections_cut_total",
      help: "connections of the control port that were closed or not taken, by reason",
      type: "counter",
      samples: Object.entries(cuts).map(([reason, value]) => ({ value, labels: { reason } })),
    },
    {
      name: "ssdaq_http_wrong_tokens_total",
      help: "requests to the control port with a wrong token",
      type: "counter",
      samples: [{ value: wrongTokens }],
    },
  ];
}

/** A metric that rises and falls. */
export function gauge(name: string, help: string, samples: readonly MetricSample[]): Metric {
  return { name, help, type: "gauge", samples };
}

/** `unknownSource` in Prometheus style: `unknown_source`. */
function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
