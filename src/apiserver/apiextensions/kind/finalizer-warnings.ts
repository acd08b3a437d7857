import { qualifiedNameProblems } from '../../../apimachinery/names.ts'
import type { ApiObject } from '../../registry/api-object.ts'

const KNOWN = new Set(['orphan', 'foregroundDeletion', 'kubernetes'])
const PATH = 'metadata.finalizers'

/** What to tell of finalizers that a custom object did not have before. */
export function finalizerWarnings({ metadata }: ApiObject, old?: ApiObject): readonly string[] {
  const { finalizers } = metadata
  if (!finalizers) return []
  const before = new Set(old?.metadata.finalizers)
  const added = [...new Set(finalizers)].filter((each) => !before.has(each))
  return added.toSorted().flatMap((name) => warningsOf(name))
}

function warningsOf(name: string): readonly string[] {
  const intro = `${PATH}: ${JSON.stringify(name)}: `
  const problems = qualifiedNameProblems(name).map((problem) => intro + problem)
  if (name.includes('/') || KNOWN.has(name)) return problems
  const how = name.includes('.') ? ' including a path (/)' : ''
  const text = `prefer a domain-qualified finalizer name${how} to avoid accidental conflicts with other finalizer writers`
  return [...problems, intro + text]
}
