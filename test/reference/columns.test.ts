import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.node.ts'
import { tablePrinters } from '../../src/apiserver/tables/printers.ts'
import type { ApiObject } from '../../src/apiserver/registry/api-object.ts'
import type { ResourceClass } from '../../src/schema/resource.ts'
import { columnLines, type Column } from './column-lines.ts'
import { defaultKinds, optionalKinds } from './declared.ts'
import { COLUMN_EXCEPTIONS } from './exceptions.ts'
import { assertSameLines, factLines } from './facts.ts'

const columnsOf = tablePrinters(systemClock) as (type: ResourceClass<ApiObject>) => {
  readonly columns: readonly (Column & { readonly description: string })[]
}

/** Every kind that can be listed. */
async function kinds(): Promise<readonly ResourceClass<ApiObject>[]> {
  const all = [...defaultKinds, ...(await optionalKinds())] as ResourceClass<ApiObject>[]
  return all.filter(({ resource }) => resource.verbs.includes('list'))
}

test('the tables of every kind have the columns of Kubernetes 1.36', async () => {
  const all = await kinds()
  const byKind = new Map(all.map((type) => [type.resource.kind, columnsOf(type).columns]))
  const ours = [...byKind].flatMap(([kind, columns]) => columnLines(kind, columns))
  assertSameLines(numbered(ours), numbered(factLines('columns.txt')), COLUMN_EXCEPTIONS)
})

test('all versions of a kind have the same columns, and each column says what it holds', async () => {
  const seen = new Map<string, readonly Column[]>()
  for (const type of await kinds()) {
    const { group, kind } = type.resource
    const { columns } = columnsOf(type)
    const known = seen.get(`${group}/${kind}`) ?? columns
    assert.deepEqual(columns, known)
    seen.set(`${group}/${kind}`, columns)
    for (const { name, description } of columns)
      assert.ok(description.length > 10, `${kind} ${name}: ${description}`)
  }
})

/** Puts kind and place before each column, since its order counts. */
function numbered(lines: readonly string[]): string[] {
  let [kind, place] = ['', 0]
  return lines.map((line) => {
    if (line.startsWith('  ')) return `${kind} ${++place} ${line.trimStart()}`
    ;[kind, place] = [line, 0]
    return line
  })
}
