import type { Change, Held, History, Operation, WatchItem, Watched } from './history.ts'

type Write = Operation & { type: 'write' }

/**
 * What in the history contradicts a store in which everything happens at one moment, in the order of the revisions, some
 * time between its call and its return. Empty where nothing does.
 *
 * The store says in which order writes happened, so no order needs to be searched for: it is enough to check that the one
 * it names explains everything that anybody saw.
 */
export function contradictions(history: History): string[] {
  const states = new States(history.from, history.log)
  return [
    ...checkLog(history),
    ...checkWrites(history, states),
    ...history.operations.flatMap((operation) => checkRead(operation, history, states)),
    ...history.watches.flatMap((watched) => checkWatch(watched, states)),
  ]
}

/** What was there at each revision. */
class States {
  readonly #log: readonly Change[]
  readonly #byKey = new Map<string, Change[]>()
  readonly from: number

  constructor(from: number, log: readonly Change[]) {
    this.from = from
    this.#log = log
    for (const change of log) this.#byKey.getOrInsertComputed(change.key, () => []).push(change)
  }

  get log(): readonly Change[] {
    return this.#log
  }

  /** The last change of a key up to a revision. */
  last(key: string, revision: number): Change | undefined {
    return this.#byKey.get(key)?.findLast((change) => change.revision <= revision)
  }

  /** What a key held during each stretch of the revisions between two. */
  during(key: string, low: number, high: number): (Change | undefined)[] {
    const later = this.#byKey.get(key)?.filter(({ revision }) => revision > low && revision <= high)
    return [this.last(key, low), ...(later ?? [])]
  }

