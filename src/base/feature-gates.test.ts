import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  FeatureGateError,
  featureGates,
  parseFeatureGates,
  type FeatureTable,
} from './feature-gates.ts'

const TABLE: FeatureTable<'Young' | 'Younger' | 'Grown' | 'Shy' | 'Old' | 'Gone'> = {
  Young: { stage: 'ALPHA', default: false },
  Younger: { stage: 'ALPHA', default: false },
  Grown: { stage: 'BETA', default: true },
  Shy: { stage: 'BETA', default: false },
  Old: { stage: '', default: true, locked: true },
  Gone: { stage: 'DEPRECATED', default: false },
}

function on(choice: Record<string, boolean>): readonly string[] {
  return featureGates(TABLE, choice)
    .all.filter(({ enabled }) => enabled)
    .map(({ name }) => name)
}

test('featureGates() gives the defaults, and what was chosen over them', () => {
  assert.deepEqual(on({}), ['Grown', 'Old'])
  assert.deepEqual(on({ Young: true, Grown: false, Old: true, Gone: true }), [
    'Gone',
    'Old',
    'Young',
  ])
  assert.equal(featureGates(TABLE, { Young: true }).enabled('Young'), true)
})

test('featureGates() takes AllAlpha and AllBeta for what is not named', () => {
  assert.deepEqual(on({ AllAlpha: true, Younger: false }), ['AllAlpha', 'Grown', 'Old', 'Young'])
  assert.deepEqual(on({ AllBeta: true }), ['AllBeta', 'Grown', 'Old', 'Shy'])
  assert.deepEqual(on({ AllBeta: false, Shy: true }), ['Old', 'Shy'])
})

test('featureGates() refuses in the words of Kubernetes', () => {
  const refused = (choice: Record<string, boolean>, message: string): void => {
    const gates = (): unknown => featureGates(TABLE, choice, { Young: ['Shy', 'Grown'] })
    assert.throws(gates, new FeatureGateError(message))
  }
  refused({ Nope: true }, 'unrecognized feature gate: Nope')
  refused({ toString: true }, 'unrecognized feature gate: toString')
  refused({ Old: false }, 'cannot set feature gate Old to false, feature is locked to true')
  refused(
    { Old: false, Nope: true },
    '[cannot set feature gate Old to false, feature is locked to true, unrecognized feature gate: Nope]',
  )
  refused({ Young: true }, 'Young is enabled, but depends on features that are disabled: [Shy]')
})

test('parseFeatureGates() reads the flag', () => {
  assert.deepEqual(parseFeatureGates(''), {})
  assert.deepEqual(parseFeatureGates('a=true, b = F,,a=0'), { a: false, b: false })
  const refused = (text: string, message: string): void =>
    assert.throws(() => parseFeatureGates(text), new FeatureGateError(message))
  refused('a', 'missing bool value for a')
  refused('a=yes', 'invalid value of a=yes, err: strconv.ParseBool: parsing "yes": invalid syntax')
})
