import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { systemClock } from '../../base/clock.node.ts'
import { API_GROUPS, OPTIONAL_VERSIONS } from '../../api/resources.ts'
import { strategyFor } from '../../api/strategies.ts'
import { arbitraryOf } from '../../api/testing.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { withMetadata, type ApiObject } from '../registry/api-object.ts'
import { completer } from '../registry/decode-object.ts'
import { tablePrinters } from './printers.ts'

const ALL = [
  ...API_GROUPS.flatMap(({ versions }) => versions),
  ...(await Promise.all(OPTIONAL_VERSIONS.map(({ load }) => load()))),
].flatMap(({ resources }) => resources as readonly ResourceClass<ApiObject>[])

test('tablePrinters() gives a cell for each column, whatever the object', () => {
  const printers = tablePrinters(systemClock)
  for (const type of ALL) {
    if (!type.resource.verbs.includes('list')) continue
    const printer = printers(type)
    const strategy = strategyFor(type)
    const complete = completer(type, strategy)
    const show = (object: ApiObject): void => {
      const { cells } = printer.row(object)
      assert.equal(cells.length, printer.columns.length)
      for (const cell of cells) assert.ok(cell !== undefined, type.resource.kind)
    }
    // A bookmark is shown, too.
    if (type.resource.verbs.includes('watch')) show(withMetadata(complete({}), { name: '' }))
    fc.assert(
      fc.property(arbitraryOf(type), (value) =>
        show(complete({ ...(value as object), metadata: { name: 'a' } })),
      ),
      { numRuns: 30 },
    )
  }
})