  at(prefix: string, revision: number): Held[] {
    const keys = [...this.#byKey.keys()].filter((key) => key.startsWith(prefix)).toSorted()
    return keys.flatMap((key) => held(this.last(key, revision)) ?? [])
  }
}

function held(change: Change | undefined): Held | undefined {
  if (change?.text === undefined) return undefined
  return { key: change.key, revision: change.revision, text: change.text }
}

function checkLog({ log, from }: History): string[] {
  return log.flatMap(({ key, revision }, i) => {
    const before = log[i - 1]?.revision ?? from
    return revision > before ? [] : [`log: ${key} has revision ${revision} after ${before}`]
  })
}

function checkWrites({ operations, log }: History, states: States): string[] {
  const writes = operations
    .filter((operation) => operation.type === 'write')
    .toSorted((a, b) => Number(isUnknown(a)) - Number(isUnknown(b)))
  const problems: string[] = []
  const explained = new Map<Change, Write>()
  for (const write of writes) {
    const change = changeOf(write, log, states)
    const { outcome } = write
    if (outcome.type === 'done' && !change) {
      problems.push(`${name(write)} was acknowledged and is not in the log`)
    }
    if (!change) continue
    const other = explained.get(change)
    // Who does not know what became of a deletion may have been beaten to it.
    if (other && outcome.type === 'unknown') continue
    if (other) problems.push(`${name(write)} and ${name(other)} are the same change`)
    explained.set(change, write)
    if (outcome.type === 'refused') problems.push(`${name(write)} was refused and is in the log`)
    const before = states.last(change.key, change.revision - 1)
    const found = held(before)?.revision ?? 0
    if (found !== write.expected) {
      problems.push(`${name(write)} overwrote revision ${found}: an update is lost`)
    }
  }
  for (const change of log) {
    if (!explained.has(change)) problems.push(`nobody wrote ${change.key} at ${change.revision}`)
  }
  return [...problems, ...checkOrder(writes, explained)]
}

function isUnknown({ outcome }: Write): boolean {
  return outcome.type === 'unknown'
}

/** A write that was called when another had returned comes later. */
function checkOrder(writes: readonly Write[], explained: ReadonlyMap<Change, Write>): string[] {
  const revisions = new Map([...explained].map(([{ revision }, write]) => [write, revision]))
  const problems: string[] = []
  let [highest, highestName] = [0, '']
  const ticks = writes
    .filter((write) => revisions.has(write))
    .flatMap((write) => [
      { at: write.calledAt, write, isCall: true },
      // Nobody has been told when, so that nothing needs to come later.
      ...(write.outcome.type === 'done' ? [{ at: write.returnedAt, write, isCall: false }] : []),
    ])
  const atCall = new Map<Write, readonly [number, string]>()
  for (const { write, isCall } of ticks.toSorted((a, b) => a.at - b.at)) {
    const revision = revisions.get(write)!
    if (isCall) atCall.set(write, [highest, highestName])
    else if (revision > highest) [highest, highestName] = [revision, name(write)]
  }
  for (const [write, [least, other]] of atCall) {
    if (revisions.get(write)! < least) problems.push(`${name(write)} came before ${other}`)
  }
  return problems
}

/** The change that a write made; undefined where there is none. */
function changeOf(write: Write, log: readonly Change[], states: States): Change | undefined {
  const { outcome, key, text } = write
  if (outcome.type === 'done' && outcome.revision !== undefined) {
    const change = states.last(key, outcome.revision)
    return change?.revision === outcome.revision && change.text === text ? change : undefined
  }
  // Texts are unique; a deletion is known by what it deleted.
  if (text !== undefined) return log.find((change) => change.key === key && change.text === text)
  return log.find(
    (change) =>
      change.key === key &&
      change.text === undefined &&
      states.last(key, change.revision - 1)?.revision === write.expected &&
      outcome.type !== 'refused',
  )
}

function checkRead(operation: Operation, history: History, states: States): string[] {
  if (operation.type === 'write') return []
  const low = revisionBefore(operation.calledAt, history)
  const high = revisionAfter(operation.returnedAt, history, states)
  if (operation.type === 'get') {
    const possible = states.during(operation.key, low, high)
    const isTrue = possible.some((change) => same(held(change), operation.found))
    return isTrue
      ? []
      : [`${name(operation)} saw ${show(operation.found)}, not of ${low} to ${high}`]
  }
  const { revision, prefix, found } = operation
  const problems: string[] = []
  if (revision < low) problems.push(`${name(operation)} is of ${revision}, stale since ${low}`)
  const expected = states.at(prefix, revision)
  const isTrue =
    expected.length === found.length && expected.every((each, i) => same(each, found[i]))
  if (!isTrue) {
    const wrong = [expected, found].map((items) => items.map(show).join(', '))
    problems.push(`${name(operation)} at ${revision} saw ${wrong[1]} instead of ${wrong[0]}`)
  }
  return problems
}

/** The newest revision that anybody had been told of at that time. */
function revisionBefore(at: number, { operations, from }: History): number {
  let revision = from
  for (const operation of operations) {
    if (operation.returnedAt < at) revision = Math.max(revision, toldBy(operation))
  }
  return revision
}

function toldBy(operation: Operation): number {
  switch (operation.type) {
    case 'write':
      return operation.outcome.type === 'done' ? (operation.outcome.revision ?? 0) : 0
    case 'get':
      return operation.found?.revision ?? 0
    case 'list':
      return operation.revision
    default:
      throw new Error(`unknown operation ${JSON.stringify(operation satisfies never)}`)
  }
}

/** The newest revision that there can have been at that time: those that were asked for later come later. */
function revisionAfter(at: number, { operations, from }: History, states: States): number {
  let revision = from
  const calledLater = new Set<number>()
  for (const operation of operations) {
    if (operation.type !== 'write' || operation.outcome.type !== 'done') continue
    const written = operation.outcome.revision
    if (operation.calledAt > at && written !== undefined) calledLater.add(written)
  }
  for (const change of states.log) {
    if (calledLater.has(change.revision)) break
    revision = change.revision
  }
  return revision
}

function checkWatch(watched: Watched, states: States): string[] {
  const { prefix, from, items } = watched
  const label = `watch of ${prefix || 'everything'} from ${from}`
  const expected = expectedItems(watched, states)
  const problems: string[] = []
  let at = 0
  let position = from
  for (const item of items) {
    const { revision } = item.type === 'change' ? item.change : item
    if (revision < position) problems.push(`${label}: ${revision} came after ${position}`)
    if (item.type === 'progress') {
      // A bookmark promises that everything before it has been delivered.
      const missing = expected[at]
      if (missing && missing.revision <= revision) {
        problems.push(`${label}: bookmark ${revision} hides ${show(missing)}`)
      }
    } else {
      const next = expected[at]
      if (!next || !sameChange(next, item.change)) {
        problems.push(`${label}: saw ${show(item.change)}, expected ${show(next)}`)
        return problems
      }
      at += 1
    }
    position = Math.max(position, revision)
  }
  const rest = expected[at]
  if (rest && rest.revision <= lastRevision(items, from)) {
    problems.push(`${label}: ${show(rest)} is missing`)
  }
  return problems
}

function lastRevision(items: readonly WatchItem[], from: number): number {
  const last = items.at(-1)
  if (!last) return from
  return last.type === 'change' ? last.change.revision : last.revision
}

/** What a watch is to be told: for one that selects, a change may be the first or the last of an object. */
function expectedItems({ prefix, from, selects }: Watched, states: States): Change[] {
  const changes = states.log.filter(
    ({ key, revision }) => revision > from && key.startsWith(prefix),
  )
  if (!selects) return changes
  const isSelected = (text: string | undefined): boolean => text !== undefined && selects(text)
  return changes.flatMap((change) => {
    if (isSelected(change.text)) return [change]
    const before = states.last(change.key, change.revision - 1)
    return isSelected(before?.text) ? [{ key: change.key, revision: change.revision }] : []
  })
}

function same(a: Held | undefined, b: Held | undefined): boolean {
  return a?.key === b?.key && a?.revision === b?.revision && a?.text === b?.text
}

function sameChange(a: Change, b: Change): boolean {
  return a.key === b.key && a.revision === b.revision && a.text === b.text
}

function name(operation: Operation): string {
  const { type, client } = operation
  if (type === 'list') return `${client}: list ${operation.prefix}`
  if (type === 'get') return `${client}: get ${operation.key}`
  return `${client}: write ${operation.key} = ${operation.text ?? 'nothing'} over ${operation.expected}`
}

function show(change: Change | undefined): string {
  return change ? `${change.key}@${change.revision}=${change.text ?? 'nothing'}` : 'nothing'
}
