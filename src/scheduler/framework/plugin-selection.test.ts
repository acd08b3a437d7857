import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { mergedSelection } from '../config/merged-selection.ts'
import type { Plugins } from '../config/scheduler-configuration.ts'
import { pluginsAt, weightOf } from './plugin-selection.ts'
import type { Plugin } from './plugin.ts'

const filter = () => undefined
const score = () => 0
const PLUGINS: ReadonlyMap<string, Plugin> = new Map(
  [
    { name: 'A', filter, score },
    { name: 'B', filter },
    { name: 'C', filter, score },
    { name: 'D', filter, score },
  ].map((plugin) => [plugin.name, plugin]),
)
const DEFAULTS = [{ name: 'A', weight: 2 }, { name: 'B' }, { name: 'C' }]

const at = (point: 'filter' | 'score', plugins?: Plugins): string =>
  pluginsAt(point, mergedSelection(DEFAULTS, plugins), PLUGINS)
    .map(({ name }) => name)
    .join('')

test('plugins work at all points that they have', () => {
  assert.equal(at('filter'), 'ABC')
  assert.equal(at('score'), 'AC')
})

test('a plugin may be switched off everywhere or at one point', () => {
  assert.equal(at('filter', { multiPoint: { disabled: [{ name: 'A' }] } }), 'BC')
  const one = { score: { disabled: [{ name: 'A' }] } }
  assert.equal(at('score', one), 'C')
  assert.equal(at('filter', one), 'ABC')
})

test('`*` leaves what is enabled besides', () => {
  assert.equal(at('score', { score: { disabled: [{ name: '*' }], enabled: [{ name: 'D' }] } }), 'D')
  assert.equal(at('filter', { multiPoint: { disabled: [{ name: '*' }] } }), '')
})

test('what a point names itself comes first where it works everywhere, and else last', () => {
  assert.equal(at('filter', { filter: { enabled: [{ name: 'D' }, { name: 'C' }] } }), 'CABD')
  assert.equal(at('filter', { multiPoint: { enabled: [{ name: 'D' }, { name: 'A' }] } }), 'ABCD')
})

test('scores count as the point says, then as all points do, then once', () => {
  const selection = mergedSelection(DEFAULTS, {
    multiPoint: { enabled: [{ name: 'D', weight: 7 }] },
    score: { enabled: [{ name: 'C', weight: 5 }] },
  })
  assert.deepEqual(
    ['A', 'B', 'C', 'D'].map((name) => weightOf(name, selection)),
    [2, 1, 5, 7],
  )
  assert.equal(
    weightOf('A', mergedSelection(DEFAULTS, { multiPoint: { enabled: [{ name: 'A' }] } })),
    1,
  )
})

test('a plugin cannot work at a point that it does not have', () => {
  assert.throws(() => at('score', { score: { enabled: [{ name: 'B' }] } }), {
    message: 'plugin "B" does not extend Score plugin',
  })
})
