import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from '../../../schema/quantity.ts'
import { isSidecar } from './pod-containers.ts'
import type { PodSpec } from './pod-spec.ts'
import { isPodLevelResource } from './resource-names.ts'
import type { ResourceRequirements } from './resources.ts'

/** Amounts by resource name, as canonical text. */
export type ResourceList = Readonly<Record<string, string>>

type Which = 'requests' | 'limits'
type Sums = Map<string, Quantity>
type Spec = Pick<PodSpec, 'containers' | 'initContainers' | 'overhead' | 'resources'>
type Containers = Pick<Spec, 'containers' | 'initContainers'>

export interface PodResourcesOptions {
  /** What containers really have, by name, where it differs from the spec (a resize under way); the larger counts. */
  readonly actual?: Readonly<Record<string, ResourceList>>
  readonly withoutOverhead?: boolean
  /** Ignores what is set for the Pod as a whole. */
  readonly withoutPodLevel?: boolean
}

/** What a Pod needs of a node: its containers, sidecars, init containers and overhead, or what is set for it as a whole. */
export function podRequests(spec: Spec, options: PodResourcesOptions = {}): ResourceList {
  return total(spec, 'requests', options)
}

/** The most that a Pod may use. A resource that some container may use freely is still listed with what others are limited to. */
export function podLimits(spec: Spec, options: PodResourcesOptions = {}): ResourceList {
  return total(spec, 'limits', options)
}

function total(spec: Spec, which: Which, options: PodResourcesOptions): ResourceList {
  const sums = aggregate(spec, which, options)
  if (!options.withoutPodLevel) {
    for (const [name, text] of Object.entries(spec.resources?.[which] ?? {}))
      if (isPodLevelResource(name)) sums.set(name, read(text))
  }
  if (!options.withoutOverhead) addOverhead(sums, spec.overhead, which)
  return format(sums)
}

// Overhead raises limits only where there are some.
function addOverhead(sums: Sums, overhead: ResourceList | undefined, which: Which): void {
  for (const [name, text] of Object.entries(overhead ?? {}))
    if (which === 'requests' || sums.has(name)) add(sums, name, read(text))
}

/** The requests of all containers of a Pod together, as they run. */
export function aggregateContainerRequests(spec: Containers): ResourceList {
  return format(aggregate(spec, 'requests', {}))
}

/** The limits of all containers of a Pod together, as they run. */
export function aggregateContainerLimits(spec: Containers): ResourceList {
  return format(aggregate(spec, 'limits', {}))
}

/**
 * Regular containers and sidecars run together, so theirs add up. Init containers run one by one, each beside the sidecars
 * started before it, so only the largest counts.
 *
 * Worked example: init 3, sidecar 1, init 2, regular 1 gives max(3, 1 + 2, 1 + 1) = 3.
 */
function aggregate(
  { containers, initContainers = [] }: Containers,
  which: Which,
  { actual = {} }: PodResourcesOptions,
): Sums {
  const sums: Sums = new Map()
  const of = (container: { readonly name: string; readonly resources: ResourceRequirements }) =>
    amounts(container.resources[which], which === 'requests' ? actual[container.name] : undefined)
  for (const container of containers) addAll(sums, of(container))

  const sidecars: Sums = new Map()
  const peak: Sums = new Map()
  for (const container of initContainers) {
    const own = of(container)
    if (isSidecar(container)) {
      addAll(sums, own)
      addAll(sidecars, own)
      raiseAll(peak, sidecars)
    } else {
      const together: Sums = new Map(own)
      addAll(together, sidecars)
      raiseAll(peak, together)
    }
  }
  raiseAll(sums, peak)
  return sums
}

function amounts(list: ResourceList | undefined, actual: ResourceList | undefined): Sums {
  const out: Sums = new Map()
  for (const [name, text] of Object.entries(list ?? {})) out.set(name, read(text))
  for (const [name, text] of Object.entries(actual ?? {})) raise(out, name, read(text))
  return out
}

function add(sums: Sums, name: string, quantity: Quantity): void {
  const before = sums.get(name)
  sums.set(name, before ? addQuantities(before, quantity) : quantity)
}

function addAll(sums: Sums, more: Sums): void {
  for (const [name, quantity] of more) add(sums, name, quantity)
}

function raise(sums: Sums, name: string, quantity: Quantity): void {
  const before = sums.get(name)
  if (!before || compareQuantities(quantity, before) > 0) sums.set(name, quantity)
}

function raiseAll(sums: Sums, others: Sums): void {
  for (const [name, quantity] of others) raise(sums, name, quantity)
}

function read(text: string): Quantity {
  return parseQuantity(text) ?? { nano: 0n, format: 'DecimalSI' }
}

function format(sums: Sums): ResourceList {
  return Object.fromEntries([...sums].map(([name, quantity]) => [name, formatQuantity(quantity)]))
}
