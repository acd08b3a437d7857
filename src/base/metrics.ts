/**
 * Metrics in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). A series is
 * looked up once and kept by whoever counts, so that counting is an addition.
 */
export class MetricSet {
  readonly #families = new Map<string, Family<Series>>()
  readonly #collectors: (() => void | Promise<void>)[] = []

  counter(options: MetricOptions): Family<Counter> {
    return this.#add(new Family('counter', options, () => new Counter()))
  }

  gauge(options: MetricOptions): Family<Gauge> {
    return this.#add(new Family('gauge', options, () => new Gauge()))
  }

  histogram(options: HistogramOptions): Family<Histogram> {
    return this.#add(new Family('histogram', options, () => new Histogram(options.buckets)))
  }

  /** Calls back before the metrics are read, for values that are cheaper to look up than to follow. */
  onCollect(collect: () => void | Promise<void>): void {
    this.#collectors.push(collect)
  }

  /** In the order in which they came. */
  get families(): readonly Family<Series>[] {
    return [...this.#families.values()]
  }

  /** All metrics as text. `turn` is called between its parts: what it gives is waited for. */
  async text(turn?: () => Promise<void> | undefined): Promise<string> {
    for (const collect of this.#collectors) {
      await collect()
      await turn?.()
    }
    let text = ''
    for (const family of this.#families.values()) {
      text += family.text()
      const others = turn?.()
      if (others) await others
    }
    return text
  }

  #add<S extends Series>(family: Family<S>): Family<S> {
    if (this.#families.has(family.name)) throw new Error(`Metric ${family.name} is there already`)
    this.#families.set(family.name, family)
    return family
  }
}

export interface MetricOptions {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

export interface HistogramOptions extends MetricOptions {
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[]
}

/** `count` bounds for a histogram, each `factor` times the one before. */
export function exponentialBuckets(
  start: number,
  factor: number,
  count: number,
): readonly number[] {
  // 0.000015, where a product comes to 0.000015000000000000002.
  return Array.from({ length: count }, (_, i) => Number((start * factor ** i).toPrecision(12)))
}

/** All series of one name, told apart by the values of their labels. */
export class Family<S extends Series> {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly labels: readonly string[]
  readonly #make: () => S
  readonly #series = new Map<string, S>()

  constructor(type: string, { name, help, labels = [] }: MetricOptions, make: () => S) {
    this.name = name
    this.type = type
    this.help = help
    this.labels = labels
    this.#make = make
  }

  /** The series with these values, in the order of the labels. */
  with(...values: readonly string[]): S {
    return this.#series.getOrInsertComputed(this.#keyOf(values), this.#make)
  }

  /** Forgets the series with these values. */
  delete(...values: readonly string[]): void {
    this.#series.delete(this.#keyOf(values))
  }

  #keyOf(values: readonly string[]): string {
    return this.labels.map((label, i) => `${label}="${escaped(values[i] ?? '')}"`).join(',')
  }

  /** Forgets all series, for values that are gathered anew each time. */
  clear(): void {
    this.#series.clear()
  }

  text(): string {
    if (this.#series.size === 0) return ''
    let text = `# HELP ${this.name} ${this.help}\n# TYPE ${this.name} ${this.type}\n`
    for (const [labels, series] of this.#series) text += series.lines(this.name, labels)
    return text
  }
}

interface Series {
  lines(name: string, labels: string): string
}

export class Counter implements Series {
  #value = 0

  inc(by = 1): void {
    this.#value += by
  }

  /** For counts that are kept elsewhere and looked up when they are read. */
  set(value: number): void {
    this.#value = value
  }

  lines(name: string, labels: string): string {
    return line(name, labels, this.#value)
  }
}

export class Gauge implements Series {
  #value = 0

  set(value: number): void {
    this.#value = value
  }

  inc(by = 1): void {
    this.#value += by
  }

  dec(): void {
    this.#value -= 1
  }

  lines(name: string, labels: string): string {
    return line(name, labels, this.#value)
  }
}

export class Histogram implements Series {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0
  #count = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = bounds.map(() => 0)
  }

  observe(value: number): void {
    this.#sum += value
    this.#count += 1
    const { length } = this.#bounds
    for (let i = 0; i < length; i++) {
      if (value > this.#bounds[i]!) continue
      this.#counts[i]! += 1
      return
    }
  }

  lines(name: string, labels: string): string {
    let below = 0
    let text = ''
    this.#bounds.forEach((bound, i) => {
      below += this.#counts[i]!
      text += line(`${name}_bucket`, withBound(labels, String(bound)), below)
    })
    text += line(`${name}_bucket`, withBound(labels, '+Inf'), this.#count)
    return (
      text + line(`${name}_sum`, labels, this.#sum) + line(`${name}_count`, labels, this.#count)
    )
  }
}

function withBound(labels: string, bound: string): string {
  return `${labels}${labels === '' ? '' : ','}le="${bound}"`
}

function line(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`
}

function escaped(value: string): string {
  if (!/["\\\n]/.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
