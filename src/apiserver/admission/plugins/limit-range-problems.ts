import type { LimitRange } from '../../../api/core/v1/limit-range.ts'
import type { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import type { Pod } from '../../../api/core/v1/pod.ts'
import { podLimits, podRequests, type ResourceList } from '../../../api/core/v1/pod-resources.ts'
import { compareQuantities, parseQuantity } from '../../../schema/quantity.ts'

type Limit = LimitRange['spec']['limits'][number]

/** What an object asks for, and how much it may use. */
interface Amounts {
  readonly requests?: ResourceList
  readonly limits?: ResourceList
}

/** In what a Pod breaks a limit for Pods or for containers. */
export function podProblems(limit: Limit, { spec }: Pod): readonly string[] {
  if (limit.type === 'Pod') {
    // What its runtime needs beside them is not for who writes the Pod to keep small.
    const options = { withoutOverhead: true }
    const [requests, limits] = [podRequests(spec, options), podLimits(spec, options)]
    return amountProblems(limit, { requests, limits })
  }
  if (limit.type !== 'Container') return []
  const containers = [...spec.containers, ...(spec.initContainers ?? [])]
  return containers.flatMap(({ resources }) => amountProblems(limit, resources ?? {}))
}

/** In what a claim breaks a limit for claims. */
export function claimProblems(limit: Limit, { spec }: PersistentVolumeClaim): readonly string[] {
  if (limit.type !== 'PersistentVolumeClaim') return []
  const requests: ResourceList = spec.resources?.requests ?? {}
  return [
    ...each(limit.min, (name, bound) => minProblem(limit, name, bound, { requests })),
    ...each(limit.max, (name, bound) => maxRequestProblem(limit, name, bound, requests[name])),
  ]
}

function amountProblems(limit: Limit, amounts: Amounts): readonly string[] {
  return [
    ...each(limit.min, (name, bound) => minProblem(limit, name, bound, amounts)),
    ...each(limit.max, (name, bound) => maxProblem(limit, name, bound, amounts)),
    ...each(limit.maxLimitRequestRatio, (name, bound) => ratioProblem(limit, name, bound, amounts)),
  ]
}

function each(
  bounds: ResourceList = {},
  problem: (name: string, bound: string) => string | undefined,
): readonly string[] {
  return Object.keys(bounds)
    .toSorted()
    .flatMap((name) => problem(name, bounds[name]!) ?? [])
}

function minProblem(
  { type }: Limit,
  name: string,
  bound: string,
  { requests = {}, limits = {} }: Amounts,
): string | undefined {
  const text = `minimum ${name} usage per ${type} is ${bound}`
  const [request, limit] = [requests[name], limits[name]]
  if (request === undefined) return `${text}.  No request is specified`
  if (compare(request, bound) < 0) return `${text}, but request is ${request}`
  if (limit !== undefined && compare(limit, bound) < 0) return `${text}, but limit is ${limit}`
  return undefined
}

function maxProblem(
  { type }: Limit,
  name: string,
  bound: string,
  { requests = {}, limits = {} }: Amounts,
): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${bound}`
  const [request, limit] = [requests[name], limits[name]]
  if (limit === undefined) return `${text}.  No limit is specified`
  if (compare(limit, bound) > 0) return `${text}, but limit is ${limit}`
  if (request !== undefined && compare(request, bound) > 0) {
    return `${text}, but request is ${request}`
  }
  return undefined
}

function maxRequestProblem(
  { type }: Limit,
  name: string,
  bound: string,
  request: string | undefined,
): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${bound}`
  if (request === undefined) return `${text}.  No request is specified`
  return compare(request, bound) > 0 ? `${text}, but request is ${request}` : undefined
}

function ratioProblem(
  { type }: Limit,
  name: string,
  bound: string,
  { requests = {}, limits = {} }: Amounts,
): string | undefined {
  const text = `${name} max limit to request ratio per ${type} is ${bound}`
  const request = numberOf(requests[name])
  const limit = numberOf(limits[name])
  if (request === 0) return `${text}, but no request is specified or request is 0`
  if (limit === 0) return `${text}, but no limit is specified or limit is 0`
  const ratio = limit / request
  return ratio > numberOf(bound) ? `${text}, but provided ratio is ${ratio.toFixed(6)}` : undefined
}

function compare(a: string, b: string): number {
  return compareQuantities(parseQuantity(a)!, parseQuantity(b)!)
}

function numberOf(text: string | undefined): number {
  return text === undefined ? 0 : Number(parseQuantity(text)!.nano) / 1e9
}
