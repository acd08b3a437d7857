import { PatchError } from './patch-error.ts'

/** The steps of a JSON pointer (RFC 6901): `/metadata/labels/a~1b` gives `metadata`, `labels`, `a/b`. */
export function parsePointer(pointer: string): readonly string[] {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) throw new PatchError(`invalid JSON pointer: ${pointer}`)
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Where in a list a step points; `-` is the place after its end. A negative index counts from the end. */
export function listIndex(step: string, length: number): number {
  if (step === '-') return length
  if (!/^-?(?:0|[1-9]\d*)$/.test(step)) throw new PatchError(`invalid index: ${step}`)
  const index = Number(step)
  return index < 0 ? index + length : index
}
