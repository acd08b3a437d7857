import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rule } from '../../bootstrap-policy/rules.ts'
import { uncovered } from './covers.ts'

const pods: Rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] }

const cases: readonly (readonly [string, Rule, Rule, boolean])[] = [
  ['itself', pods, pods, true],
  ['another verb', pods, { ...pods, verbs: ['list'] }, false],
  ['a star for verbs', { ...pods, verbs: ['*'] }, { ...pods, verbs: ['list'] }, true],
  ['a star for groups', { ...pods, apiGroups: ['*'] }, { ...pods, apiGroups: ['apps'] }, true],
  ['a star is more than a verb', pods, { ...pods, verbs: ['*'] }, false],
  ['a subresource', pods, { ...pods, resources: ['pods/log'] }, false],
  [
    'any such subresource',
    { ...pods, resources: ['*/log'] },
    { ...pods, resources: ['pods/log'] },
    true,
  ],
  ['all resources', { ...pods, resources: ['*'] }, { ...pods, resources: ['pods/log'] }, true],
  ['a name of all', pods, { ...pods, resourceNames: ['a'] }, true],
  ['all for a name', { ...pods, resourceNames: ['a'] }, pods, false],
  [
    'a path below',
    { verbs: ['get'], nonResourceURLs: ['/a/*'] },
    { verbs: ['get'], nonResourceURLs: ['/a/b'] },
    true,
  ],
  [
    'a path beside',
    { verbs: ['get'], nonResourceURLs: ['/a/*'] },
    { verbs: ['get'], nonResourceURLs: ['/b'] },
    false,
  ],
]

for (const [what, held, wanted, expected] of cases) {
  test(`uncovered(): ${what}`, () => {
    assert.equal(uncovered([held], [wanted]).length === 0, expected)
  })
}

test('uncovered() takes several rules together, and tells just what is missing', () => {
  const held = [pods, { ...pods, verbs: ['list'] }]
  const wanted = { ...pods, verbs: ['get', 'list', 'watch'], resourceNames: ['a', 'b'] }
  assert.deepEqual(uncovered(held, [wanted]), [
    { ...pods, verbs: ['watch'], resourceNames: ['a'] },
    { ...pods, verbs: ['watch'], resourceNames: ['b'] },
  ])
})
