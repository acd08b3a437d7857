/**
 * An ordered map that can be copied in O(1): a B+ tree whose nodes are shared between copies and copied, along one
 * path, when a copy changes.
 *
 * Each node names its owner, and only that tree changes it in place. `snapshot()` leaves the shared nodes without an
 * owner, so both trees copy what they touch from then on:
 *
 *     tree                    tree'   snapshot
 *      │                         │     │
 *     root      set(k) →      root'   root       the path to k is copied once,
 *    ┌─┴─┐                    ┌─┘└──┬──┘ │       further writes below it are in place
 *    a   b                    a'    b    a
 *
 * Nodes know how many keys are below them, which makes counting a prefix, or finding the n-th key, O(log n). Keys are
 * ordered by UTF-16 code units. A value is never undefined.
 */
export class PersistentTree<K extends string, V> {
  #root: Node<K, V>
  #owner: Owner = {}

  constructor() {
    this.#root = { leaf: true, owner: this.#owner, keys: [], values: [] }
  }

  /** How many keys there are. */
  get size(): number {
    return sizeOf(this.#root)
  }

  get(key: K): V | undefined {
    let node = this.#root
    while (!node.leaf) node = node.children[childIndex(node.keys, key)]!
    const index = lowerBound(node.keys, key)
    return node.keys[index] === key ? node.values[index] : undefined
  }

  /** Returns what the key held before. */
  set(key: K, value: V): V | undefined {
    const previous = this.get(key)
    const root = owned(this.#root, this.#owner)
    const right = put(root, key, value, previous === undefined ? 1 : 0)
    this.#root = right ? innerOf(this.#owner, [root.keys[0]!, right.keys[0]!], [root, right]) : root
    return previous
  }

  /** Returns what the key held before. */
  delete(key: K): V | undefined {
    const previous = this.get(key)
    if (previous === undefined) return undefined
    let root = owned(this.#root, this.#owner)
    remove(root, key)
    while (!root.leaf && root.children.length === 1) root = root.children[0]!
    this.#root = root
    return previous
  }

  /** A second tree with the same content, in O(1); either may change and the other will not. */
  snapshot(): PersistentTree<K, V> {
    const copy = new PersistentTree<K, V>()
    copy.#root = this.#root
    this.#owner = {}
    return copy
  }

  /** How many keys are in the range. */
  count(range: Range = {}): number {
    const [from, to] = this.#ranks(range)
    return to - from
  }

  /** The values in the range in key order, at most `limit`. */
  values(range: Range = {}, limit: number = Infinity): V[] {
    const [from, to] = this.#ranks(range)
    const values: V[] = []
    visit(this.#root, from, Math.min(to, from + limit), (_, value) => values.push(value))
    return values
  }

  /** Keys and values in order. The tree may change meanwhile: what lies ahead is then seen as it has become. */
  *range(range: Range = {}): Generator<readonly [K, V], void, undefined> {
    let rest = range
    for (;;) {
      const [from, to] = this.#ranks(rest)
      const batch: (readonly [K, V])[] = []
      visit(this.#root, from, Math.min(to, from + WIDTH_MAX), (key, value) =>
        batch.push([key, value]),
      )
      yield* batch
      if (batch.length < WIDTH_MAX) return
      rest = { ...range, after: batch.at(-1)![0] }
    }
  }

  #ranks({ prefix = '', after }: Range): [from: number, to: number] {
    const end = prefixEnd(prefix)
    const from =
      after !== undefined && after >= prefix
        ? rank(this.#root, after, true)
        : rank(this.#root, prefix, false)
    const to = end === undefined ? this.size : rank(this.#root, end, false)
    return [Math.min(from, to), to]
  }
}

/** The keys that begin with `prefix` and lie behind `after`, exclusive. */
export interface Range {
  readonly prefix?: string
  readonly after?: string
}

/** A tree, or a snapshot of one, for those who only read it. */
export type ReadonlyTree<K extends string, V> = Pick<
  PersistentTree<K, V>,
  'size' | 'get' | 'count' | 'values' | 'range'
>

/** The lowest string above all that begin with `prefix`; undefined when there is none. */
export function prefixEnd(prefix: string): string | undefined {
  for (let length = prefix.length; length > 0; length--) {
    const last = prefix.charCodeAt(length - 1)
    if (last < 0xffff) return prefix.slice(0, length - 1) + String.fromCharCode(last + 1)
  }
  return undefined
}

const WIDTH_MAX = 32
const WIDTH_MIN = 8 // Far below half of WIDTH_MAX, so that a key that comes and goes does not merge and split.

type Owner = object

interface Leaf<K, V> {
  readonly leaf: true
  readonly owner: Owner
  readonly keys: K[]
  readonly values: V[]
}

/** `keys[i]` is above every key in the child before and not above any in `children[i]`; `keys[0]` means nothing. */
interface Inner<K, V> {
  readonly leaf: false
  readonly owner: Owner
  readonly keys: K[]
  readonly children: Node<K, V>[]
  size: number
}

type Node<K, V> = Leaf<K, V> | Inner<K, V>

function sizeOf<K, V>(node: Node<K, V>): number {
  return node.leaf ? node.keys.length : node.size
}

function innerOf<K, V>(owner: Owner, keys: K[], children: Node<K, V>[]): Inner<K, V> {
  let size = 0
  for (const child of children) size += sizeOf(child)
  return { leaf: false, owner, keys, children, size }
}

function owned<K, V>(node: Node<K, V>, owner: Owner): Node<K, V> {
  if (node.owner === owner) return node
  const keys = node.keys.slice()
  if (node.leaf) return { leaf: true, owner, keys, values: node.values.slice() }
  return { leaf: false, owner, keys, children: node.children.slice(), size: node.size }
}

/** The index of the first key that is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keys[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}

/** The index of the child that a key belongs to: the last whose lowest key is not above it, else the first. */
function childIndex(keys: readonly string[], key: string): number {
  let low = 1
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keys[middle]! <= key) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Puts below an owned node. Returns what was split off to its right, if it grew too wide. */
function put<K extends string, V>(
  node: Node<K, V>,
  key: K,
  value: V,
  added: 0 | 1,
): Node<K, V> | undefined {
  if (node.leaf) {
    const index = lowerBound(node.keys, key)
    node.keys.splice(index, 1 - added, key)
    node.values.splice(index, 1 - added, value)
    return node.keys.length > WIDTH_MAX ? split(node, index) : undefined
  }
  node.size += added
  const index = childIndex(node.keys, key)
  const child = (node.children[index] = owned(node.children[index]!, node.owner))
  const right = put(child, key, value, added)
  if (!right) return undefined
  node.keys.splice(index + 1, 0, right.keys[0]!)
  node.children.splice(index + 1, 0, right)
  return node.keys.length > WIDTH_MAX ? split(node, index + 1) : undefined
}

// Keys often come in ascending order; then the left part stays full instead of half empty for ever.
function split<K, V>(node: Node<K, V>, grownAt: number): Node<K, V> {
  const width = node.keys.length
  const at = grownAt === width - 1 ? width - WIDTH_MIN : width >>> 1
  const keys = node.keys.splice(at)
  if (node.leaf) return { leaf: true, owner: node.owner, keys, values: node.values.splice(at) }
  const right = innerOf(node.owner, keys, node.children.splice(at))
  node.size -= right.size
  return right
}

/** Removes a key that is below an owned node. */
function remove<K extends string, V>(node: Node<K, V>, key: K): void {
  if (node.leaf) {
    const index = lowerBound(node.keys, key)
    node.keys.splice(index, 1)
    node.values.splice(index, 1)
    return
  }
  node.size -= 1
  const index = childIndex(node.keys, key)
  const child = (node.children[index] = owned(node.children[index]!, node.owner))
  remove(child, key)
  if (child.keys.length < WIDTH_MIN && node.children.length > 1) level(node, Math.max(0, index - 1))
}

/** Joins two neighbouring children, or shares out their content evenly when that is too much for one. */
function level<K, V>(parent: Inner<K, V>, index: number): void {
  const joined = join(
    parent,
    parent.children[index]!,
    parent.children[index + 1]!,
    parent.keys[index + 1]!,
  )
  const right = joined.keys.length > WIDTH_MAX ? split(joined, 0) : undefined
  parent.children.splice(index, 2, ...(right ? [joined, right] : [joined]))
  parent.keys.splice(index + 1, 1, ...(right ? [right.keys[0]!] : []))
}

function join<K, V>(
  { owner }: Inner<K, V>,
  left: Node<K, V>,
  right: Node<K, V>,
  border: K,
): Node<K, V> {
  if (left.leaf && right.leaf) {
    return {
      leaf: true,
      owner,
      keys: left.keys.concat(right.keys),
      values: left.values.concat(right.values),
    }
  }
  if (left.leaf || right.leaf) throw new Error('siblings at different heights')
  const keys = [...left.keys, border, ...right.keys.slice(1)]
  return innerOf(owner, keys, left.children.concat(right.children))
}

/** How many keys are below `key`, itself counted where `inclusive`. */
function rank<K extends string, V>(node: Node<K, V>, key: string, inclusive: boolean): number {
  let below = 0
  while (!node.leaf) {
    const index = childIndex(node.keys, key)
    for (let i = 0; i < index; i++) below += sizeOf(node.children[i]!)
    node = node.children[index]!
  }
  const index = lowerBound(node.keys, key)
  return below + index + (inclusive && node.keys[index] === key ? 1 : 0)
}

/** Calls back for the keys from the `from`-th up to, not including, the `to`-th. */
function visit<K, V>(
  node: Node<K, V>,
  from: number,
  to: number,
  callback: (key: K, value: V) => void,
): void {
  if (node.leaf) {
    const end = Math.min(to, node.keys.length)
    for (let i = Math.max(0, from); i < end; i++) callback(node.keys[i]!, node.values[i]!)
    return
  }
  let start = 0
  for (const child of node.children) {
    if (start >= to) return
    const size = sizeOf(child)
    if (start + size > from) visit(child, from - start, to - start, callback)
    start += size
  }
}
