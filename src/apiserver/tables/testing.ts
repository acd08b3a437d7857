import { createVirtualClock } from '../../base/virtual-clock.ts'
import { strategyFor } from '../../api/strategies.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { completer } from '../registry/decode-object.ts'
import { tablePrinters } from './printers.ts'

const NOW = '2026-01-01T00:00:00Z'

/** The row of an object that was created five minutes ago, at 2026-01-01T00:00:00Z: its cells by their columns. */
export function rowOf<T>(
  type: ResourceClass<T>,
  { metadata, ...rest }: { readonly metadata?: object; readonly [field: string]: unknown },
): Readonly<Record<string, unknown>> {
  const clock = createVirtualClock({ startMs: Date.parse(NOW), settle: () => Promise.resolve() })
  const kind = type as unknown as ResourceClass<ApiObject>
  const printer = tablePrinters(clock)(kind)
  const object = completer(
    kind,
    strategyFor(kind),
  )({
    ...rest,
    metadata: { name: 'a', creationTimestamp: '2025-12-31T23:55:00Z', ...metadata },
  })
  const { cells } = printer.row(object)
  return Object.fromEntries(printer.columns.map(({ name }, i) => [name, cells[i]]))
}
