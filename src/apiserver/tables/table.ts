import { humanDuration } from '../../apimachinery/durations.ts'
import type { ColumnDefinition } from '../http/tables.ts'

/** How objects of a kind are shown. Cells stand in the order of the columns. */
export interface KindTable<T> {
  readonly columns: readonly ColumnDefinition[]
  readonly cells: (object: T, ages: Ages) => readonly unknown[]
  /** What a row tells beside its cells: that a Pod is done, so that it may be left out. */
  readonly conditions?: (object: T) => readonly object[]
}

/** A group and a kind, and how it is shown in all versions. */
export type TableEntry = readonly [key: string, table: KindTable<never>]

/** Ties a table to the kind it is for. */
export function tableFor<T>(group: string, kind: string, table: KindTable<T>): TableEntry {
  return [`${group}/${kind}`, table]
}

/** Times as people say them, at one moment. */
export interface Ages {
  /** How long ago a time was: `3m20s`; `<unknown>` where there is none. */
  readonly since: (time: string | undefined) => string
  /** How long it is from one time to another. */
  readonly between: (from: string, to: string) => string
}

export function agesAt(momentMs: number): Ages {
  return {
    since: (time) =>
      time === undefined ? '<unknown>' : humanDuration(momentMs - Date.parse(time)),
    between: (from, to) => humanDuration(Date.parse(to) - Date.parse(from)),
  }
}

export const NAME: ColumnDefinition = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique among those of its kind in the namespace.',
  priority: 0,
}

export const AGE: ColumnDefinition = column('Age', 'How long ago the object was created.')

export function column(
  name: string,
  description: string,
  type: 'boolean' | 'integer' | 'string' = 'string',
): ColumnDefinition {
  return { name, type, format: '', description, priority: 0 }
}

/** A column that is shown where there is room. */
export function wide(name: string, description: string): ColumnDefinition {
  return { ...column(name, description), priority: 1 }
}
