import { encodeJson } from '../../schema/json.ts'
import { equal } from '../equality.ts'
import { isJsonObject, ownValue, withKey, withoutKey } from './json-object.ts'
import { listIndex, parsePointer } from './json-pointer.ts'
import { PatchError } from './patch-error.ts'

/** One operation of a JSON patch (RFC 6902). */
export interface JsonPatchOperation {
  readonly op: string
  readonly path: string
  readonly from?: string
  readonly value?: unknown
}

/** The most bytes that all copies of one patch may add. */
const COPIED_BYTES_MAX = 3 * 1024 * 1024

/**
 * Applies a JSON patch. Neither argument is changed, and what the patch does not touch is shared. Throws `PatchError`
 * where an operation does not apply, and then none has.
 */
export function jsonPatch(document: unknown, operations: readonly JsonPatchOperation[]): unknown {
  // The document stands under an empty key, so that a path always has a last step.
  let root: unknown = { '': document }
  let copiedBytes = 0
  for (const operation of operations) {
    if (operation.op === 'copy') {
      copiedBytes += encodeJson(find(root, pathOf(operation.from ?? ''))).length
      limitCopies(copiedBytes)
    }
    root = apply(root, operation)
  }
  return child(root, '') ?? null
}

function limitCopies(bytes: number): void {
  if (bytes <= COPIED_BYTES_MAX) return
  throw new PatchError(
    `Unable to complete the copy, the accumulated size increase of copy is ${bytes}, exceeding the limit ${COPIED_BYTES_MAX}`,
  )
}

function apply(
  root: unknown,
  { op, path: pointer, from = '', value = null }: JsonPatchOperation,
): unknown {
  const path = pathOf(pointer)
  switch (op) {
    case 'add':
      return change(root, path, (container, step) => add(container, step, value))
    case 'remove':
      return change(root, path, remove)
    case 'replace':
      find(root, path)
      return change(root, path, (container, step) => withChild(container, step, value))
    case 'move': {
      const moved = find(root, pathOf(from))
      const rest = change(root, pathOf(from), remove)
      return change(rest, path, (container, step) => add(container, step, moved))
    }
    case 'copy': {
      const copied = find(root, pathOf(from))
      return change(root, path, (container, step) => add(container, step, copied))
    }
    case 'test':
      if (equal(look(root, path) ?? null, value)) return root
      throw new PatchError(`testing value ${pointer} failed: test failed`)
    default:
      throw new PatchError(`Unexpected kind: ${op}`)
  }
}

function pathOf(pointer: string): readonly string[] {
  return ['', ...parsePointer(pointer)]
}

/** Changes the list or object that the last step of a path points into. */
function change(
  value: unknown,
  [step = '', ...rest]: readonly string[],
  last: (container: unknown, step: string) => unknown,
): unknown {
  if (rest.length === 0) return last(value, step)
  const inner = child(value, step)
  if (inner === undefined) throw missing(step)
  return withChild(value, step, change(inner, rest, last))
}

function add(container: unknown, step: string, value: unknown): unknown {
  if (!Array.isArray(container)) return withChild(container, step, value)
  // Counted from the end, -1 is the place after the last item.
  const index = listIndex(step, container.length + (/^-\d/.test(step) ? 1 : 0))
  if (index < 0 || index > container.length) throw missing(step)
  return container.toSpliced(index, 0, value)
}

function remove(container: unknown, step: string): unknown {
  if (child(container, step) === undefined) throw missing(step)
  if (isJsonObject(container)) return withoutKey(container, step)
  const list = container as readonly unknown[]
  return list.toSpliced(listIndex(step, list.length), 1)
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

function withChild(container: unknown, step: string, value: unknown): unknown {
  if (isJsonObject(container)) return withKey(container, step, value)
  if (!Array.isArray(container)) throw missing(step)
  const index = listIndex(step, container.length)
  if (index < 0 || index >= container.length) throw missing(step)
  return container.with(index, value)
}

function missing(path: string): PatchError {
  return new PatchError(`doc is missing path: ${path}: missing value`)
}
