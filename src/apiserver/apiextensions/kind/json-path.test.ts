import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileJsonPath, JsonPathError } from './json-path.ts'

const ROOT = {
  spec: { 'a.b': 1, list: [{ n: 1 }, { n: 2 }, { n: 3 }], map: { x: 'X', y: 'Y' } },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Synced', status: 'False', count: 2 },
    ],
  },
}

const PATHS: readonly (readonly [path: string, found: readonly unknown[]])[] = [
  ['.spec.map.x', ['X']],
  ['.spec.nothing.x', []],
  [String.raw`.spec.a\.b`, [1]],
  [".spec['a.b']", [1]],
  ['.spec.list[1].n', [2]],
  ['.spec.list[-1].n', [3]],
  ['.spec.list[*].n', [1, 2, 3]],
  ['.spec.list[0:2].n', [1, 2]],
  ['.spec.map.*', ['X', 'Y']],
  ["['spec']['map']['x','y']", ['X', 'Y']],
  ['..n', [1, 2, 3]],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".status.conditions[?(@.type != 'Ready')].status", ['False']],
  ['.status.conditions[?(@.count > 1)].type', ['Synced']],
  ['.status.conditions[?(@.count)].type', ['Synced']],
  ['.', [ROOT]],
]

for (const [path, found] of PATHS) {
  test(`compileJsonPath() of ${path}`, () => assert.deepEqual(compileJsonPath(path)(ROOT), found))
}

test('compileJsonPath() refuses what is none', () => {
  for (const text of ['.a[', '.a[?(@.b=', 'a b', '.a[x]']) {
    assert.throws(() => compileJsonPath(text), JsonPathError)
  }
})
