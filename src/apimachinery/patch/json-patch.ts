import { JSON_DEPTH_MAX } from '../../schema/json-reader.ts'
import { encodeJson, parseJson } from '../../schema/json.ts'
import { equal } from '../equality.ts'
import { isJsonObject, ownValue, setKey } from './json-object.ts'
import { listIndex, parsePointer } from './json-pointer.ts'
import { PatchError } from './patch-error.ts'

/** One operation of a JSON patch (RFC 6902). */
export interface JsonPatchOperation {
  readonly op?: string
  readonly path?: string
  readonly from?: string
  readonly value?: unknown
}

/** The most bytes that all copies of one patch may add. */
const COPIED_BYTES_MAX = 3 * 1024 * 1024

/**
 * The document as it changes. A list or object is copied when it changes first, and then belongs to the patch: thousands
 * of operations on a large one would else take as many copies.
 */
interface Draft {
  /** Holds the document under an empty key, so that a path always has a last step. */
  readonly root: Container
  readonly own: WeakSet<object>
  copiedBytes: number
}

type Container = Record<string, unknown> | unknown[]

/**
 * Applies a JSON patch. Neither argument is changed, and what the patch does not touch is shared. Throws `PatchError`
 * where an operation does not apply, and then none has.
 */
export function jsonPatch(document: unknown, operations: readonly JsonPatchOperation[]): unknown {
  const draft: Draft = { root: { '': document }, own: new WeakSet(), copiedBytes: 0 }
  for (const operation of operations) apply(draft, operation)
  const patched = child(draft.root, '') ?? null
  checkDepth(patched)
  return patched
}

function apply(draft: Draft, { op, path, from, value = null }: JsonPatchOperation): void {
  const { root } = draft
  switch (op) {
    case 'add':
      return add(draft, pathOf(op, 'path', path), value)
    case 'remove':
      return remove(draft, pathOf(op, 'path', path))
    case 'replace': {
      const steps = pathOf(op, 'path', path)
      // As upstream, and against RFC 6902: an object need not have the key yet, which CSI's snapshotter relies on.
      return put(containerOf(draft, steps), steps.at(-1)!, value)
    }
    case 'move': {
      const source = pathOf(op, 'from', from)
      const moved = find(root, source)
      remove(draft, source)
      return add(draft, pathOf(op, 'path', path), moved)
    }
    case 'copy': {
      const copied = copyOf(draft, find(root, pathOf(op, 'from', from)))
      return add(draft, pathOf(op, 'path', path), copied)
    }
    case 'test':
      if (equal(look(root, pathOf(op, 'path', path)) ?? null, value)) return
      throw new PatchError(`testing value ${path} failed: test failed`)
    default:
      throw new PatchError(`Unexpected kind: ${op ?? 'unknown'}`)
  }
}

function pathOf(
  op: string,
  field: 'path' | 'from',
  pointer: string | undefined,
): readonly string[] {
  if (pointer === undefined) {
    throw new PatchError(
      `${op} operation failed to decode ${field}: operation missing ${field} field: missing value`,
    )
  }
  const steps = ['', ...parsePointer(pointer)]
  if (steps.length > JSON_DEPTH_MAX) throw tooDeep()
  return steps
}

/** A copy that shares nothing: the patch may go on to write to either. */
function copyOf(draft: Draft, value: unknown): unknown {
  checkDepth(value)
  const text = encodeJson(value)
  draft.copiedBytes += text.length
  if (draft.copiedBytes <= COPIED_BYTES_MAX) return parseJson(text)
  throw new PatchError(
    `Unable to complete the copy, the accumulated size increase of copy is ${draft.copiedBytes}, exceeding the limit ${COPIED_BYTES_MAX}`,
  )
}

/** The list or object that the last step of a path points into, to be written to. */
function containerOf({ root, own }: Draft, path: readonly string[]): unknown {
  let container: unknown = root
  for (const step of path.slice(0, -1)) {
    const inner = child(container, step)
    if (inner === undefined) throw missing(step)
    const writable = isContainer(inner) && !own.has(inner) ? copied(inner, own) : inner
    if (writable !== inner) put(container, step, writable)
    container = writable
  }
  return container
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}

function copied(container: Container, own: WeakSet<object>): Container {
  const copy = Array.isArray(container) ? [...container] : { ...container }
  own.add(copy)
  return copy
}

function add(draft: Draft, path: readonly string[], value: unknown): void {
  const [container, step] = [containerOf(draft, path), path.at(-1)!]
  if (!Array.isArray(container)) return put(container, step, value)
  // Counted from the end, -1 is the place after the last item.
  const index = listIndex(step, container.length + (/^-\d/.test(step) ? 1 : 0))
  if (index < 0 || index > container.length) throw missing(step)
  container.splice(index, 0, value)
}

function remove(draft: Draft, path: readonly string[]): void {
  const [container, step] = [containerOf(draft, path), path.at(-1)!]
  if (child(container, step) === undefined) throw missing(step)
  if (Array.isArray(container)) container.splice(listIndex(step, container.length), 1)
  else delete (container as Record<string, unknown>)[step]
}

/** Sets what is one step down. */
function put(container: unknown, step: string, value: unknown): void {
  if (!isContainer(container)) throw missing(step)
  if (!Array.isArray(container)) return setKey(container, step, value)
  const index = listIndex(step, container.length)
  if (index < 0 || index >= container.length) throw missing(step)
  container[index] = value
}

function find(root: unknown, path: readonly string[]): unknown {
  const value = look(root, path)
  if (value === undefined) throw missing(path.join('/'))
  return value
}

function look(root: unknown, path: readonly string[]): unknown {
  let value = root
  for (const step of path) value = child(value, step)
  return value
}

/** The value one step down; undefined where there is none. */
function child(container: unknown, step: string): unknown {
  if (Array.isArray(container)) return container[listIndex(step, container.length)]
  return isJsonObject(container) ? ownValue(container, step) : undefined
}

/** Values put into each other could become deeper than what is read, and so never be read again. */
function checkDepth(value: unknown, left = JSON_DEPTH_MAX): void {
  if (!isContainer(value)) return
  if (left === 0) throw tooDeep()
  for (const each of Object.values(value)) checkDepth(each, left - 1)
}

function tooDeep(): PatchError {
  return new PatchError('exceeded max depth')
}

function missing(path: string): PatchError {
  return new PatchError(`doc is missing path: ${path}: missing value`)
}
