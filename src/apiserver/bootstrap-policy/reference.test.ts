import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { env } from 'node:process'
import { test } from 'node:test'
import type { ApiObject } from '../registry/api-object.ts'
import { defaultPolicy } from './policy.ts'

const file = env['KUBERNETES_DEFAULT_RBAC']

interface Entry {
  readonly object: ApiObject & { readonly rules?: readonly object[] }
  readonly onByDefault?: boolean
  readonly ruleNotes?: Readonly<Record<string, { readonly onByDefault?: boolean }>>
}

const isOn = (of: { readonly onByDefault?: boolean } | undefined): boolean =>
  of?.onByDefault !== false

/** The object as it is on a cluster where all feature gates are as they come. */
function onDefaultCluster({ object, ruleNotes = {} }: Entry): object {
  if (!object.rules) return object
  return { ...object, rules: object.rules.filter((_, i) => isOn(ruleNotes[i])) }
}

test(
  'the default policy is that of the release',
  { skip: file === undefined && 'KUBERNETES_DEFAULT_RBAC names no file of its objects' },
  () => {
    const entries = JSON.parse(readFileSync(file!, 'utf8')) as readonly Entry[]
    const expected = entries.filter(isOn).map(onDefaultCluster) as readonly ApiObject[]
    const { roles, bindings } = defaultPolicy()
    assert.deepEqual(byKey([...roles, ...bindings]), byKey(expected))
  },
)

function byKey(objects: readonly ApiObject[]): Readonly<Record<string, ApiObject>> {
  const entries = objects.map(
    (object) =>
      [
        `${object.kind} ${object.metadata.namespace} ${object.metadata.name}`,
        plain(object),
      ] as const,
  )
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

// An empty list of subjects is as good as none.
function plain(object: ApiObject): ApiObject {
  const copy = JSON.parse(JSON.stringify(object)) as { subjects?: readonly object[] }
  if (copy.subjects?.length === 0) delete copy.subjects
  return copy as ApiObject
}
