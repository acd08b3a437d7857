import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOlder, parseSemanticVersion } from './semantic-version.ts'

/** In the order that https://semver.org gives. */
const ORDERED = [
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.10',
  '1.2.0',
  '10.0.0',
]

test('isOlder() orders versions as semver.org does', () => {
  const versions = ORDERED.map((text) => parseSemanticVersion(text)!)
  for (const [i, a] of versions.entries())
    for (const [j, b] of versions.entries())
      assert.equal(isOlder(a, b), i < j, `${ORDERED[i]} ${ORDERED[j]}`)
})

test('parseSemanticVersion() takes versions and nothing else', () => {
  for (const text of ['1.2.3+build.5', '1.2.3-0a.b+1', '0.0.0'])
    assert.ok(parseSemanticVersion(text), text)
  for (const text of ['', '1', '1.2', 'v1.2.3', '01.2.3', '1.2.3-01', '1.2.3-', '1.2.3-a..b'])
    assert.equal(parseSemanticVersion(text), undefined, text)
})
