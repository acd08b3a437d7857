import type { Probers } from './probers.ts'

export function probers(): Probers {
  return {} as Probers
}
