import type { Target } from './http-client.ts'

/** One measured value, with the goal that an issue or a promise sets. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly goal?: string
  /** What it stands beside: the same in another server, the client's own cost. */
  readonly note?: string
  /** Where it stands in a plot. */
  readonly point?: { readonly series: string; readonly x: number }
}

/** One row of the benchmark: measures once and gives its figures. The frame repeats it and takes medians. */
export interface Row {
  readonly name: string
  readonly what: string
  /** Whether it can be run against another Kubernetes API server too. */
  readonly againstOthers?: true
  measure(context: Context): Promise<readonly Figure[]>
}

export interface Context {
  /** The server to measure: `--against`, or a cluster of our own that the row starts. */
  readonly against?: Target
}
