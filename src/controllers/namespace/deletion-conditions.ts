import type { Namespace } from '../../api/core/v1/namespace.ts'

export type NamespaceCondition = NonNullable<Namespace['status']['conditions']>[number]

/** What is left of a namespace's content after an attempt to delete it. */
export interface ContentReport {
  readonly remaining: readonly RemainingResource[]
  /** Why something could not be deleted. */
  readonly failures: readonly Error[]
}

export interface RemainingResource {
  readonly group: string
  readonly resource: string
  readonly count: number
  /** How many of them each finalizer holds up. */
  readonly finalizers: ReadonlyMap<string, number>
}

interface Told {
  readonly reason: string
  readonly message: string
}

const OK: readonly (readonly [type: string, told: Told])[] = [
  [
    'NamespaceDeletionDiscoveryFailure',
    { reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
  ],
  [
    'NamespaceDeletionGroupVersionParsingFailure',
    { reason: 'ParsedGroupVersions', message: 'All legacy kube types successfully parsed' },
  ],
  [
    'NamespaceDeletionContentFailure',
    {
      reason: 'ContentDeleted',
      message: 'All content successfully deleted, may be waiting on finalization',
    },
  ],
  [
    'NamespaceContentRemaining',
    { reason: 'ContentRemoved', message: 'All content successfully removed' },
  ],
  [
    'NamespaceFinalizersRemaining',
    { reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
  ],
]

/** The conditions that tell how the deletion goes. The same list where nothing is new. */
export function deletionConditions(
  before: readonly NamespaceCondition[] = [],
  report: ContentReport,
  now: string,
): readonly NamespaceCondition[] {
  const problems = problemsOf(report)
  const after = OK.map(([type, ok]) => {
    const problem = problems[type]
    const status = problem ? 'True' : 'False'
    const old = before.find((each) => each.type === type)
    const told = { type, status, ...(problem ?? ok) }
    if (!old) return { ...told, lastTransitionTime: now }
    if (old.status === status && old.reason === told.reason && old.message === told.message) {
      return old
    }
    const since = old.status === status ? old.lastTransitionTime : now
    return { ...told, ...(since !== undefined && { lastTransitionTime: since }) }
  })
  if (after.every((each) => before.includes(each))) return before
  const others = before.filter(({ type }) => !OK.some(([own]) => own === type))
  return [...others, ...after]
}

function problemsOf({ remaining, failures }: ContentReport): Readonly<Record<string, Told>> {
  const resources = remaining.map(
    ({ group, resource, count }) => `${resource}.${group} has ${count} resource instances`,
  )
  const finalizers = countFinalizers(remaining).map(
    ([finalizer, count]) => `${finalizer} in ${count} resource instances`,
  )
  return {
    ...(failures.length > 0 && {
      NamespaceDeletionContentFailure: {
        reason: 'ContentDeletionFailed',
        message: `Failed to delete all resource types, ${failures.length} remaining: ${list(failures.map((each) => each.message))}`,
      },
    }),
    ...(resources.length > 0 && {
      NamespaceContentRemaining: {
        reason: 'SomeResourcesRemain',
        message: `Some resources are remaining: ${list(resources)}`,
      },
    }),
    ...(finalizers.length > 0 && {
      NamespaceFinalizersRemaining: {
        reason: 'SomeFinalizersRemain',
        message: `Some content in the namespace has finalizers remaining: ${list(finalizers)}`,
      },
    }),
  }
}

function countFinalizers(remaining: readonly RemainingResource[]): readonly [string, number][] {
  const counts = new Map<string, number>()
  for (const { finalizers } of remaining) {
    for (const [name, count] of finalizers) counts.set(name, (counts.get(name) ?? 0) + count)
  }
  return [...counts]
}

function list(texts: readonly string[]): string {
  return texts.toSorted().join(', ')
}
