import { quote } from '../go-format.ts'
import { applyConflict, type StatusError } from '../status-error.ts'
import { difference, isEmptySet, membersOf, type FieldSet } from './field-set.ts'
import type { Manager } from './managers.ts'
import { formatPath } from './path-element.ts'

/** Fields that are applied with other values than their owners gave them. Tells a client nothing yet. */
export class Conflicts extends Error {
  override readonly name = 'Conflicts'
  /** What each manager would lose. */
  readonly lost: readonly (readonly [Manager, FieldSet])[]

  constructor(lost: readonly (readonly [Manager, FieldSet])[]) {
    super('Other managers own the fields')
    this.lost = lost
  }
}

/** The conflicts without those on some fields. */
export function withoutFields({ lost }: Conflicts, fields: FieldSet): Conflicts {
  const rest = lost.map(([manager, set]) => [manager, difference(set, fields)] as const)
  return new Conflicts(rest.filter(([, set]) => !isEmptySet(set)))
}

/** What a client is told, in Kubernetes' words. */
export function conflictError({ lost }: Conflicts): StatusError {
  const conflicts = lost
    .map(([manager, set]) => ({
      who: describe(manager),
      paths: [...membersOf(set)].map(formatPath),
    }))
    .toSorted((a, b) => (a.who < b.who ? -1 : 1))
  const causes = conflicts.flatMap(({ who, paths }) =>
    paths.map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${who}`,
      field,
    })),
  )
  if (causes.length === 1) {
    const [{ message, field } = { message: '', field: '' }] = causes
    return applyConflict(causes, `Apply failed with 1 conflict: ${message}: ${field}`)
  }
  const lines = conflicts.flatMap(({ who, paths }) => [
    `conflicts with ${who}:`,
    ...paths.map((path) => `- ${path}`),
  ])
  return applyConflict(causes, `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`)
}

function describe({ manager, subresource, operation, apiVersion }: Manager): string {
  const name =
    quote(manager) + (subresource === '' ? '' : ` with subresource ${quote(subresource)}`)
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}
